import { validate } from "uuid";
import type { DeliveryPointer, Failure } from "../../channels/channel.js";
import type { Statement, Transaction } from "../../database/database.js";
import { type ChannelAddress, countBounce, recordComplaint } from "../addresses/suppression.js";
import { lockConversations, refreshForwarding } from "../due/refresh-due-times.js";

/** What a channel reports about a delivery after an attempt. */
export type Receipt =
  /** It has been sent; changes nothing if that was already known. */
  | { readonly status: "SENT"; readonly at: Date; readonly externalId: string | null }
  | { readonly status: "DELIVERED"; readonly at: Date; readonly externalId?: string | null }
  | { readonly status: "BOUNCED"; readonly at: Date; readonly failure: Failure }
  /** It arrived, and its recipient reported it as unwanted. */
  | { readonly status: "COMPLAINED"; readonly at: Date; readonly detail: string };

export interface RecordedReceipt {
  readonly deliveryId: string;
  readonly conversationId: string;
  /** Suppressed now: after the commit, call `refreshConversationsOfAddress` for it. */
  readonly suppressed: ChannelAddress | null;
}

interface DeliveryRow extends ChannelAddress {
  readonly id: string;
  readonly conversationId: string;
  readonly visitorId: string;
}

/**
 * Records that a delivery was sent, arrived or bounced; null when it does not exist. A late report never sets a status back.
 * A bounce moves *forwarded* back to what the remaining deliveries carried and removes "(forwarded to …)"; an arrival moves
 * *forwarded* as sending does. A delivery that is still QUEUED or SENDING ends, and its worker's later result is ignored.
 * For an erased visitor only the status changes.
 */
export async function recordReceipt(
  transaction: Transaction,
  channelId: string,
  pointer: DeliveryPointer,
  receipt: Receipt,
  now: Date,
): Promise<RecordedReceipt | null> {
  const pointed = await findDelivery(transaction, channelId, pointer);
  if (pointed === null) return null;
  const { id, conversationId } = pointed;
  await lockConversations(transaction, [conversationId]);
  const [found] = await transaction.query<DeliveryRow & { erased: boolean }>(lockedDeliveryStatement, [id]);
  if (found === undefined) return null;
  const unchanged = { deliveryId: id, conversationId, suppressed: null };
  const failure = receipt.status === "BOUNCED" ? receipt.failure : null;
  const changed = await transaction.query(receiptStatement, [
    id,
    receipt.status === "COMPLAINED" ? "DELIVERED" : receipt.status,
    receipt.at,
    failure?.code ?? null,
    found.erased ? null : (failure?.detail ?? null),
    now,
    "externalId" in receipt ? (receipt.externalId ?? null) : null,
    found.erased,
  ]);
  // A complaint is about the address, whatever the delivery's status.
  if (changed.length === 0 && receipt.status !== "COMPLAINED") return unchanged;
  if (found.erased) return unchanged;
  const suppressed = await updateSuppression(transaction, found, receipt, now);
  await transaction.query(receipt.status === "BOUNCED" ? revertForwardedStatement : markForwardedStatement, [id]);
  await refreshForwarding(transaction, [conversationId], now);
  await publishReceipt(transaction, found);
  return { ...unchanged, suppressed: suppressed ? { channel: found.channel, address: found.address } : null };
}

async function findDelivery(
  transaction: Transaction,
  channelId: string,
  pointer: DeliveryPointer,
): Promise<{ id: string; conversationId: string } | null> {
  if ("deliveryId" in pointer && pointer.deliveryId !== undefined) {
    if (!validate(pointer.deliveryId)) return null;
    return (await transaction.query<DeliveryRow>(byIdStatement, [channelId, pointer.deliveryId]))[0] ?? null;
  }
  if (!("messageId" in pointer)) return null;
  return (
    (
      await transaction.query<DeliveryRow>(byExternalIdStatement, [channelId, JSON.stringify([pointer.messageId])])
    )[0] ?? null
  );
}

async function updateSuppression(
  transaction: Transaction,
  address: ChannelAddress,
  receipt: Receipt,
  now: Date,
): Promise<boolean> {
  switch (receipt.status) {
    case "SENT":
    case "DELIVERED":
      return false;
    case "BOUNCED":
      return countBounce(transaction, address, receipt.failure, now);
    case "COMPLAINED":
      await recordComplaint(transaction, address, receipt.detail, now);
      return true;
  }
}

async function publishReceipt(transaction: Transaction, { id, conversationId, visitorId }: DeliveryRow): Promise<void> {
  const messages = await transaction.query<{ id: string }>(messagesStatement, [id]);
  for (const message of messages) {
    transaction.publish({ type: "messageUpdated", conversationId, visitorId, messageId: message.id });
  }
  transaction.publish({ type: "deliveryUpdated", conversationId, visitorId, deliveryId: id });
  transaction.publish({ type: "conversationUpdated", conversationId, visitorId });
}

const byExternalIdStatement: Statement = {
  name: "delivery-by-external-id",
  text: "SELECT id, conversation_id FROM deliveries WHERE channel = $1 AND external_ids @> $2::jsonb LIMIT 1",
};

const byIdStatement: Statement = {
  name: "delivery-of-channel",
  text: "SELECT id, conversation_id FROM deliveries WHERE channel = $1 AND id = $2",
};

const lockedDeliveryStatement: Statement = {
  name: "delivery-for-receipt",
  text: `SELECT deliveries.id, deliveries.conversation_id, conversations.visitor_id, deliveries.channel, deliveries.address,
      visitors.erased_at IS NOT NULL AS erased
    FROM deliveries JOIN conversations ON conversations.id = deliveries.conversation_id
    JOIN visitors ON visitors.id = conversations.visitor_id WHERE deliveries.id = $1`,
};

// An open delivery of an erased visitor is left to its worker, which empties it when it records the result.
const receiptStatement: Statement = {
  name: "record-receipt",
  text: `
    WITH changed AS (
      UPDATE deliveries SET status = $2, lease_token = NULL, lease_until = NULL, next_attempt_at = NULL,
        sent_at = coalesce(sent_at, CASE WHEN $2 = 'SENT' THEN $3 ELSE least(finished_at, $3) END), 
        finished_at = CASE WHEN $2 = 'BOUNCED' THEN $6 ELSE coalesce(finished_at, $6) END,
        delivered_at = CASE WHEN $2 = 'DELIVERED' THEN $3 ELSE delivered_at END,
        external_ids = CASE WHEN $7::text IS NOT NULL AND external_ids = '[]' THEN jsonb_build_array($7::text)
          ELSE external_ids END,
        failure_code = $4, failure_detail = $5
      WHERE id = $1 AND (
        ($2 = 'DELIVERED' AND status IN ('QUEUED', 'SENDING', 'SENT', 'UNCERTAIN', 'FAILED'))
        OR ($2 = 'SENT' AND status IN ('QUEUED', 'SENDING', 'UNCERTAIN', 'FAILED'))
        OR ($2 = 'BOUNCED' AND status IN ('QUEUED', 'SENDING', 'SENT', 'DELIVERED', 'UNCERTAIN')))
        AND NOT ($8::boolean AND status IN ('QUEUED', 'SENDING'))
      RETURNING id, conversation_id, status
    ), closed AS (
      UPDATE conversations SET open_delivery_id = NULL, last_outcome = changed.status,
        attempted_position = greatest(attempted_position,
          (SELECT max(position) FROM delivery_messages WHERE delivery_messages.delivery_id = changed.id))
      FROM changed WHERE conversations.open_delivery_id = changed.id
    )
    SELECT id FROM changed`,
};

const otherUncertainSql = `EXISTS (
  SELECT FROM deliveries AS uncertain WHERE uncertain.conversation_id = conversations.id AND uncertain.id <> $1
    AND uncertain.kind <> 'DIRECT' AND uncertain.status = 'UNCERTAIN')`;

const revertForwardedStatement: Statement = {
  name: "revert-forwarded",
  text: `
    WITH bounced AS (SELECT id, conversation_id, kind FROM deliveries WHERE id = $1),
    unmarked AS (
      UPDATE messages SET (forwarded_to, forwarded_at) = (
        SELECT other.address_shown, other.sent_at FROM delivery_messages AS carried JOIN deliveries AS other ON other.id = carried.delivery_id
        WHERE carried.message_id = messages.id AND other.id <> $1 AND other.status IN ('SENT', 'DELIVERED')
          AND other.kind <> 'NOTICE'
        ORDER BY other.sent_at DESC LIMIT 1)
      FROM delivery_messages WHERE delivery_messages.delivery_id = $1 AND messages.id = delivery_messages.message_id
    )
    UPDATE conversations SET
      last_outcome = CASE WHEN last_outcome = 'UNCERTAIN' AND ${otherUncertainSql} THEN last_outcome ELSE 'BOUNCED' END,
      forwarded_position = coalesce((
        SELECT max(carried.position) FROM deliveries AS other JOIN delivery_messages AS carried ON carried.delivery_id = other.id
        WHERE other.conversation_id = conversations.id AND other.id <> $1 AND other.kind <> 'DIRECT'
          AND other.status IN ('SENT', 'DELIVERED')), 0)
    FROM bounced WHERE conversations.id = bounced.conversation_id AND bounced.kind <> 'DIRECT'`,
};

// Changes nothing if the delivery was SENT before; otherwise it records what sending would have.
const markForwardedStatement: Statement = {
  name: "mark-arrived-as-forwarded",
  text: `
    WITH arrived AS (
      SELECT id, conversation_id, kind, address_shown, sent_at FROM deliveries WHERE id = $1 AND status IN ('SENT', 'DELIVERED')
    ), marked AS (
      UPDATE messages SET
        forwarded_to = CASE WHEN arrived.kind = 'NOTICE' THEN messages.forwarded_to ELSE arrived.address_shown END,
        forwarded_at = CASE WHEN arrived.kind = 'NOTICE' THEN messages.forwarded_at ELSE arrived.sent_at END,
        -- What its own channel delivered after all is not forwarded by another one.
        undeliverable_at = CASE WHEN arrived.kind <> 'DIRECT' THEN messages.undeliverable_at END
      FROM arrived JOIN delivery_messages ON delivery_messages.delivery_id = arrived.id
      WHERE messages.id = delivery_messages.message_id AND messages.forwarded_to IS NULL
    )
    UPDATE conversations SET
      last_outcome = CASE WHEN last_outcome = 'UNCERTAIN' AND NOT ${otherUncertainSql} THEN 'DELIVERED'
        ELSE last_outcome END,
      attempted_position = greatest(attempted_position,
        (SELECT max(position) FROM delivery_messages WHERE delivery_messages.delivery_id = arrived.id)),
      forwarded_position = greatest(forwarded_position,
        (SELECT max(position) FROM delivery_messages WHERE delivery_messages.delivery_id = arrived.id))
    FROM arrived WHERE conversations.id = arrived.conversation_id AND arrived.kind <> 'DIRECT'`,
};

const messagesStatement: Statement = {
  name: "messages-of-delivery",
  text: "SELECT message_id AS id FROM delivery_messages WHERE delivery_id = $1",
};
