import type { Statement } from "../database/database.js";
import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import { changeConversation } from "./change-conversation.js";
import type { Conversation } from "./conversation.entity.js";

/** Closes a conversation; a closed one stays as it is. Does not affect forwarding. @throws NOT_FOUND */
export async function closeConversation(
  services: Services,
  viewer: Viewer,
  conversationId: string,
): Promise<Conversation> {
  return changeConversation(services, viewer, conversationId, async (transaction, _, now) => {
    await transaction.query(closeStatement, [conversationId, now]);
  });
}

const closeStatement: Statement = {
  name: "close-conversation",
  text: "UPDATE conversations SET status = 'CLOSED', closed_at = $2 WHERE id = $1 AND status = 'OPEN'",
};
