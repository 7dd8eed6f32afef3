import { webChannel } from "../channels/web-channel.js";
import { changeConversation } from "../conversations/change-conversation.js";
import { type Conversation } from "../conversations/conversation.entity.js";
import type { Statement } from "../database/database.js";
import { badUserInput } from "../errors.js";
import type { Services } from "../services.js";
import type { AgentViewer } from "../viewer.js";
import { cancelQueuedDeliveries } from "./deliveries/cancel-deliveries.js";
import { CancelReason } from "./deliveries/delivery.entity.js";
import { refreshForwarding } from "./due/refresh-due-times.js";

/**
 * Holds pending replies back until they are released, read, or forwarded by an agent; a QUEUED delivery is cancelled, a
 * SENDING one is not. Does nothing while nothing is pending. @throws NOT_FOUND, BAD_USER_INPUT
 */
export async function holdForwarding(
  services: Services,
  viewer: AgentViewer,
  conversationId: string,
): Promise<Conversation> {
  return changeConversation(services, viewer, conversationId, async (transaction, conversation, now) => {
    if (conversation.channel !== webChannel) {
      throw badUserInput("conversationId", "Replies on this channel are sent immediately and cannot be held back.");
    }
    await cancelQueuedDeliveries(transaction, [conversationId], CancelReason.HELD, now);
    await transaction.query(holdStatement, [conversationId, now, viewer.agentId]);
    await refreshForwarding(transaction, [conversationId], now);
  });
}

const holdStatement: Statement = {
  name: "hold-forwarding",
  text: "UPDATE conversations SET held_at = coalesce(held_at, $2), held_by = coalesce(held_by, $3) WHERE id = $1",
};
