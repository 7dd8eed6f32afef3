import { v7 } from "uuid";
import { claimContents } from "../attachments/store-content.js";
import type { InboundMessage, InboundSender, Json } from "../channels/channel.js";
import type { Conversation } from "../conversations/conversation.entity.js";
import { readConversation } from "../conversations/find-conversation.js";
import { markReadByVisitor } from "../conversations/mark-read.js";
import { announce } from "../conversations/send-message.js";
import { writeVisitorMessage } from "../conversations/write-message.js";
import type { Statement } from "../database/database.js";
import { withoutNul } from "../database/without-nul.js";
import { findAnswered } from "../forwarding/find-answered.js";
import { knownAddress } from "../forwarding/parse-address.js";
import { recordReceipt } from "../forwarding/record-receipt.js";
import { lockConversations } from "../forwarding/refresh-forwarding.js";
import type { Services } from "../services.js";
import { lockVisitor } from "../visitors/lock-visitor.js";
import type { Visitor } from "../visitors/visitor.entity.js";
import { isBreakerOpen } from "./breaker.js";
import type { Applying, EventOutcome } from "./event-outcome.js";
import { boundText } from "./inbound-text.js";
import { judgeSender } from "./judge-sender.js";
import type { StoredFiles } from "./store-files.js";

/**
 * Writes what a visitor sent through a channel into its conversation, which reopens: a doing of the visitor. What the
 * answered delivery carried counts as read, and as arrived if that was open; later replies still travel. Who the visitor
 * is never changes by it.
 */
export async function receiveMessage(applying: Applying, event: InboundMessage): Promise<EventOutcome> {
  const { transaction, channelId, now } = applying;
  const place =
    event.conversationId === undefined ? await findOrBegin(applying, event) : await findGiven(applying, event);
  if (place === null) return dropped("NOT_OURS", "There is no such conversation.", null);
  const { conversation, visitor } = await lockPlace(applying, place);
  const { id: conversationId } = conversation;
  if (visitor.erasedAt !== null) return dropped("ERASED", "The visitor was erased.", conversationId);
  if (applying.originalId !== null && (await isBreakerOpen(transaction.query, conversationId, now))) {
    return dropped("BREAKER", "Too many emails came for this conversation within an hour.", conversationId);
  }
  await transaction.query(reopenStatement, [conversationId]);
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
    text: [boundText(event.text), notes.join("\n")].filter((part) => part !== "").join("\n\n"),
    via: channelId,
    sentAt: now,
    clientMessageId: null,
    externalId: event.externalId,
    attachments: attachments.length === 0 ? null : attachments,
  });
  if (written === null) throw new Error(`Conversation ${conversationId} has closed although it was locked.`);
  if (event.sender !== undefined) await writeSender(applying, event.sender, messageId, conversation, visitor);
  announce({ events: { publish: transaction.publish } as Services["events"] }, written);
  return { kind: "applied", conversationId, messageId, deliveryId, suppressed: null };
}

const noFiles: StoredFiles = { attachments: [], notes: [] };

interface Place {
  readonly conversationId: string;
  readonly visitorId: string;
}

function dropped(
  reason: Extract<EventOutcome, { kind: "dropped" }>["reason"],
  detail: string,
  conversationId: string | null,
): EventOutcome {
  return { kind: "dropped", reason, detail, conversationId };
}

async function findGiven({ transaction }: Applying, event: InboundMessage): Promise<Place | null> {
  const [known] = await transaction.query<Place>(placeStatement, [event.conversationId]);
  return known ?? null;
}

async function findOrBegin(applying: Applying, event: InboundMessage): Promise<Place> {
  const { services, transaction, channelId, now } = applying;
  const address: Json = event.address ?? null;
  // One conversation begins, however many first messages arrive at once.
  await transaction.query(lockAddressStatement, [`${channelId}:${JSON.stringify(address)}`]);
  const [known] = await transaction.query<Place>(newestStatement, [
    channelId,
    JSON.stringify({ [channelId]: { address } }),
  ]);
  if (known !== undefined) return known;
  const place = { conversationId: v7(), visitorId: v7() };
  await transaction.query(beginStatement, [
    place.visitorId,
    place.conversationId,
    channelId,
    JSON.stringify({ [channelId]: knownAddress(services, channelId, address) }),
    event.name === undefined ? null : withoutNul(event.name.toWellFormed()),
    event.locale ?? null,
    now,
  ]);
  return place;
}

// In the order of all: visitor, conversation, delivery. Whoever joined another visitor meanwhile is found as that one.
async function lockPlace(
  { transaction }: Applying,
  { conversationId, visitorId }: Place,
): Promise<{ conversation: Conversation; visitor: Visitor }> {
  const visitor = await lockVisitor(transaction, visitorId);
  await lockConversations(transaction, [conversationId]);
  const conversation = await readConversation(transaction, conversationId);
  if (visitor === null || conversation === null || conversation.visitorId !== visitor.id) {
    throw new Error(`Conversation ${conversationId} has changed hands while it was locked.`);
  }
  return { conversation, visitor };
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
  const at = event.at < now ? event.at : now;
  const answered = await findAnswered(query, channelId, conversation.id, names, at);
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
    judgeSender(plugin, sender, known),
    sender.detail === undefined ? null : boundLine(sender.detail),
  ]);
}

function boundLine(text: string): string {
  return withoutNul(text.slice(0, 500).toWellFormed());
}

const lockAddressStatement: Statement = {
  name: "lock-address",
  text: "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
};

const placeStatement: Statement = {
  name: "place-of-inbound-message",
  text: "SELECT id AS conversation_id, visitor_id FROM conversations WHERE id = $1",
};

const newestStatement: Statement = {
  name: "conversation-of-inbound-message",
  text: `SELECT conversations.id AS conversation_id, conversations.visitor_id FROM conversations
    JOIN visitors ON visitors.id = conversations.visitor_id
    WHERE conversations.channel = $1 AND visitors.addresses @> $2::jsonb
    ORDER BY conversations.last_activity_at DESC, conversations.id DESC LIMIT 1`,
};

const reopenStatement: Statement = {
  name: "reopen-by-inbound-message",
  text: "UPDATE conversations SET status = 'OPEN', closed_at = NULL WHERE id = $1 AND status = 'CLOSED'",
};

const beginStatement: Statement = {
  name: "begin-by-inbound-message",
  text: `
    WITH visitor AS (
      INSERT INTO visitors (id, addresses, name, locale, created_at) VALUES ($1, $4::jsonb, $5, $6, $7) RETURNING id
    )
    INSERT INTO conversations (id, visitor_id, channel, started_at, last_activity_at) SELECT $2, id, $3, $7, $7 FROM visitor`,
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
