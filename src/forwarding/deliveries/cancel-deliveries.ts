import type { Statement, Transaction } from "../../database/database.js";
import { refreshForwarding } from "../due/refresh-due-times.js";
import { CancelReason } from "./delivery.entity.js";
import { publishDeliveries } from "./publish-deliveries.js";

interface CancelledRow {
  readonly id: string;
  readonly conversationId: string;
}

/**
 * Cancels QUEUED deliveries by id, in conversations that the caller has locked. One whose attempt may have arrived counts
 * as attempted, so that its replies are not sent again automatically under another reference.
 */
export async function cancelDeliveries(
  transaction: Transaction,
  deliveryIds: readonly string[],
  reason: CancelReason,
  now: Date,
): Promise<void> {
  if (deliveryIds.length > 0) await cancel(transaction, cancelByIdStatement, deliveryIds, reason, now);
}

/** Cancels every QUEUED delivery of conversations that the caller has locked, DIRECT ones included. */
export async function cancelQueuedDeliveries(
  transaction: Transaction,
  conversationIds: readonly string[],
  reason: CancelReason,
  now: Date,
): Promise<void> {
  if (conversationIds.length > 0) await cancel(transaction, cancelQueuedStatement, conversationIds, reason, now);
}

/** Cancels QUEUED deliveries by id, because their visitor is blocked: staff see that as their failure. */
export async function cancelBlockedDeliveries(
  transaction: Transaction,
  deliveryIds: readonly string[],
  now: Date,
): Promise<void> {
  if (deliveryIds.length > 0)
    await cancel(transaction, cancelBlockedByIdStatement, deliveryIds, CancelReason.BLOCKED, now);
}

/**
 * `cancelBlockedDeliveries` for every QUEUED delivery of conversations that the caller has locked. What was still to be forwarded
 * counts as attempted, so that nothing is sent by itself once the visitor is unblocked.
 */
export async function cancelDeliveriesOfBlocked(
  transaction: Transaction,
  conversationIds: readonly string[],
  now: Date,
): Promise<void> {
  if (conversationIds.length === 0) return;
  await cancel(transaction, cancelBlockedStatement, conversationIds, CancelReason.BLOCKED, now);
  await transaction.query(countAsAttemptedStatement, [conversationIds]);
}

/** Cancels every QUEUED forwarding of conversations that the caller has locked; deliveries of IMMEDIATE channels continue. */
export async function cancelQueuedForwardings(
  transaction: Transaction,
  conversationIds: readonly string[],
  reason: CancelReason,
  now: Date,
): Promise<void> {
  if (conversationIds.length > 0) await cancel(transaction, cancelForwardingsStatement, conversationIds, reason, now);
}

/** Cancels the QUEUED forwardings of conversations in which nothing is pending any more, because it was read for instance. */
export async function cancelUnwantedDeliveries(
  transaction: Transaction,
  conversationIds: readonly string[],
  now: Date,
): Promise<void> {
  if (conversationIds.length > 0)
    await cancel(transaction, cancelUnwantedStatement, conversationIds, CancelReason.READ, now);
}

async function cancel(
  transaction: Transaction,
  statement: Statement,
  ids: readonly string[],
  reason: CancelReason,
  now: Date,
): Promise<void> {
  const cancelled = await transaction.query<CancelledRow>(statement, [ids, now, reason]);
  await refreshForwarding(transaction, [...new Set(cancelled.map((row) => row.conversationId))], now);
  await publishDeliveries(
    transaction,
    cancelled.map((row) => row.id),
  );
}

/** @param failure assignments to the delivery that say why, if staff would wonder */
function cancelStatement(name: string, condition: string, failure = ""): Statement {
  return {
    name,
    text: `
      WITH cancelled AS (
        UPDATE deliveries SET status = 'CANCELLED', next_attempt_at = NULL, finished_at = $2,
          cancel_reason = $3${failure}
        FROM conversations AS conversation
        WHERE conversation.id = deliveries.conversation_id AND deliveries.status = 'QUEUED' AND ${condition}
        RETURNING deliveries.id, deliveries.conversation_id, deliveries.kind, deliveries.frozen_at
      ), closed AS (
        UPDATE conversations SET open_delivery_id = NULL, last_outcome = 'CANCELLED',
          attempted_position = greatest(attempted_position, CASE WHEN cancelled.frozen_at IS NOT NULL THEN
            (SELECT max(position) FROM delivery_messages WHERE delivery_messages.delivery_id = cancelled.id) END)
        FROM cancelled
        WHERE conversations.id = cancelled.conversation_id AND conversations.open_delivery_id = cancelled.id
      )
      SELECT id, conversation_id FROM cancelled`,
  };
}

const blockedFailure = ", failure_code = 'BLOCKED', failure_detail = NULL";

const cancelByIdStatement = cancelStatement("cancel-deliveries", "deliveries.id = ANY ($1::uuid[])");
const cancelQueuedStatement = cancelStatement("cancel-queued-deliveries", "conversation.id = ANY ($1::uuid[])");
const cancelBlockedByIdStatement = cancelStatement(
  "cancel-blocked-deliveries",
  "deliveries.id = ANY ($1::uuid[])",
  blockedFailure,
);
const cancelBlockedStatement = cancelStatement(
  "cancel-deliveries-of-blocked",
  "conversation.id = ANY ($1::uuid[])",
  blockedFailure,
);
const countAsAttemptedStatement: Statement = {
  name: "count-pending-as-attempted",
  text: `UPDATE conversations SET attempted_position = greatest(attempted_position, last_pending_position)
    WHERE id = ANY ($1::uuid[])`,
};
const cancelForwardingsStatement = cancelStatement(
  "cancel-queued-forwardings",
  "conversation.id = ANY ($1::uuid[]) AND deliveries.kind <> 'DIRECT'",
);
const cancelUnwantedStatement = cancelStatement(
  "cancel-unwanted-deliveries",
  "conversation.id = ANY ($1::uuid[]) AND deliveries.kind <> 'DIRECT' AND conversation.pending_replies = 0",
);
