import type { Statement, Transaction } from "../database/database.js";
import { Agent } from "./agent.entity.js";

/** Every column but the password's hash, which only signing in reads. */
export const agentColumns =
  "id, name, email, role, availability, connected, dropped_at, offline_at, created_at, removed_at";

export function agentFromRow(row: object): Agent {
  return Object.assign(new Agent(), row);
}

/** Locks an agent who has not been removed, and reads the row as it is then; null when there is none. */
export async function lockAgent(transaction: Transaction, agentId: string): Promise<Agent | null> {
  const [row] = await transaction.query<object>(lockStatement, [agentId]);
  return row === undefined ? null : agentFromRow(row);
}

// NO KEY UPDATE, so that assigning a conversation, whose foreign key is checked, does not wait.
const lockStatement: Statement = {
  name: "lock-agent",
  text: `SELECT ${agentColumns} FROM agents WHERE id = $1 AND removed_at IS NULL FOR NO KEY UPDATE`,
};
