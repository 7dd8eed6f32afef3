import type { Transaction } from "../database/database.js";
import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import type { Conversation } from "./conversation.entity.js";
import { lockConversation, readConversation } from "./find-conversation.js";

/**
 * One change of one conversation: locks it, lets `change` read, decide and write, announces it, and returns it as it is
 * then. @throws NOT_FOUND when the viewer may not see it
 */
export async function changeConversation(
  services: Services,
  viewer: Viewer,
  conversationId: string,
  change: (transaction: Transaction, conversation: Conversation, now: Date) => Promise<void>,
): Promise<Conversation> {
  return services.database.transaction(async (transaction) => {
    const conversation = await lockConversation(transaction, viewer, conversationId);
    await change(transaction, conversation, services.clock.now());
    const { visitorId } = conversation;
    transaction.publish({ type: "conversationUpdated", conversationId, visitorId });
    return (await readConversation(transaction, conversationId)) ?? conversation;
  });
}
