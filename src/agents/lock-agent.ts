import type { Statement, Transaction } from "../database/database.js";
import type { Agent } from "./agent.entity.js";
import { agentColumns, agentFromRow } from "./agent-columns.js";

/** Locks and reads an agent; null if it does not exist or has been removed. */
export async function lockAgent(transaction: Transaction, agentId: string): Promise<Agent | null> {
  const [row] = await transaction.query<object>(lockStatement, [agentId]);
  return row === undefined ? null : agentFromRow(row);
}

// NO KEY UPDATE, so that assigning a conversation, which checks a foreign key, does not have to wait.
const lockStatement: Statement = {
  name: "lock-agent",
  text: `SELECT ${agentColumns} FROM agents WHERE id = $1 AND removed_at IS NULL FOR NO KEY UPDATE`,
};
