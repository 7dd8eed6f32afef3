import type { Failure } from "../channels/channel.js";
import type { Statement, Transaction } from "../database/database.js";
import { type ChannelAddress, countBounce } from "./address-state.js";
import { lockConversations, refreshForwarding } from "./refresh-forwarding.js";

/** What a channel reported about a delivery that it had accepted. */
export type Receipt =
  | { readonly status: "DELIVERED"; readonly at: Date }
  | { readonly status: "BOUNCED"; readonly at: Date; readonly failure: Failure };

interface DeliveryRow extends ChannelAddress {
  readonly id: string;
  readonly conversationId: string;
  readonly visitorId: string;
}

/**
 * Records that an accepted delivery arrived or came back. A status never goes backwards on a late report. A bounce takes
 * *forwarded* back to what the remaining deliveries carried, and the mark "(forwarded to …)" with it. What turns out to
 * have arrived moves *forwarded* as a sending does. Returns the address if it is suppressed now: once this is committed,
 * the conversations of all who have it are looked at again.
 */
export async function recordReceipt(
  transaction: Transaction,
  channelId: string,
  messageId: string,
  receipt: Receipt,
  now: Date,
): Promise<ChannelAddress | null> {
  const [found] = await transaction.query<DeliveryRow>(findStatement, [channelId, JSON.stringify([messageId])]);
  if (found === undefined) return null;
  const { id, conversationId, visitorId } = found;
  await lockConversations(transaction, [conversationId]);
  const failure = receipt.status === "BOUNCED" ? receipt.failure : null;
  const changed = await transaction.query(receiptStatement, [
    id,
    receipt.status,
    receipt.at,
    failure?.code ?? null,
    failure?.detail ?? null,
  ]);
  if (changed.length === 0) return null;
  const suppressed = failure !== null && (await countBounce(transaction, found, failure, now));
  await transaction.query(receipt.status === "BOUNCED" ? takeBackStatement : markForwardedStatement, [id]);
  await refreshForwarding(transaction, [conversationId], now);
  const messages = await transaction.query<{ id: string }>(messagesStatement, [id]);
  for (const message of messages) {
    transaction.publish({ type: "messageUpdated", conversationId, visitorId, messageId: message.id });
  }
  transaction.publish({ type: "deliveryUpdated", conversationId, visitorId, deliveryId: id });
  transaction.publish({ type: "conversationUpdated", conversationId, visitorId });
  return suppressed ? { channel: found.channel, address: found.address } : null;
}

const findStatement: Statement = {
  name: "delivery-by-external-id",
  text: `SELECT deliveries.id, deliveries.conversation_id, conversations.visitor_id, deliveries.channel, deliveries.address
    FROM deliveries JOIN conversations ON conversations.id = deliveries.conversation_id
    WHERE deliveries.channel = $1 AND deliveries.external_ids @> $2::jsonb LIMIT 1`,
};

const receiptStatement: Statement = {
  name: "record-receipt",
  text: `UPDATE deliveries SET status = $2,
      delivered_at = CASE WHEN $2 = 'DELIVERED' THEN $3 ELSE delivered_at END,
      failure_code = coalesce($4, failure_code), failure_detail = coalesce($5, failure_detail)
    WHERE id = $1 AND (($2 = 'DELIVERED' AND status IN ('SENT', 'UNCERTAIN')) OR ($2 = 'BOUNCED' AND status IN ('SENT', 'DELIVERED')))
    RETURNING id`,
};

const takeBackStatement: Statement = {
  name: "take-forwarded-back",
  text: `
    WITH bounced AS (SELECT id, conversation_id, kind FROM deliveries WHERE id = $1),
    unmarked AS (
      UPDATE messages SET forwarded_to = (
        SELECT other.address_shown FROM delivery_messages AS carried JOIN deliveries AS other ON other.id = carried.delivery_id
        WHERE carried.message_id = messages.id AND other.id <> $1 AND other.status IN ('SENT', 'DELIVERED')
        ORDER BY other.sent_at DESC LIMIT 1)
      FROM delivery_messages WHERE delivery_messages.delivery_id = $1 AND messages.id = delivery_messages.message_id
    )
    UPDATE conversations SET
      last_outcome = CASE WHEN last_outcome = 'UNCERTAIN' THEN last_outcome ELSE 'BOUNCED' END, forwarded_position = coalesce((
        SELECT max(carried.position) FROM deliveries AS other JOIN delivery_messages AS carried ON carried.delivery_id = other.id
        WHERE other.conversation_id = conversations.id AND other.id <> $1 AND other.kind <> 'DIRECT'
          AND other.status IN ('SENT', 'DELIVERED')), 0)
    FROM bounced WHERE conversations.id = bounced.conversation_id AND bounced.kind <> 'DIRECT'`,
};

// Changes nothing after a SENT one; after an UNCERTAIN one it says what the sending would have said.
const markForwardedStatement: Statement = {
  name: "mark-arrived-as-forwarded",
  text: `
    WITH arrived AS (SELECT id, conversation_id, kind, address_shown FROM deliveries WHERE id = $1),
    marked AS (
      UPDATE messages SET forwarded_to = arrived.address_shown
      FROM arrived JOIN delivery_messages ON delivery_messages.delivery_id = arrived.id
      WHERE messages.id = delivery_messages.message_id AND messages.forwarded_to IS NULL
    )
    UPDATE conversations SET
      last_outcome = CASE WHEN last_outcome = 'UNCERTAIN' THEN 'DELIVERED' ELSE last_outcome END,
      forwarded_position = greatest(forwarded_position,
        (SELECT max(position) FROM delivery_messages WHERE delivery_messages.delivery_id = arrived.id))
    FROM arrived WHERE conversations.id = arrived.conversation_id AND arrived.kind <> 'DIRECT'`,
};

const messagesStatement: Statement = {
  name: "messages-of-delivery",
  text: "SELECT message_id AS id FROM delivery_messages WHERE delivery_id = $1",
};
