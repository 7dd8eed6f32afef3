import { validate } from "uuid";
import type { Statement } from "../database/database.js";
import { notFound } from "../errors.js";
import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import { changeWithin } from "./change-conversation.js";
import type { Conversation } from "./conversation.entity.js";

/** Gives a conversation to an agent, or to nobody. @throws NOT_FOUND for an unknown conversation or agent */
export async function assignConversation(
  services: Services,
  viewer: Viewer,
  input: { readonly conversationId: string; readonly agentId?: string | null | undefined },
): Promise<Conversation> {
  const agentId = input.agentId ?? null;
  if (agentId !== null && !validate(agentId)) throw notFound("agent");
  return services.database.transaction(async (transaction) => {
    // The agent first, as a removal does, which then takes the agent's conversations away.
    if (agentId !== null && (await transaction.query(lockAgentStatement, [agentId])).length === 0)
      throw notFound("agent");
    return changeWithin(services, transaction, viewer, input.conversationId, async () => {
      await transaction.query(assignStatement, [input.conversationId, agentId]);
    });
  });
}

const lockAgentStatement: Statement = {
  name: "lock-assignee",
  text: "SELECT id FROM agents WHERE id = $1 AND removed_at IS NULL FOR SHARE",
};

const assignStatement: Statement = {
  name: "assign-conversation",
  text: "UPDATE conversations SET assignee_id = $2::uuid WHERE id = $1",
};
