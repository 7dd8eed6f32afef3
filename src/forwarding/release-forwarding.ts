import { changeConversation } from "../conversations/change-conversation.js";
import type { Conversation } from "../conversations/conversation.entity.js";
import type { Statement } from "../database/database.js";
import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import { refreshForwarding } from "./due/refresh-due-times.js";

/** Ends a hold: pending replies are forwarded when they are due, immediately if that time has passed. @throws NOT_FOUND */
export async function releaseForwarding(
  services: Services,
  viewer: Viewer,
  conversationId: string,
): Promise<Conversation> {
  return changeConversation(services, viewer, conversationId, async (transaction, _, now) => {
    await transaction.query(releaseStatement, [conversationId]);
    await refreshForwarding(transaction, [conversationId], now);
  });
}

const releaseStatement: Statement = {
  name: "release-forwarding",
  text: "UPDATE conversations SET held_at = NULL, held_by = NULL WHERE id = $1",
};
