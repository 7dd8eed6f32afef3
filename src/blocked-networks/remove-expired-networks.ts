import type { Statement } from "../database/database.js";
import type { Services } from "../services.js";

/** Removes networks whose block has ended. */
export async function removeExpiredNetworks({ database, clock }: Services): Promise<void> {
  await database.query(removeStatement, [clock.now()]);
}

const removeStatement: Statement = {
  name: "remove-expired-networks",
  text: "DELETE FROM blocked_networks WHERE expires_at <= $1",
};
