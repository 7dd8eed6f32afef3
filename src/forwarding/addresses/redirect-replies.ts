import type { Statement, Transaction } from "../../database/database.js";
import type { KnownAddress } from "../../visitors/visitor.entity.js";
import { publishDeliveries } from "../deliveries/publish-deliveries.js";
import { refreshForwarding } from "../due/refresh-due-times.js";

/**
 * Redirects replies that are QUEUED for an IMMEDIATE channel, in conversations that the caller has locked, to the visitor's
 * new address. A reply of which a part was sent, or may have been, keeps its address. Without a new address (null) the
 * replies fail: what their channel cannot deliver, a WHEN_AWAY channel forwards.
 */
export async function redirectQueuedReplies(
  transaction: Transaction,
  conversationIds: readonly string[],
  channelId: string,
  known: KnownAddress | null,
  now: Date,
): Promise<void> {
  if (known === null) {
    const queued = await transaction.query<{ id: string }>(queuedStatement, [conversationIds, channelId]);
    await failUndeliverableReplies(
      transaction,
      queued.map(({ id }) => id),
      now,
    );
    return;
  }
  const redirected = await transaction.query<{ id: string }>(redirectQueuedStatement, [
    conversationIds,
    channelId,
    JSON.stringify(known.address),
    known.shown,
  ]);
  await publishDeliveries(
    transaction,
    redirected.map(({ id }) => id),
  );
}

export interface RedirectedReply {
  readonly id: string;
  readonly known: KnownAddress;
}

/** Stores the new addresses of DIRECT deliveries, which the caller has locked. */
export async function redirectReplies(transaction: Transaction, replies: readonly RedirectedReply[]): Promise<void> {
  if (replies.length === 0) return;
  await transaction.query(redirectStatement, [
    JSON.stringify(replies.map(({ id, known }) => ({ id, address: known.address, shown: known.shown }))),
    replies.map(({ id }) => id),
  ]);
}

/** Fails DIRECT deliveries that are QUEUED: their visitor has no address on their channel any more. */
export async function failUndeliverableReplies(
  transaction: Transaction,
  deliveryIds: readonly string[],
  now: Date,
): Promise<void> {
  if (deliveryIds.length === 0) return;
  const failed = await transaction.query<{ conversationId: string }>(failStatement, [
    deliveryIds,
    now,
    "The visitor's address on this channel was removed before the reply was sent.",
  ]);
  await refreshForwarding(transaction, [...new Set(failed.map((row) => row.conversationId))], now);
  await publishDeliveries(transaction, deliveryIds);
}

const queuedStatement: Statement = {
  name: "queued-replies-of-channel",
  text: `SELECT id FROM deliveries WHERE conversation_id = ANY ($1::uuid[]) AND channel = $2 AND kind = 'DIRECT'
    AND status = 'QUEUED'`,
};

const redirectQueuedStatement: Statement = {
  name: "redirect-queued-replies",
  text: `
    UPDATE deliveries SET address = $3::jsonb, address_shown = $4
    WHERE conversation_id = ANY ($1::uuid[]) AND channel = $2 AND kind = 'DIRECT' AND status = 'QUEUED'
      AND frozen_at IS NULL AND progress IS NULL
    RETURNING id`,
};

const redirectStatement: Statement = {
  name: "redirect-replies",
  text: `
    UPDATE deliveries SET address = redirected.address, address_shown = redirected.shown
    FROM jsonb_to_recordset($1::jsonb) AS redirected (id uuid, address jsonb, shown text)
    WHERE deliveries.id = redirected.id AND deliveries.id = ANY ($2::uuid[])`,
};

const failStatement: Statement = {
  name: "fail-undeliverable-replies",
  text: `
    WITH failed AS (
      UPDATE deliveries SET status = 'FAILED', next_attempt_at = NULL, finished_at = $2,
        failure_code = 'ADDRESS_INVALID', failure_detail = $3
      WHERE id = ANY ($1::uuid[]) AND kind = 'DIRECT' AND status = 'QUEUED' RETURNING conversation_id, message_id
    ), marked AS (
      UPDATE messages SET undeliverable_at = $2 FROM failed WHERE messages.id = failed.message_id
    )
    SELECT conversation_id FROM failed`,
};
