import type { Statement, Transaction } from "../database/database.js";
import { graceEnd } from "./agent-presence.js";

const epoch = new Date(0);

export interface AgentsPresence {
  readonly online: boolean;
  /**
   * From when on no agent is online if nothing changes: in the past if none is online now, the Unix epoch if none ever
   * was. Null while an ONLINE agent is connected.
   */
  readonly offlineFrom: Date | null;
}

/** Whether any agent is online, and since or until when. `query` is a transaction's or the database's. */
export async function readAgentsPresence(query: Transaction["query"], now: Date): Promise<AgentsPresence> {
  const [row] = await query<PresenceRow>(presenceStatement, []);
  if (row?.connected === true) return { online: true, offlineFrom: null };
  const onlineUntil = row?.droppedAt == null ? epoch : graceEnd(row.droppedAt);
  return { online: now < onlineUntil, offlineFrom: laterOf(onlineUntil, row?.offlineAt ?? epoch) };
}

function laterOf(a: Date, b: Date): Date {
  return new Date(Math.max(a.getTime(), b.getTime()));
}

interface PresenceRow {
  readonly connected: boolean | null;
  readonly droppedAt: Date | null;
  readonly offlineAt: Date | null;
}

const presenceStatement: Statement = {
  name: "read-agents-presence",
  text: `
    SELECT bool_or(connected) FILTER (WHERE availability = 'ONLINE' AND removed_at IS NULL) AS connected,
      max(dropped_at) FILTER (WHERE availability = 'ONLINE' AND removed_at IS NULL) AS dropped_at,
      max(offline_at) AS offline_at
    FROM agents`,
};
