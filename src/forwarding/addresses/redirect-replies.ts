import type { Statement, Transaction } from "../../database/database.js";
import type { KnownAddress } from "../../visitors/visitor.entity.js";
import { publishDeliveries } from "../deliveries/publish-deliveries.js";
import { refreshForwarding } from "../due/refresh-due-times.js";

/**
 * Lets replies that are QUEUED for an IMMEDIATE channel, in conversations that the caller has locked, go to where the
 * visitor is now. One of which a part was sent, or may have been, keeps its address. With none left they are given up:
 * what their channel cannot deliver, a WHEN_AWAY channel forwards.
 */
export async function readdressReplies(
  transaction: Transaction,
  conversationIds: readonly string[],
  channelId: string,
  known: KnownAddress | null,
  now: Date,
): Promise<void> {
  if (known === null) {
    const queued = await transaction.query<{ id: string }>(queuedStatement, [conversationIds, channelId]);
    await giveUpReplies(
      transaction,
      queued.map(({ id }) => id),
      now,
    );
    return;
  }
  const moved = await transaction.query<{ id: string }>(moveQueuedStatement, [
    conversationIds,
    channelId,
    JSON.stringify(known.address),
    known.shown,
  ]);
  await publishDeliveries(
    transaction,
    moved.map(({ id }) => id),
  );
}

export interface MovedReply {
  readonly id: string;
  readonly known: KnownAddress;
}

/** Stores where DIRECT deliveries, which the caller has locked, go from now on. */
export async function moveReplies(transaction: Transaction, moved: readonly MovedReply[]): Promise<void> {
  if (moved.length === 0) return;
  await transaction.query(moveStatement, [
    JSON.stringify(moved.map(({ id, known }) => ({ id, address: known.address, shown: known.shown }))),
    moved.map(({ id }) => id),
  ]);
}

/** Gives up DIRECT deliveries that are QUEUED: their visitor has no address on their channel any more. */
export async function giveUpReplies(
  transaction: Transaction,
  deliveryIds: readonly string[],
  now: Date,
): Promise<void> {
  if (deliveryIds.length === 0) return;
  const givenUp = await transaction.query<{ conversationId: string }>(giveUpStatement, [
    deliveryIds,
    now,
    "The visitor's address on this channel was removed before it was sent.",
  ]);
  await refreshForwarding(transaction, [...new Set(givenUp.map((row) => row.conversationId))], now);
  await publishDeliveries(transaction, deliveryIds);
}

const queuedStatement: Statement = {
  name: "queued-replies-of-channel",
  text: `SELECT id FROM deliveries WHERE conversation_id = ANY ($1::uuid[]) AND channel = $2 AND kind = 'DIRECT'
    AND status = 'QUEUED'`,
};

const moveQueuedStatement: Statement = {
  name: "move-queued-replies",
  text: `
    UPDATE deliveries SET address = $3::jsonb, address_shown = $4
    WHERE conversation_id = ANY ($1::uuid[]) AND channel = $2 AND kind = 'DIRECT' AND status = 'QUEUED'
      AND frozen_at IS NULL AND progress IS NULL
    RETURNING id`,
};

const moveStatement: Statement = {
  name: "move-replies",
  text: `
    UPDATE deliveries SET address = moved.address, address_shown = moved.shown
    FROM jsonb_to_recordset($1::jsonb) AS moved (id uuid, address jsonb, shown text)
    WHERE deliveries.id = moved.id AND deliveries.id = ANY ($2::uuid[])`,
};

const giveUpStatement: Statement = {
  name: "give-up-replies",
  text: `
    WITH given_up AS (
      UPDATE deliveries SET status = 'FAILED', next_attempt_at = NULL, finished_at = $2,
        failure_code = 'ADDRESS_INVALID', failure_detail = $3
      WHERE id = ANY ($1::uuid[]) AND kind = 'DIRECT' AND status = 'QUEUED' RETURNING conversation_id, message_id
    ), marked AS (
      UPDATE messages SET undeliverable_at = $2 FROM given_up WHERE messages.id = given_up.message_id
    )
    SELECT conversation_id FROM given_up`,
};
