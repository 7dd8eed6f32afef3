import { Agent } from "./agent.entity.js";

/** All columns except the password hash, which only signing in and changing the password read. */
export const agentColumns =
  "id, name, email, role, availability, connected, dropped_at, offline_at, created_at, removed_at";

export function agentFromRow(row: object): Agent {
  return Object.assign(new Agent(), row);
}
