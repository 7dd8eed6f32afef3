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
  return services.database.transaction((transaction) =>
    changeWithin(services, transaction, viewer, conversationId, change),
  );
}

/** The same within a transaction that has other rows to lock first. */
export async function changeWithin(
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
