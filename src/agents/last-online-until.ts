import type { Agent } from "./agent.entity.js";
import { graceEnd, isAgentOnline } from "./agents-online.js";

/**
 * Until when an agent was last online, seen at the moment in which the agent stops being so: now for one who is online,
 * else the end of the last drop's grace or the last going by choice. Null for one who never was.
 */
export function lastOnlineUntil(agent: Agent, now: Date): Date | null {
  if (isAgentOnline(agent, now)) return now;
  const { droppedAt, offlineAt } = agent;
  if (droppedAt === null || graceEnd(droppedAt) > now) return offlineAt;
  return offlineAt !== null && offlineAt > graceEnd(droppedAt) ? offlineAt : graceEnd(droppedAt);
}
