import type { Statement } from "../database/database.js";
import type { Services } from "../services.js";
import { BlockedNetwork } from "./blocked-network.js";

/** The networks that are blocked now, newest first. */
export async function listBlockedNetworks({ database, clock }: Services): Promise<BlockedNetwork[]> {
  const rows = await database.query<BlockedNetwork>(listStatement, [clock.now()]);
  return rows.map((row) => Object.assign(new BlockedNetwork(), row));
}

const listStatement: Statement = {
  name: "list-blocked-networks",
  text: `SELECT * FROM blocked_networks WHERE expires_at IS NULL OR expires_at > $1
    ORDER BY blocked_at DESC, range LIMIT 1000`,
};
