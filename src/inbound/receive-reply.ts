import { v7 } from "uuid";
import { ensureVendorInboxAgent } from "../agents/ensure-vendor-inbox-agent.js";
import type { InboundEvent, InboundReply } from "../channels/channel.js";
import { notAfter } from "../clock.js";
import type { Conversation } from "../conversations/conversation.entity.js";
import { publishMessageAdded } from "../conversations/publish-message-added.js";
import { writeReply } from "../conversations/write-message.js";
import { createReference } from "../forwarding/deliveries/create-reference.js";
import { recordSent } from "../forwarding/deliveries/record-sent.js";
import { findOrStartConversation, lockConversationRef, reopen } from "./conversation-ref.js";
import type { EventContext } from "./event-context.js";
import { dropped, droppedAsBlocked, type EventOutcome } from "./event-outcome.js";
import { findEchoedDelivery } from "./find-echoed-delivery.js";
import { markReadUpTo } from "./receive-delivery-status.js";
import { sanitizeText } from "./sanitize-text.js";

/**
 * Writes a reply that the company sent from the vendor's own inbox into the visitor's conversation; no channel sends it
 * again. The vendor's echo of a reply that Afterchat sent itself is recognised and not written a second time.
 */
export async function receiveReply(context: EventContext, event: InboundReply): Promise<EventOutcome> {
  const { services, transaction, channelId, now } = context;
  const ref = await findOrStartConversation(context, event.address, {});
  if (ref === "blocked") return droppedAsBlocked(null);
  const { conversation, visitor } = await lockConversationRef(transaction, ref);
  const { id: conversationId } = conversation;
  if (visitor.erasedAt !== null) return dropped("ERASED", "The visitor was erased.", conversationId);
  const echoed = await findEchoedDelivery(context, conversationId, event);
  if (echoed !== null) {
    if (echoed.extent === "part")
      return dropped("OWN_MAIL", "It is part of a reply that is being sent.", conversationId);
    return receiveSent(context, {
      ...event,
      type: "sent",
      deliveryId: echoed.deliveryId,
      messageId: event.externalId,
    });
  }
  await reopen(transaction, conversationId);
  const written = await writeReply(
    transaction.query,
    {
      id: v7(),
      conversationId,
      authorKind: "AGENT",
      authorId: await ensureVendorInboxAgent(transaction, channelId, services.config.companyName, now),
      botName: null,
      text: sanitizeText(event.text),
      via: channelId,
      sentAt: notAfter(event.at, now),
      clientMessageId: null,
      externalId: event.externalId,
      attachments: null,
    },
    // It has already been sent, so no delivery is queued.
    { id: v7(), reference: createReference(), immediateChannels: [] },
  );
  if (written === null) throw new Error(`Conversation ${conversationId} was closed although it is locked.`);
  await applyReadWatermark(context, conversation, event.at);
  publishMessageAdded(transaction, written);
  return { kind: "applied", conversationId, messageId: written.message.id, deliveryId: null, suppressed: null };
}

/** Records that the vendor reports a delivery as sent. */
export async function receiveSent(
  context: EventContext,
  event: Extract<InboundEvent, { type: "sent" }>,
): Promise<EventOutcome> {
  const { transaction, channelId, now } = context;
  const sent = await recordSent(transaction, channelId, event, now);
  if (sent === null) return dropped("NOT_OURS", "No delivery of this channel matches it.", null);
  const { conversation, deliveryId } = sent;
  await applyReadWatermark(context, conversation, event.at);
  return { kind: "applied", conversationId: conversation.id, messageId: null, deliveryId, suppressed: null };
}

/** Marks a message as read if the vendor had reported that before Afterchat knew that it was sent. */
async function applyReadWatermark(
  context: EventContext,
  { id, reportedReadAt }: Pick<Conversation, "id" | "reportedReadAt">,
  sentAt: Date,
): Promise<void> {
  if (reportedReadAt !== null && reportedReadAt >= sentAt) await markReadUpTo(context, id, reportedReadAt);
}
