import type { Statement } from "../database/database.js";
import { conflict } from "../errors.js";
import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import { changeConversation } from "./change-conversation.js";
import type { Conversation } from "./conversation.entity.js";

/** Reopens a conversation; an open one stays as it is. @throws NOT_FOUND, CONFLICT if its visitor is erased */
export async function reopenConversation(
  services: Services,
  viewer: Viewer,
  conversationId: string,
): Promise<Conversation> {
  return changeConversation(services, viewer, conversationId, async (transaction) => {
    const rows = await transaction.query(reopenStatement, [conversationId]);
    if (rows.length === 0) throw conflict("This visitor has been erased: the conversation stays closed.");
  });
}

const reopenStatement: Statement = {
  name: "reopen-conversation",
  text: `UPDATE conversations SET status = 'OPEN', closed_at = NULL FROM visitors
    WHERE conversations.id = $1 AND visitors.id = conversations.visitor_id AND visitors.erased_at IS NULL
    RETURNING conversations.id`,
};
