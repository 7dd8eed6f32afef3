import { v7 } from "uuid";
import { claimInboundFiles } from "../attachments/store-inbound-file.js";
import type { InboundMessage } from "../channels/channel.js";
import { notAfter } from "../clock.js";
import type { Conversation } from "../conversations/conversation.entity.js";
import { markReadByVisitor } from "../conversations/mark-read.js";
import { publishMessageAdded } from "../conversations/publish-message-added.js";
import { writeVisitorMessage } from "../conversations/write-message.js";
import type { Statement } from "../database/database.js";
import { recordReceipt } from "../forwarding/deliveries/record-receipt.js";
import { type ConversationRef, findOrStartConversation, lockConversationRef, reopen } from "./conversation-ref.js";
import type { EventContext } from "./event-context.js";
import { dropped, droppedAsBlocked, type EventOutcome } from "./event-outcome.js";
import { findAnsweredDelivery, findAnsweredDeliveryByName } from "./find-answered-delivery.js";
import { isMailLoop } from "./mail-loop-guard.js";
import { recordSender } from "./record-sender.js";
import { sanitizeText } from "./sanitize-text.js";
import { appendNotes, type StoredFiles } from "./store-files.js";

/**
 * Adds a visitor's message from a channel to its conversation, reopening the conversation if it is closed. The replies
 * carried by the answered delivery count as read, and the delivery as delivered if its outcome was open; later
 * replies are still forwarded. The visitor's identity never changes.
 */
export async function receiveMessage(context: EventContext, event: InboundMessage): Promise<EventOutcome> {
  const { transaction, channelId, now } = context;
  const ref =
    event.conversationId === undefined
      ? await findOrStartConversation(context, event.address ?? null, event)
      : await findRefById(context, event.conversationId);
  if (ref === null) return dropped("NOT_OURS", "The conversation does not exist.", null);
  if (ref === "blocked") return droppedAsBlocked(null);
  const { conversation, visitor } = await lockConversationRef(transaction, ref);
  const { id: conversationId } = conversation;
  if (visitor.erasedAt !== null) return dropped("ERASED", "The visitor was erased.", conversationId);
  if (visitor.blockedAt !== null) return droppedAsBlocked(conversationId);
  if (context.originalId !== null && (await isMailLoop(transaction.query, conversationId, now))) {
    return dropped("BREAKER", "Too many emails arrived for this conversation within an hour.", conversationId);
  }
  await reopen(transaction, conversationId);
  const deliveryId = await markAnsweredRead(context, event, conversation);
  const messageId = v7();
  const { attachments, notes } = context.files.get(event) ?? noFiles;
  await claimInboundFiles(
    transaction,
    visitor.id,
    attachments.map(({ id }) => id),
    messageId,
  );
  const written = await writeVisitorMessage(transaction.query, {
    id: messageId,
    conversationId,
    authorKind: "VISITOR",
    authorId: visitor.id,
    botName: null,
    text: appendNotes(sanitizeText(event.text), notes),
    via: channelId,
    sentAt: sentAt(event, now),
    clientMessageId: null,
    externalId: event.externalId,
    attachments: attachments.length === 0 ? null : attachments,
  });
  if (written === null) throw new Error(`Conversation ${conversationId} was closed although it is locked.`);
  if (event.sender !== undefined) await recordSender(context, event.sender, messageId, conversation, visitor);
  publishMessageAdded(transaction, written);
  return { kind: "applied", conversationId, messageId, deliveryId, suppressed: null };
}

/**
 * A vendor that cannot reach Afterchat retries for days, and its reply window starts when the visitor wrote, so the vendor's
 * time is used. On channels where senders can be forged, only the time of arrival is trusted.
 */
function sentAt({ conversationId, at }: InboundMessage, now: Date): Date {
  return conversationId === undefined ? notAfter(at, now) : now;
}

const noFiles: StoredFiles = { attachments: [], notes: [] };

async function findRefById({ transaction }: EventContext, conversationId: string): Promise<ConversationRef | null> {
  const [ref] = await transaction.query<ConversationRef>(findRefStatement, [conversationId]);
  return ref ?? null;
}

/** Marks what the answered delivery carried as read. Returns the delivery's id; null if the message answers none. */
async function markAnsweredRead(
  { transaction, channelId, now }: EventContext,
  event: InboundMessage,
  conversation: Conversation,
): Promise<string | null> {
  if (event.answers === undefined && event.conversationId === undefined) return null;
  const { query } = transaction;
  const names = event.answers ?? [];
  const at = notAfter(event.at, now);
  // Without conversationId the sender is known by an account: writing from it proves nothing about earlier deliveries,
  // unless the message names one.
  const answered =
    event.conversationId === undefined
      ? await findAnsweredDeliveryByName(query, channelId, conversation.id, names)
      : await findAnsweredDelivery(query, channelId, conversation.id, names, at);
  if (answered === null) return null;
  const { deliveryId, position, certainty, externalId } = answered;
  if (certainty === "proof") {
    await recordReceipt(transaction, channelId, { deliveryId }, { status: "DELIVERED", at, externalId }, now);
  }
  await markReadByVisitor(transaction, conversation, position, now);
  return deliveryId;
}

const findRefStatement: Statement = {
  name: "find-conversation-ref",
  text: "SELECT id AS conversation_id, visitor_id FROM conversations WHERE id = $1",
};
