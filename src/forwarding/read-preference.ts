import type { Statement } from "../database/database.js";
import type { Query } from "./due/read-facts.js";
import { ForwardingPreference } from "./forwarding-preference.entity.js";

/** How replies are forwarded now. */
export async function readPreference(query: Query): Promise<ForwardingPreference> {
  const [row] = await query<ForwardingPreference>(readStatement, []);
  if (row === undefined) throw new Error("forwarding_preference has lost its row: restore it from a backup.");
  return Object.assign(new ForwardingPreference(), row);
}

const readStatement: Statement = {
  name: "forwarding-preference",
  text: "SELECT * FROM forwarding_preference WHERE id = 1",
};
