import type { Statement, Transaction } from "../database/database.js";
import { heartbeatMs } from "./process-life.js";

/**
 * Whether the stored presence may be acted upon: not before every process had one heartbeat's time to enter its
 * connections again, after a crash of the database or the very first start.
 */
export async function isPresenceReliable(query: Transaction["query"], now: Date): Promise<boolean> {
  const began = await readEpoch(query);
  return began !== null && now.getTime() - began.getTime() >= heartbeatMs;
}

/** Since when the connections in the database have been counted; null until a process has begun to. */
export async function readEpoch(query: Transaction["query"]): Promise<Date | null> {
  const [row] = await query<{ beganAt: Date }>(readEpochStatement, []);
  return row?.beganAt ?? null;
}

const readEpochStatement: Statement = { name: "read-presence-epoch", text: "SELECT began_at FROM presence_epoch" };
