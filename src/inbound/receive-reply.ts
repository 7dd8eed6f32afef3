import { v7 } from "uuid";
import { findOutsideAgent } from "../agents/outside-agent.js";
import type { InboundEvent, InboundReply } from "../channels/channel.js";
import { notAfter } from "../clock.js";
import type { Conversation } from "../conversations/conversation.entity.js";
import { announce } from "../conversations/send-message.js";
import { writeReply } from "../conversations/write-message.js";
import { createReference } from "../forwarding/deliveries/create-reference.js";
import { recordSent } from "../forwarding/deliveries/record-sent.js";
import type { Services } from "../services.js";
import { findOrStartConversation, lockConversationRef, reopen } from "./conversation-ref.js";
import { type Applying, dropped, type EventOutcome } from "./event-outcome.js";
import { findEchoed } from "./find-echoed.js";
import { boundText } from "./inbound-text.js";
import { markReadUpTo } from "./receive-sent-report.js";

/**
 * Writes what the company wrote in the vendor's own inbox as an agent's message from outside, which no channel forwards
 * again; it belongs to the visitor it was written to. What Afterchat sent itself is recognised and not written twice.
 */
export async function receiveReply(applying: Applying, event: InboundReply): Promise<EventOutcome> {
  const { services, transaction, channelId, now } = applying;
  const place = await findOrStartConversation(applying, event.address, {});
  const { conversation, visitor } = await lockConversationRef(transaction, place);
  const { id: conversationId } = conversation;
  if (visitor.erasedAt !== null) return dropped("ERASED", "The visitor was erased.", conversationId);
  const echoed = await findEchoed(applying, conversationId, event);
  if (echoed !== null) {
    if (echoed.extent === "part") return dropped("OWN_MAIL", "Part of a reply that is being sent.", conversationId);
    return receiveSent(applying, {
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
      authorId: await findOutsideAgent(transaction, channelId, services.config.companyName, now),
      botName: null,
      text: boundText(event.text),
      via: channelId,
      sentAt: notAfter(event.at, now),
      clientMessageId: null,
      externalId: event.externalId,
      attachments: null,
    },
    // It has been sent: no channel is asked to.
    { id: v7(), reference: createReference(), immediateChannels: [] },
  );
  if (written === null) throw new Error(`Conversation ${conversationId} has closed although it was locked.`);
  await applyWatermark(applying, conversation, event.at);
  announce({ events: { publish: transaction.publish } as Services["events"] }, written);
  return { kind: "applied", conversationId, messageId: written.message.id, deliveryId: null, suppressed: null };
}

/** Records that a delivery came back to us as sent. */
export async function receiveSent(
  applying: Applying,
  event: Extract<InboundEvent, { type: "sent" }>,
): Promise<EventOutcome> {
  const { transaction, channelId, now } = applying;
  const sent = await recordSent(transaction, channelId, event, now);
  if (sent === null) return dropped("NOT_OURS", "It is about no delivery of this channel.", null);
  const { conversation, deliveryId } = sent;
  await applyWatermark(applying, conversation, event.at);
  return { kind: "applied", conversationId: conversation.id, messageId: null, deliveryId, suppressed: null };
}

/** What the vendor had reported as read before we knew that it was sent. */
async function applyWatermark(
  applying: Applying,
  { id, reportedReadAt }: Pick<Conversation, "id" | "reportedReadAt">,
  sentAt: Date,
): Promise<void> {
  if (reportedReadAt !== null && reportedReadAt >= sentAt) await markReadUpTo(applying, id, reportedReadAt);
}
