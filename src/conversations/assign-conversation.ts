import { validate } from "uuid";
import type { Statement } from "../database/database.js";
import { notFound } from "../errors.js";
import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import { changeConversation } from "./change-conversation.js";
import type { Conversation } from "./conversation.entity.js";

/** Gives a conversation to an agent, or to nobody. @throws NOT_FOUND for an unknown conversation or agent */
export async function assignConversation(
  services: Services,
  viewer: Viewer,
  input: { readonly conversationId: string; readonly agentId?: string | null | undefined },
): Promise<Conversation> {
  const agentId = input.agentId ?? null;
  if (agentId !== null && !validate(agentId)) throw notFound("agent");
  return changeConversation(services, viewer, input.conversationId, async (transaction) => {
    const rows = await transaction.query(assignStatement, [input.conversationId, agentId]);
    if (rows.length === 0) throw notFound("agent");
  });
}

const assignStatement: Statement = {
  name: "assign-conversation",
  text: `UPDATE conversations SET assignee_id = $2::uuid WHERE id = $1
      AND ($2::uuid IS NULL OR EXISTS (SELECT FROM agents WHERE agents.id = $2::uuid AND agents.removed_at IS NULL))
    RETURNING id`,
};
