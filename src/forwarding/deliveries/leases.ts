import type { Statement } from "../../database/database.js";
import type { Services } from "../../services.js";
import { lockConversations, refreshForwarding } from "../due/refresh-due-times.js";
import { type ClaimedDelivery, leaseMs } from "./claim-deliveries.js";
import { publishDeliveries } from "./publish-deliveries.js";

/**
 * Renews the leases of deliveries in progress, except of locked ones: their results are just being recorded, and waiting
 * for that while holding other locks could deadlock.
 */
export async function renewLeases(services: Services, leaseTokens: readonly string[]): Promise<void> {
  if (leaseTokens.length === 0) return;
  const until = new Date(services.clock.now().getTime() + leaseMs);
  await services.database.query(renewStatement, [leaseTokens, until]);
}

/** Releases deliveries that were claimed but not started: they are as if they had never been claimed. */
export async function releaseLeases(services: Services, deliveries: readonly ClaimedDelivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  await services.database.query(releaseStatement, [
    deliveries.map((delivery) => delivery.leaseToken),
    services.clock.now(),
  ]);
}

interface ExpiredRow {
  readonly id: string;
  readonly conversationId: string;
}

/**
 * Takes back deliveries whose worker died or froze. They may have been sent: a channel that recognises repeated sends
 * tries again with the same content and reference; on any other channel they are UNCERTAIN and a person decides.
 */
export async function reclaimExpiredLeases(services: Services): Promise<void> {
  const now = services.clock.now();
  const expired = await services.database.query<ExpiredRow>(expiredLeasesStatement, [now]);
  if (expired.length === 0) return;
  const idempotent = services.channels
    .all()
    .filter((channel) => channel.plugin.supports.idempotentSend)
    .map((channel) => channel.plugin.id);
  await services.database.transaction(async (transaction) => {
    const conversationIds = [...new Set(expired.map((row) => row.conversationId))];
    await lockConversations(transaction, conversationIds);
    const reclaimed = await transaction.query<{ id: string }>(reclaimStatement, [
      expired.map((row) => row.id),
      now,
      idempotent,
    ]);
    await refreshForwarding(transaction, conversationIds, now);
    await publishDeliveries(
      transaction,
      reclaimed.map((row) => row.id),
    );
  });
}

const renewStatement: Statement = {
  name: "renew-leases",
  text: `UPDATE deliveries SET lease_until = $2 WHERE id IN (
    SELECT id FROM deliveries WHERE lease_token = ANY ($1::uuid[]) AND status = 'SENDING' FOR UPDATE SKIP LOCKED)`,
};

const releaseStatement: Statement = {
  name: "release-leases",
  text: `UPDATE deliveries SET status = 'QUEUED', lease_token = NULL, lease_until = NULL, next_attempt_at = $2,
      attempts = attempts - 1, first_attempt_at = CASE WHEN attempts > 1 THEN first_attempt_at END
    WHERE lease_token = ANY ($1::uuid[]) AND status = 'SENDING'`,
};

export const expiredLeasesStatement: Statement = {
  name: "expired-leases",
  text: `SELECT deliveries.id, deliveries.conversation_id FROM deliveries
    WHERE deliveries.status = 'SENDING' AND deliveries.lease_until < $1 ORDER BY deliveries.lease_until LIMIT 100`,
};

const reclaimStatement: Statement = {
  name: "reclaim-leases",
  text: `
    WITH reclaimed AS (
      UPDATE deliveries SET lease_token = NULL, lease_until = NULL, frozen_at = coalesce(frozen_at, $2),
        status = CASE WHEN channel = ANY ($3::text[]) THEN 'QUEUED' ELSE 'UNCERTAIN' END,
        next_attempt_at = CASE WHEN channel = ANY ($3::text[]) THEN $2::timestamptz END,
        finished_at = CASE WHEN channel = ANY ($3::text[]) THEN NULL ELSE $2::timestamptz END,
        failure_code = 'TIMED_OUT', failure_detail = 'The process that was sending it stopped before it knew the outcome.'
      WHERE id = ANY ($1::uuid[]) AND status = 'SENDING' AND lease_until < $2
      RETURNING id, conversation_id, status, kind
    ), closed AS (
      UPDATE conversations SET open_delivery_id = NULL, last_outcome = reclaimed.status,
        attempted_position = greatest(attempted_position,
          (SELECT max(position) FROM delivery_messages WHERE delivery_messages.delivery_id = reclaimed.id))
      FROM reclaimed
      WHERE conversations.id = reclaimed.conversation_id AND conversations.open_delivery_id = reclaimed.id
        AND reclaimed.status = 'UNCERTAIN'
    )
    SELECT id FROM reclaimed`,
};
