import { validate } from "uuid";
import type { Statement, Transaction } from "../database/database.js";
import { notFound } from "../errors.js";
import type { Services } from "../services.js";
import { endSessions } from "../sessions/session-store.js";
import { AgentRole } from "../viewer.js";
import { type Agent } from "./agent.entity.js";
import { agentColumns, agentFromRow } from "./agent-columns.js";
import { lockAgent } from "./lock-agent.js";
import { parseAgentName } from "./parse-agent-input.js";
import { checkPassword } from "./password.js";
import { requireAnotherAdmin } from "./require-another-admin.js";

export interface UpdateAgentInput {
  readonly agentId: string;
  /** Null and undefined change nothing. */
  readonly name?: string | null | undefined;
  readonly password?: string | null | undefined;
  readonly role?: AgentRole | null | undefined;
}

/**
 * Updates an agent. A new password ends all of the agent's sessions; a new role takes effect for them immediately, in other
 * processes within 5 seconds.
 * @throws NOT_FOUND, BAD_USER_INPUT for `input.name` or `input.password`, CONFLICT if it would demote the last admin
 */
export async function updateAgent(services: Services, input: UpdateAgentInput): Promise<Agent> {
  if (!validate(input.agentId)) throw notFound("agent");
  const name = input.name == null ? null : parseAgentName(input.name);
  if (input.password != null) checkPassword("input.password", input.password);
  const passwordHash = input.password == null ? null : await services.passwords.hash(input.password);
  const now = services.clock.now();
  const { agent, changedSessionIds } = await services.database.transaction(async (transaction) => {
    if (input.role === AgentRole.AGENT) await requireAnotherAdmin(transaction, input.agentId);
    if ((await lockAgent(transaction, input.agentId)) === null) throw notFound("agent");
    const parameters = [input.agentId, name, passwordHash, input.role ?? null, now];
    const [row] = await transaction.query<object>(updateStatement, parameters);
    if (row === undefined) throw notFound("agent");
    const changedSessionIds =
      passwordHash === null
        ? await sessionIdsOf(transaction, input.agentId)
        : await endSessions(transaction, { agentId: input.agentId, exceptSessionId: null }, now);
    if (passwordHash === null) transaction.publish({ type: "sessionsChanged", sessionIds: changedSessionIds });
    // After that: a session that ends hears nothing of it.
    transaction.publish({ type: "agentUpdated", agentId: input.agentId });
    return { agent: agentFromRow(row), changedSessionIds };
  });
  services.sessions.invalidate(changedSessionIds);
  return agent;
}

async function sessionIdsOf(transaction: Transaction, agentId: string): Promise<readonly string[]> {
  return (await transaction.query<{ id: string }>(sessionIdsStatement, [agentId])).map((row) => row.id);
}

const updateStatement: Statement = {
  name: "update-agent",
  text: `
    UPDATE agents SET name = coalesce($2, name), role = coalesce($4, role), password_hash = coalesce($3, password_hash),
      first_password = first_password AND $3::text IS NULL,
      password_changed_at = CASE WHEN $3::text IS NULL THEN password_changed_at ELSE $5 END
    WHERE id = $1 RETURNING ${agentColumns}`,
};

const sessionIdsStatement: Statement = {
  name: "list-agent-session-ids",
  text: "SELECT id FROM sessions WHERE agent_id = $1 AND ended_at IS NULL",
};
