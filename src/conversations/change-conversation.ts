import type { Transaction } from "../database/database.js";
import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import type { Conversation } from "./conversation.entity.js";
import { lockConversation, readConversation } from "./find-conversation.js";

/**
 * Changes a conversation in a transaction: locks it, runs `change`, publishes the update, and returns the conversation as
 * it is afterwards. @throws NOT_FOUND if the viewer may not see it
 */
export async function changeConversation(
  services: Services,
  viewer: Viewer,
  conversationId: string,
  change: (transaction: Transaction, conversation: Conversation, now: Date) => Promise<void>,
): Promise<Conversation> {
  return services.database.transaction((transaction) =>
    changeConversationWithin(services, transaction, viewer, conversationId, change),
  );
}

/** Like `changeConversation`, within a transaction that has to lock other rows first. */
export async function changeConversationWithin(
  services: Services,
  transaction: Transaction,
  viewer: Viewer,
  conversationId: string,
  change: (transaction: Transaction, conversation: Conversation, now: Date) => Promise<void>,
): Promise<Conversation> {
  const conversation = await lockConversation(transaction, viewer, conversationId);
  await change(transaction, conversation, services.clock.now());
  const { visitorId } = conversation;
  transaction.publish({ type: "conversationUpdated", conversationId, visitorId });
  return (await readConversation(transaction, conversationId)) ?? conversation;
}
