import type { InboundEvent } from "../channels/channel.js";
import { notAfter } from "../clock.js";
import { markReadByVisitor } from "../conversations/mark-read.js";
import type { Statement } from "../database/database.js";
import { recordReceipt } from "../forwarding/deliveries/record-receipt.js";
import { lockConversations } from "../forwarding/due/refresh-due-times.js";
import type { Json } from "../json.js";
import { findConversationRef, lockConversationRef } from "./conversation-ref.js";
import { deferEvent } from "./deferred-events.js";
import { type Applying, dropped, type EventOutcome } from "./event-outcome.js";

/** A vendor's report that what was sent arrived, or was read. */
type SentReport = Extract<InboundEvent, { type: "delivered" | "read" }>;

interface Reported {
  readonly conversationId: string;
  /** Null: written outside of Afterchat. */
  readonly deliveryId: string | null;
  readonly position: number;
}

/** Records that what was sent arrived, or was read, which says that it arrived: one message, or all up to a moment. */
export function receiveSentReport(applying: Applying, event: SentReport): Promise<EventOutcome> {
  if ("messageId" in event && event.messageId !== undefined) return receiveOfMessage(applying, event);
  if ("address" in event) return receiveUpTo(applying, event.type, event);
  throw new TypeError(`A report of the type ${event.type} points at nothing.`);
}

async function receiveOfMessage(
  applying: Applying,
  event: SentReport & { readonly messageId: string },
): Promise<EventOutcome> {
  const { transaction, channelId, now } = applying;
  const { messageId } = event;
  const [reported] = await transaction.query<Reported>(reportedStatement, [
    channelId,
    JSON.stringify([messageId]),
    messageId,
  ]);
  if (reported === undefined) return deferEvent(applying, event);
  const { conversationId, deliveryId, position } = reported;
  if (deliveryId !== null) {
    await recordReceipt(transaction, channelId, { deliveryId }, { status: "DELIVERED", at: event.at }, now);
  }
  if (event.type === "read") await markRead(applying, conversationId, position);
  return { kind: "applied", conversationId, messageId: null, deliveryId, suppressed: null };
}

async function receiveUpTo(
  applying: Applying,
  type: SentReport["type"],
  { address, upTo }: { readonly address: Json; readonly upTo: Date },
): Promise<EventOutcome> {
  const { transaction, channelId, now } = applying;
  const place = await findConversationRef(transaction, channelId, address);
  if (place === null) return dropped("NOT_OURS", "Nobody here has this address.", null);
  const { conversation } = await lockConversationRef(transaction, place);
  const { id: conversationId } = conversation;
  // A vendor's clock that is ahead must not speak of what is still to be sent.
  const until = notAfter(upTo, now);
  const arrived = await transaction.query<{ id: string }>(arrivedStatement, [conversationId, channelId, until]);
  for (const { id: deliveryId } of arrived) {
    await recordReceipt(transaction, channelId, { deliveryId }, { status: "DELIVERED", at: until }, now);
  }
  if (type === "read") {
    await transaction.query(watermarkStatement, [conversationId, until]);
    await markReadUpTo(applying, conversationId, until);
  }
  return { kind: "applied", conversationId, messageId: null, deliveryId: null, suppressed: null };
}

/** Marks what a channel sent up to a moment as read, by the vendor's watermark. */
export async function markReadUpTo(applying: Applying, conversationId: string, until: Date): Promise<void> {
  const { transaction, channelId } = applying;
  const [row] = await transaction.query<{ position: number }>(upToStatement, [conversationId, channelId, until]);
  await markRead(applying, conversationId, row?.position ?? 0);
}

async function markRead({ transaction, now }: Applying, conversationId: string, position: number): Promise<void> {
  await lockConversations(transaction, [conversationId]);
  const [conversation] = await transaction.query<{ id: string; visitorId: string; visitorReadPosition: number }>(
    readPositionStatement,
    [conversationId],
  );
  if (conversation === undefined) throw new Error(`Conversation ${conversationId} has vanished while it was locked.`);
  await markReadByVisitor(transaction, conversation, position, now);
  transaction.publish({ type: "conversationUpdated", conversationId, visitorId: conversation.visitorId });
}

// What was written outside comes after deliveries: its id may be one of theirs only by a vendor's mistake.
const reportedStatement: Statement = {
  name: "what-a-report-is-about",
  text: `
    SELECT deliveries.conversation_id, deliveries.id AS delivery_id, max(delivery_messages.position) AS position
    FROM deliveries JOIN delivery_messages ON delivery_messages.delivery_id = deliveries.id
    WHERE deliveries.channel = $1 AND deliveries.external_ids @> $2::jsonb GROUP BY deliveries.id
    UNION ALL
    SELECT conversation_id, NULL, position FROM messages WHERE via = $1 AND external_id = $3 AND author_kind <> 'VISITOR'
    LIMIT 1`,
};

const arrivedStatement: Statement = {
  name: "deliveries-sent-up-to",
  text: `SELECT id FROM deliveries WHERE conversation_id = $1 AND channel = $2 AND status = 'SENT' AND sent_at <= $3
    ORDER BY created_at DESC, id DESC LIMIT 100`,
};

const watermarkStatement: Statement = {
  name: "keep-read-watermark",
  text: "UPDATE conversations SET reported_read_at = greatest(reported_read_at, $2) WHERE id = $1",
};

// Read is what stands before a position: it ends before the first that was sent later, whatever stands behind that.
const upToStatement: Statement = {
  name: "position-sent-up-to",
  text: `
    WITH sent AS (
      SELECT delivery_messages.position, deliveries.sent_at FROM deliveries
      JOIN delivery_messages ON delivery_messages.delivery_id = deliveries.id
      WHERE deliveries.conversation_id = $1 AND deliveries.channel = $2 AND deliveries.status IN ('SENT', 'DELIVERED')
      UNION ALL
      SELECT messages.position, messages.sent_at FROM messages
      WHERE messages.conversation_id = $1 AND messages.via = $2 AND messages.author_kind <> 'VISITOR'
    )
    SELECT coalesce(max(position), 0) AS position FROM sent WHERE sent_at <= $3
      AND position < coalesce((SELECT min(position) FROM sent WHERE sent_at > $3), 2147483647)`,
};

const readPositionStatement: Statement = {
  name: "read-position",
  text: "SELECT id, visitor_id, visitor_read_position FROM conversations WHERE id = $1",
};
