import { v7 } from "uuid";
import type { Statement } from "../database/database.js";
import { conflict } from "../errors.js";
import type { Services } from "../services.js";
import type { AgentRole } from "../viewer.js";
import type { Agent } from "./agent.entity.js";
import { agentColumns, agentFromRow } from "./agent-columns.js";
import { parseAgentEmail, parseAgentName } from "./parse-agent-input.js";
import { checkPassword } from "./password.js";

export interface CreateAgentInput {
  readonly email: string;
  readonly name: string;
  readonly password: string;
  readonly role: AgentRole;
}

/**
 * Creates an agent, who can sign in immediately.
 * @throws BAD_USER_INPUT for `input.email`, `input.name` or `input.password`, CONFLICT if the email address is taken
 */
export async function createAgent(services: Services, input: CreateAgentInput): Promise<Agent> {
  const email = parseAgentEmail(input.email);
  const name = parseAgentName(input.name);
  checkPassword("input.password", input.password);
  const passwordHash = await services.passwords.hash(input.password);
  const now = services.clock.now();
  return services.database.transaction(async (transaction) => {
    const parameters = [v7(), name, email, input.role, passwordHash, now];
    const [row] = await transaction.query<object>(insertStatement, parameters);
    if (row === undefined) throw conflict("Another agent already has this email address.");
    const agent = agentFromRow(row);
    transaction.publish({ type: "agentUpdated", agentId: agent.id });
    return agent;
  });
}

const insertStatement: Statement = {
  name: "insert-agent",
  text: `INSERT INTO agents (id, name, email, role, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (lower(email)) WHERE removed_at IS NULL DO NOTHING RETURNING ${agentColumns}`,
};
