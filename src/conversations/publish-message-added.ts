import type { Transaction } from "../database/database.js";
import type { WrittenMessage } from "./write-message.js";

/** Notifies subscribers of a new message. `publisher`: the transaction that writes it, or `events` once it has committed. */
export function publishMessageAdded(
  publisher: Pick<Transaction, "publish">,
  { message, visitorId }: WrittenMessage,
): void {
  const { conversationId, id: messageId } = message;
  publisher.publish({ type: "messageAdded", conversationId, visitorId, messageId });
  publisher.publish({ type: "conversationUpdated", conversationId, visitorId });
}
