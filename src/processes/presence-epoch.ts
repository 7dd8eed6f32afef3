import type { Statement, Transaction } from "../database/database.js";
import { heartbeatMs } from "./process-registry.js";

/**
 * Whether the stored presence can be relied on. After a crash of the database and after the very first start it cannot,
 * until every process has had the time of one heartbeat to register its connections.
 */
export async function isPresenceReliable(query: Transaction["query"], now: Date): Promise<boolean> {
  const beganAt = await readPresenceEpoch(query);
  return beganAt !== null && now.getTime() - beganAt.getTime() >= heartbeatMs;
}

/** The start of the current presence epoch: when registering connections (re)started. Null if no process has started one. */
export async function readPresenceEpoch(query: Transaction["query"]): Promise<Date | null> {
  const [row] = await query<{ beganAt: Date }>(readEpochStatement, []);
  return row?.beganAt ?? null;
}

const readEpochStatement: Statement = { name: "read-presence-epoch", text: "SELECT began_at FROM presence_epoch" };
