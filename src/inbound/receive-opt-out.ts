import type { InboundEvent } from "../channels/channel.js";
import { readConversation } from "../conversations/find-conversation.js";
import { optConversationOut, optVisitorOut } from "../forwarding/addresses/opt-out.js";
import { lockConversations } from "../forwarding/due/refresh-due-times.js";
import { rereadVisitor } from "../visitors/lock-visitor.js";
import { type Applying, dropped, type EventOutcome } from "./event-outcome.js";

/** An opt-out, or its withdrawal, that reached us through a channel rather than the API. */
export async function receiveOptOut(
  { transaction, now }: Applying,
  { conversationId, scope, optedOut }: Extract<InboundEvent, { type: "opted-out" }>,
): Promise<EventOutcome> {
  const named = await readConversation(transaction, conversationId);
  if (named === null) return dropped("NOT_OURS", "There is no such conversation.", null);
  const { visitorId } = named;
  if (scope === "visitor") {
    const visitor = await optVisitorOut(transaction, visitorId, { optedOut }, now);
    if (visitor.erasedAt !== null) return dropped("ERASED", "The visitor was erased.", conversationId);
  } else {
    await lockConversations(transaction, [conversationId]);
    const visitor = await rereadVisitor(transaction, visitorId);
    if (visitor.erasedAt !== null) return dropped("ERASED", "The visitor was erased.", conversationId);
    await optConversationOut(transaction, { id: conversationId, visitorId }, { optedOut }, now);
  }
  return { kind: "applied", conversationId, messageId: null, deliveryId: null, suppressed: null };
}
