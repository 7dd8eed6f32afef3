import type { ChannelHost, DeliveryName, FoundConversation } from "afterchat/channel";
import { findThread, type SignedIds } from "./find-signed-ids.js";

/**
 * The conversation that an email belongs to; null if there is none. A signed address takes precedence. Then the emails
 * that it answers, which also works if it was sent to From or a server removed the token; then the thread's root, to
 * which all emails of a conversation refer.
 */
export async function resolveConversation(
  host: Pick<ChannelHost, "findConversation" | "verify">,
  signed: SignedIds,
  answers: readonly DeliveryName[],
): Promise<FoundConversation | null> {
  const thread = findThread(
    host,
    answers.map((name) => name.externalId),
  );
  const queries = [
    signed.conversationId === null ? null : { conversationId: signed.conversationId },
    // Some programs reply to the envelope sender.
    signed.deliveryId === null ? null : { deliveryId: signed.deliveryId },
    answers.length === 0 ? null : { names: answers },
    thread === null ? null : { conversationId: thread },
  ];
  for (const query of queries) {
    const found = query === null ? null : await host.findConversation(query);
    if (found !== null) return found;
  }
  return null;
}
