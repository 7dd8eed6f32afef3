import { type Agent, Availability } from "./agent.entity.js";

// A dropped connection counts only after 30 seconds without a new one, from the moment of the drop.
const graceMs = 30_000;

/** Whether the agent chose ONLINE and has a connection, or had one less than 30 seconds ago. */
export function isAgentOnline(
  agent: Pick<Agent, "availability" | "connected" | "droppedAt" | "removedAt">,
  now: Date,
): boolean {
  if (agent.availability !== Availability.ONLINE || agent.removedAt !== null) return false;
  return agent.connected || (agent.droppedAt !== null && now < graceEnd(agent.droppedAt));
}

/** SQL: the same, of a row of `agents` at the moment `now`, such as `$1`. */
export const isOnlineSql = (now: string): string =>
  `agents.availability = 'ONLINE' AND agents.removed_at IS NULL AND (agents.connected
    OR agents.dropped_at > ${now}::timestamptz - interval '${graceMs} milliseconds')`;

/** When the grace period of a dropped connection ends. */
export function graceEnd(droppedAt: Date): Date {
  return new Date(droppedAt.getTime() + graceMs);
}

/**
 * When an agent who is about to go offline was last online: `now` for one who is online; otherwise the end of the last
 * drop's grace period, or the last time the agent went offline by choice, whichever is later. Null if never.
 */
export function lastOnlineAt(agent: Agent, now: Date): Date | null {
  if (isAgentOnline(agent, now)) return now;
  const { droppedAt, offlineAt } = agent;
  if (droppedAt === null || graceEnd(droppedAt) > now) return offlineAt;
  return offlineAt !== null && offlineAt > graceEnd(droppedAt) ? offlineAt : graceEnd(droppedAt);
}
