import type { InboundEvent } from "../channels/channel.js";
import { notAfter } from "../clock.js";
import { markReadByVisitor } from "../conversations/mark-read.js";
import type { Statement } from "../database/database.js";
import { recordReceipt } from "../forwarding/deliveries/record-receipt.js";
import { lockConversations } from "../forwarding/due/refresh-due-times.js";
import type { Json } from "../json.js";
import { findConversationRef, lockConversationRef } from "./conversation-ref.js";
import { deferEvent } from "./deferred-events.js";
import type { EventContext } from "./event-context.js";
import { dropped, type EventOutcome } from "./event-outcome.js";

/** A vendor's report that sent messages were delivered or read. */
type DeliveryStatusEvent = Extract<InboundEvent, { type: "delivered" | "read" }>;

interface SentMessage {
  readonly conversationId: string;
  /** Null if it was written in the vendor's own inbox. */
  readonly deliveryId: string | null;
  readonly position: number;
}

/**
 * Records that a sent message, or all messages up to a point in time, were delivered or read. A message that was read
 * counts as delivered.
 */
export function receiveDeliveryStatus(context: EventContext, event: DeliveryStatusEvent): Promise<EventOutcome> {
  if ("messageId" in event && event.messageId !== undefined) return receiveForMessage(context, event);
  if ("address" in event) return receiveUpTo(context, event.type, event);
  throw new TypeError(`A ${event.type} event needs a messageId, or address and upTo.`);
}

async function receiveForMessage(
  context: EventContext,
  event: DeliveryStatusEvent & { readonly messageId: string },
): Promise<EventOutcome> {
  const { transaction, channelId, now } = context;
  const { messageId } = event;
  const [sent] = await transaction.query<SentMessage>(findSentMessageStatement, [
    channelId,
    JSON.stringify([messageId]),
    messageId,
  ]);
  if (sent === undefined) return deferEvent(context, event);
  const { conversationId, deliveryId, position } = sent;
  if (deliveryId !== null) {
    await recordReceipt(transaction, channelId, { deliveryId }, { status: "DELIVERED", at: event.at }, now);
  }
  if (event.type === "read") await markRead(context, conversationId, position);
  return { kind: "applied", conversationId, messageId: null, deliveryId, suppressed: null };
}

async function receiveUpTo(
  context: EventContext,
  type: DeliveryStatusEvent["type"],
  { address, upTo }: { readonly address: Json; readonly upTo: Date },
): Promise<EventOutcome> {
  const { transaction, channelId, now } = context;
  const ref = await findConversationRef(transaction, channelId, address);
  if (ref === null) return dropped("NOT_OURS", "No visitor has this address.", null);
  const { conversation } = await lockConversationRef(transaction, ref);
  const { id: conversationId } = conversation;
  // If the vendor's clock is ahead, the watermark must not cover what has yet to be sent.
  const until = notAfter(upTo, now);
  const sent = await transaction.query<{ id: string }>(sentDeliveriesStatement, [conversationId, channelId, until]);
  for (const { id: deliveryId } of sent) {
    await recordReceipt(transaction, channelId, { deliveryId }, { status: "DELIVERED", at: until }, now);
  }
  if (type === "read") {
    await transaction.query(watermarkStatement, [conversationId, until]);
    await markReadUpTo(context, conversationId, until);
  }
  return { kind: "applied", conversationId, messageId: null, deliveryId: null, suppressed: null };
}

/** Marks everything that a channel sent until then as read, as reported by the vendor's watermark. */
export async function markReadUpTo(context: EventContext, conversationId: string, until: Date): Promise<void> {
  const { transaction, channelId } = context;
  const [row] = await transaction.query<{ position: number }>(positionStatement, [conversationId, channelId, until]);
  await markRead(context, conversationId, row?.position ?? 0);
}

async function markRead({ transaction, now }: EventContext, conversationId: string, position: number): Promise<void> {
  await lockConversations(transaction, [conversationId]);
  const [conversation] = await transaction.query<{ id: string; visitorId: string; visitorReadPosition: number }>(
    readPositionStatement,
    [conversationId],
  );
  if (conversation === undefined) throw new Error(`Conversation ${conversationId} disappeared although it is locked.`);
  await markReadByVisitor(transaction, conversation, position, now);
  transaction.publish({ type: "conversationUpdated", conversationId, visitorId: conversation.visitorId });
}

// Deliveries come first: a message from the vendor's inbox shares an id with one only by a vendor's mistake.
const findSentMessageStatement: Statement = {
  name: "find-sent-message",
  text: `
    SELECT deliveries.conversation_id, deliveries.id AS delivery_id, max(delivery_messages.position) AS position
    FROM deliveries JOIN delivery_messages ON delivery_messages.delivery_id = deliveries.id
    WHERE deliveries.channel = $1 AND deliveries.external_ids @> $2::jsonb GROUP BY deliveries.id
    UNION ALL
    SELECT conversation_id, NULL, position FROM messages WHERE via = $1 AND external_id = $3 AND author_kind <> 'VISITOR'
    LIMIT 1`,
};

const sentDeliveriesStatement: Statement = {
  name: "list-deliveries-sent-until",
  text: `SELECT id FROM deliveries WHERE conversation_id = $1 AND channel = $2 AND status = 'SENT' AND sent_at <= $3
    ORDER BY created_at DESC, id DESC LIMIT 100`,
};

const watermarkStatement: Statement = {
  name: "record-read-watermark",
  text: "UPDATE conversations SET reported_read_at = greatest(reported_read_at, $2) WHERE id = $1",
};

// Everything before the read position counts as read, so it must end before the first message that was sent later.
const positionStatement: Statement = {
  name: "find-position-sent-until",
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
  name: "find-visitor-read-position",
  text: "SELECT id, visitor_id, visitor_read_position FROM conversations WHERE id = $1",
};
