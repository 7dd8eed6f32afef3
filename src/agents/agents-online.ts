import type { Statement, Transaction } from "../database/database.js";
import { type Agent, Availability } from "./agent.entity.js";

// A dropped connection counts only after 30 seconds without a new one, from the moment of the drop.
const graceMs = 30_000;
const never = new Date(0);

/** Chose ONLINE and has a connection, or had one until less than 30 seconds ago. */
export function isAgentOnline(
  agent: Pick<Agent, "availability" | "connected" | "droppedAt" | "removedAt">,
  now: Date,
): boolean {
  if (agent.availability !== Availability.ONLINE || agent.removedAt !== null) return false;
  return agent.connected || (agent.droppedAt !== null && now < graceEnd(agent.droppedAt));
}

/** Until when a drop does not count. */
export function graceEnd(droppedAt: Date): Date {
  return new Date(droppedAt.getTime() + graceMs);
}

export interface AgentsPresence {
  readonly online: boolean;
  /**
   * From when on no agent is online if nothing changes; past when none is. Null while an ONLINE agent is connected; the
   * epoch when none ever was.
   */
  readonly offlineFrom: Date | null;
}

/** Whether any agent is online, and since or until when. `query` is a transaction's or the database's. */
export async function readAgentsPresence(query: Transaction["query"], now: Date): Promise<AgentsPresence> {
  const [row] = await query<PresenceRow>(presenceStatement, []);
  if (row?.connected === true) return { online: true, offlineFrom: null };
  const droppedUntil = row?.droppedAt == null ? never : graceEnd(row.droppedAt);
  return { online: now < droppedUntil, offlineFrom: laterOf(droppedUntil, row?.offlineAt ?? never) };
}

function laterOf(one: Date, other: Date): Date {
  return new Date(Math.max(one.getTime(), other.getTime()));
}

interface PresenceRow {
  readonly connected: boolean | null;
  readonly droppedAt: Date | null;
  readonly offlineAt: Date | null;
}

const presenceStatement: Statement = {
  name: "agents-presence",
  text: `
    SELECT bool_or(connected) FILTER (WHERE availability = 'ONLINE' AND removed_at IS NULL) AS connected,
      max(dropped_at) FILTER (WHERE availability = 'ONLINE' AND removed_at IS NULL) AS dropped_at,
      max(offline_at) AS offline_at
    FROM agents`,
};
