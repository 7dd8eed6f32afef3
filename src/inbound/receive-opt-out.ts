import type { InboundEvent } from "../channels/channel.js";
import { readConversation } from "../conversations/find-conversation.js";
import { optConversationOut, optVisitorOut } from "../forwarding/addresses/opt-out.js";
import { lockConversations } from "../forwarding/due/refresh-due-times.js";
import { rereadVisitor } from "../visitors/lock-visitor.js";
import type { EventContext } from "./event-context.js";
import { dropped, type EventOutcome } from "./event-outcome.js";

/** Records an opt-out, or its withdrawal, that arrived through a channel instead of the API. */
export async function receiveOptOut(
  { transaction, now }: EventContext,
  { conversationId, scope, optedOut }: Extract<InboundEvent, { type: "opted-out" }>,
): Promise<EventOutcome> {
  const conversation = await readConversation(transaction, conversationId);
  if (conversation === null) return dropped("NOT_OURS", "The conversation does not exist.", null);
  const { visitorId } = conversation;
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
