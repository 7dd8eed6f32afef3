import { v7 } from "uuid";
import { claimContents } from "../attachments/store-content.js";
import type { InboundMessage, InboundSender } from "../channels/channel.js";
import { notAfter } from "../clock.js";
import type { Conversation } from "../conversations/conversation.entity.js";
import { markReadByVisitor } from "../conversations/mark-read.js";
import { announce } from "../conversations/send-message.js";
import { writeVisitorMessage } from "../conversations/write-message.js";
import type { Statement } from "../database/database.js";
import { withoutNul } from "../database/without-nul.js";
import { recordReceipt } from "../forwarding/deliveries/record-receipt.js";
import type { Json } from "../json.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitors/visitor.entity.js";
import { type ConversationRef, findOrStartConversation, lockConversationRef, reopen } from "./conversation-ref.js";
import { type Applying, dropped, type EventOutcome } from "./event-outcome.js";
import { findAnswered, findNamed } from "./find-answered.js";
import { boundText } from "./inbound-text.js";
import { isMailLoop } from "./mail-loop-guard.js";
import { type StoredFiles, withNotes } from "./store-files.js";
import { verifySender } from "./verify-sender.js";

/**
 * Writes what a visitor sent through a channel into its conversation, which reopens: a doing of the visitor. What the
 * answered delivery carried counts as read, and as arrived if that was open; later replies still travel. Who the visitor
 * is never changes by it.
 */
export async function receiveMessage(applying: Applying, event: InboundMessage): Promise<EventOutcome> {
  const { transaction, channelId, now } = applying;
  const place =
    event.conversationId === undefined
      ? await findOrStartConversation(applying, event.address ?? null, event)
      : await findGiven(applying, event);
  if (place === null) return dropped("NOT_OURS", "There is no such conversation.", null);
  const { conversation, visitor } = await lockConversationRef(transaction, place);
  const { id: conversationId } = conversation;
  if (visitor.erasedAt !== null) return dropped("ERASED", "The visitor was erased.", conversationId);
  if (applying.originalId !== null && (await isMailLoop(transaction.query, conversationId, now))) {
    return dropped("BREAKER", "Too many emails came for this conversation within an hour.", conversationId);
  }
  await reopen(transaction, conversationId);
  const deliveryId = await readAnswered(applying, event, conversation);
  const messageId = v7();
  const { attachments, notes } = applying.files.get(event) ?? noFiles;
  await claimContents(
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
    text: withNotes(boundText(event.text), notes),
    via: channelId,
    sentAt: writtenAt(event, now),
    clientMessageId: null,
    externalId: event.externalId,
    attachments: attachments.length === 0 ? null : attachments,
  });
  if (written === null) throw new Error(`Conversation ${conversationId} has closed although it was locked.`);
  if (event.sender !== undefined) await writeSender(applying, event.sender, messageId, conversation, visitor);
  announce({ events: { publish: transaction.publish } as Services["events"] }, written);
  return { kind: "applied", conversationId, messageId, deliveryId, suppressed: null };
}

/**
 * A vendor that could not reach us repeats for days, and its reply windows count from when the visitor wrote. Where senders
 * can be forged the arrival here is what is known.
 */
function writtenAt({ conversationId, at }: InboundMessage, now: Date): Date {
  return conversationId === undefined ? notAfter(at, now) : now;
}

const noFiles: StoredFiles = { attachments: [], notes: [] };

async function findGiven({ transaction }: Applying, event: InboundMessage): Promise<ConversationRef | null> {
  const [known] = await transaction.query<ConversationRef>(placeStatement, [event.conversationId]);
  return known ?? null;
}

/** What the message answers has arrived and was read. The delivery's id; null when it answers none. */
async function readAnswered(
  { transaction, channelId, now }: Applying,
  event: InboundMessage,
  conversation: Conversation,
): Promise<string | null> {
  if (event.answers === undefined && event.conversationId === undefined) return null;
  const { query } = transaction;
  const names = event.answers ?? [];
  const at = notAfter(event.at, now);
  // Where the sender is known by an account, writing proves nothing of what was sent before; only naming it does.
  const answered =
    event.conversationId === undefined
      ? await findNamed(query, channelId, conversation.id, names)
      : await findAnswered(query, channelId, conversation.id, names, at);
  if (answered === null) return null;
  const { deliveryId, position, certainty, externalId } = answered;
  if (certainty === "proof") {
    await recordReceipt(transaction, channelId, { deliveryId }, { status: "DELIVERED", at, externalId }, now);
  }
  await markReadByVisitor(transaction, conversation, position, now);
  return deliveryId;
}

async function writeSender(
  { services, transaction, channelId }: Applying,
  sender: InboundSender,
  messageId: string,
  conversation: Conversation,
  visitor: Visitor,
): Promise<void> {
  const plugin = services.channels.get(channelId)?.plugin;
  if (plugin === undefined) throw new Error(`Channel ${channelId} is not installed any more.`);
  const reached = await transaction.query<{ address: Json }>(reachedStatement, [conversation.id, channelId]);
  const known = [visitor.addresses[channelId], ...reached].flatMap((one) => (one === undefined ? [] : [one.address]));
  await transaction.query(senderStatement, [
    messageId,
    boundLine(sender.address),
    verifySender(plugin, sender, known),
    sender.detail === undefined ? null : boundLine(sender.detail),
  ]);
}

function boundLine(text: string): string {
  return withoutNul(text.slice(0, 500).toWellFormed());
}

const placeStatement: Statement = {
  name: "place-of-inbound-message",
  text: "SELECT id AS conversation_id, visitor_id FROM conversations WHERE id = $1",
};

// Where replies of this conversation went: the visitor's address may have changed since.
const reachedStatement: Statement = {
  name: "addresses-reached",
  text: `SELECT DISTINCT address FROM deliveries
    WHERE conversation_id = $1 AND channel = $2 AND first_attempt_at IS NOT NULL LIMIT 100`,
};

const senderStatement: Statement = {
  name: "write-sender",
  text: "INSERT INTO message_senders (message_id, address, doubt, detail) VALUES ($1, $2, $3, $4)",
};
