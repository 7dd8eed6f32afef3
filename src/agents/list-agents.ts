import type { Statement } from "../database/database.js";
import type { Services } from "../services.js";
import type { Agent } from "./agent.entity.js";
import { agentColumns, agentFromRow } from "./agent-columns.js";

/** All agents and admins, sorted by name, without removed ones. */
export async function listAgents(services: Pick<Services, "database">): Promise<Agent[]> {
  return (await services.database.query<object>(listStatement, [])).map(agentFromRow);
}

const listStatement: Statement = {
  name: "list-agents",
  text: `SELECT ${agentColumns} FROM agents WHERE removed_at IS NULL ORDER BY lower(name), id`,
};
