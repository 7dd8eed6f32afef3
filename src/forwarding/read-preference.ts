import type { Statement } from "../database/database.js";
import type { Query } from "./due/read-facts.js";
import { ForwardingPreference } from "./forwarding-preference.entity.js";

/** The current forwarding preference. */
export async function readPreference(query: Query): Promise<ForwardingPreference> {
  const [row] = await query<ForwardingPreference>(preferenceStatement, []);
  if (row === undefined)
    throw new Error("The table forwarding_preference has lost its only row: restore it from a backup.");
  return Object.assign(new ForwardingPreference(), row);
}

const preferenceStatement: Statement = {
  name: "forwarding-preference",
  text: "SELECT * FROM forwarding_preference WHERE id = 1",
};
