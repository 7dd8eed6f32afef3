import { validate } from "uuid";
import type { Statement } from "../database/database.js";
import { notFound } from "../errors.js";
import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import { changeConversationWithin } from "./change-conversation.js";
import type { Conversation } from "./conversation.entity.js";

/** Assigns a conversation to an agent; null unassigns it. @throws NOT_FOUND for an unknown conversation or agent */
export async function assignConversation(
  services: Services,
  viewer: Viewer,
  input: { readonly conversationId: string; readonly agentId?: string | null | undefined },
): Promise<Conversation> {
  const agentId = input.agentId ?? null;
  if (agentId !== null && !validate(agentId)) throw notFound("agent");
  return services.database.transaction(async (transaction) => {
    // The agent is locked before the conversation, in the same order as when an agent is removed.
    if (agentId !== null && (await transaction.query(lockAgentStatement, [agentId])).length === 0)
      throw notFound("agent");
    return changeConversationWithin(services, transaction, viewer, input.conversationId, async () => {
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
