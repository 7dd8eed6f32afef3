import type { Statement, Transaction } from "../database/database.js";
import { conflict } from "../errors.js";

/**
 * Makes sure that there is an admin other than this agent. Locks all admins, by ascending id, so that two concurrent
 * requests cannot remove the last two.
 * @throws CONFLICT
 */
export async function requireAnotherAdmin(transaction: Transaction, agentId: string): Promise<void> {
  const admins = await transaction.query<{ id: string }>(lockAdminsStatement, []);
  const isAdmin = admins.some((admin) => admin.id === agentId);
  if (isAdmin && admins.length === 1) throw conflict("This is the last admin: make another agent an admin first.");
}

const lockAdminsStatement: Statement = {
  name: "lock-admins",
  text: "SELECT id FROM agents WHERE role = 'ADMIN' AND removed_at IS NULL ORDER BY id FOR NO KEY UPDATE",
};
