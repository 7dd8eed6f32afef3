import { validate } from "uuid";
import type { Statement, Transaction } from "../database/database.js";
import { notFound } from "../errors.js";
import type { Services } from "../services.js";
import { endSessions } from "../sessions/session-store.js";
import type { Agent } from "./agent.entity.js";
import { agentColumns, agentFromRow } from "./agent-columns.js";
import { isAgentOnline, lastOnlineAt } from "./agent-presence.js";
import { lockAgent } from "./lock-agent.js";
import { requireAnotherAdmin } from "./require-another-admin.js";

/**
 * Removes an agent: signed out, no longer listed, and never online again. The agent's messages and closed conversations
 * stay; open conversations become unassigned, so that they are not overlooked. The email address can be used again.
 * @throws NOT_FOUND, CONFLICT for the last admin
 */
export async function removeAgent(services: Services, agentId: string): Promise<Agent> {
  if (!validate(agentId)) throw notFound("agent");
  const now = services.clock.now();
  const { removed, ended } = await services.database.transaction(async (transaction) => {
    await requireAnotherAdmin(transaction, agentId);
    const agent = await lockAgent(transaction, agentId);
    if (agent === null) throw notFound("agent");
    const removed = await remove(transaction, agent, now);
    await unassign(transaction, agentId);
    const ended = await endSessions(transaction, { agentId, exceptSessionId: null }, now);
    transaction.publish({ type: "agentUpdated", agentId });
    if (isAgentOnline(agent, now)) transaction.publish({ type: "contactFormUpdated" });
    return { removed, ended };
  });
  services.sessions.invalidate(ended);
  return removed;
}

async function remove(transaction: Transaction, agent: Agent, now: Date): Promise<Agent> {
  const [row] = await transaction.query<object>(removeStatement, [agent.id, now, lastOnlineAt(agent, now)]);
  if (row === undefined) throw notFound("agent");
  return agentFromRow(row);
}

async function unassign(transaction: Transaction, agentId: string): Promise<void> {
  const unassigned = await transaction.query<{ id: string; visitorId: string }>(unassignStatement, [agentId]);
  for (const { id, visitorId } of unassigned) {
    transaction.publish({ type: "conversationUpdated", conversationId: id, visitorId });
  }
}

const removeStatement: Statement = {
  name: "remove-agent",
  text: `UPDATE agents SET removed_at = $2, offline_at = $3, dropped_at = NULL WHERE id = $1 RETURNING ${agentColumns}`,
};

const unassignStatement: Statement = {
  name: "unassign-removed-agent",
  text: `UPDATE conversations SET assignee_id = NULL WHERE assignee_id = $1 AND status = 'OPEN' RETURNING id, visitor_id`,
};
