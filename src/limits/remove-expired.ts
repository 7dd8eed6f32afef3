import type { Database, Statement } from "../database/database.js";

/** Removes the counts of limits whose time is over. */
export async function removeExpired(database: Database): Promise<void> {
  await database.query(removeStatement, [Date.now()]);
}

const removeStatement: Statement = {
  name: "remove-expired-rate-limits",
  text: "DELETE FROM rate_limits WHERE expire < $1",
};
