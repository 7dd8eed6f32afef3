import type { ChannelHost, DeliveryName, FoundConversation } from "afterchat/channel";
import { findThread, type SignedAddresses } from "./find-signed-ids.js";

/**
 * The conversation that a mail belongs to; null when it is none of ours. A signed address comes first: it was made for
 * nothing else. Then what the mail answers, which also finds it when it was sent to From, or when a server cut the token
 * off; then the thread, by the root that all mails of a conversation refer to.
 */
export async function findConversationRef(
  host: Pick<ChannelHost, "findConversation" | "verify">,
  signed: SignedAddresses,
  answers: readonly DeliveryName[],
): Promise<FoundConversation | null> {
  const thread = findThread(
    host,
    answers.map((name) => name.externalId),
  );
  const ways = [
    signed.conversationId === null ? null : { conversationId: signed.conversationId },
    // Some programs answer to the envelope's sender.
    signed.deliveryId === null ? null : { deliveryId: signed.deliveryId },
    answers.length === 0 ? null : { names: answers },
    thread === null ? null : { conversationId: thread },
  ];
  for (const way of ways) {
    const found = way === null ? null : await host.findConversation(way);
    if (found !== null) return found;
  }
  return null;
}
