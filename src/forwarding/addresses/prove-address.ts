import type { Statement, Transaction } from "../../database/database.js";
import type { AddressProofKind } from "../../visitors/visitor.entity.js";
import { lockConversations, refreshForwarding } from "../due/refresh-due-times.js";

/**
 * Records that the current email address of a visitor, whose row the caller has locked, is their own. Does nothing if that
 * is known already, or if they have none. What was limited becomes due, and replies of which the address got only a notice
 * are pending again, as long as they are unread.
 */
export async function proveAddress(
  transaction: Transaction,
  visitorId: string,
  by: AddressProofKind,
  now: Date,
): Promise<void> {
  const proven = await transaction.query(proveStatement, [visitorId, by, now]);
  if (proven.length === 0) return;
  await transaction.query(deleteTypedStatement, [visitorId]);
  const conversations = await transaction.query<{ id: string }>(conversationsStatement, [visitorId]);
  const ids = conversations.map(({ id }) => id);
  await lockConversations(transaction, ids);
  await transaction.query(endLimitStatement, [ids]);
  await transaction.query(forgetNoticesStatement, [ids]);
  await refreshForwarding(transaction, ids, now);
  for (const conversationId of ids) transaction.publish({ type: "conversationUpdated", conversationId, visitorId });
}

const proveStatement: Statement = {
  name: "prove-address",
  text: `UPDATE visitors SET email_proof = $2, email_proven_at = $3
    WHERE id = $1 AND email IS NOT NULL AND email_proven_at IS NULL AND erased_at IS NULL RETURNING id`,
};

const deleteTypedStatement: Statement = {
  name: "delete-proven-typed-address",
  text: "DELETE FROM typed_addresses WHERE visitor_id = $1",
};

const conversationsStatement: Statement = {
  name: "conversations-of-proven-visitor",
  text: "SELECT id FROM conversations WHERE visitor_id = $1 ORDER BY id",
};

const endLimitStatement: Statement = {
  name: "end-limit-of-proven-address",
  text: "UPDATE conversations SET unproven_until = NULL WHERE id = ANY ($1::uuid[]) AND unproven_until IS NOT NULL",
};

// A notice carried no text: its replies are pending again. What other deliveries carried, or may have, stays as it is.
const forgetNoticesStatement: Statement = {
  name: "forget-notices",
  text: `
    UPDATE conversations SET forwarded_position = carried.forwarded,
      attempted_position = greatest(carried.forwarded, carried.attempted)
    FROM (
      SELECT notified.id,
        coalesce(max(delivery_messages.position) FILTER (WHERE deliveries.status IN ('SENT', 'DELIVERED')), 0) AS forwarded,
        coalesce(max(delivery_messages.position) FILTER (WHERE deliveries.status IN ('FAILED', 'UNCERTAIN', 'BOUNCED')
          OR deliveries.status = 'CANCELLED' AND deliveries.frozen_at IS NOT NULL), 0) AS attempted
      FROM conversations AS notified
      LEFT JOIN deliveries ON deliveries.conversation_id = notified.id AND deliveries.kind NOT IN ('DIRECT', 'NOTICE')
      LEFT JOIN delivery_messages ON delivery_messages.delivery_id = deliveries.id
      WHERE notified.id = ANY ($1::uuid[]) AND EXISTS (
        SELECT FROM deliveries AS notice WHERE notice.conversation_id = notified.id AND notice.kind = 'NOTICE'
          AND notice.status IN ('SENT', 'DELIVERED'))
      GROUP BY notified.id
    ) AS carried
    WHERE conversations.id = carried.id`,
};
