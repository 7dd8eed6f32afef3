import type { DeliveryResult, Failure } from "../../channels/channel.js";
import { pauseChannel, throttleChannel } from "../../channels/health/channel-state.js";
import { type FailedAttempt, recordFailures } from "../../channels/health/channel-stats.js";
import type { Statement, Transaction } from "../../database/database.js";
import type { Json } from "../../json.js";
import type { Services } from "../../services.js";
import { recordBounces } from "../addresses/suppression.js";
import { lockConversations, refreshForwarding } from "../due/refresh-due-times.js";
import type { ClaimedDelivery } from "./claim-deliveries.js";
import { publishDeliveries } from "./publish-deliveries.js";
import { decideNextStep, type NextStep } from "./retry-policy.js";

/**
 * What a channel reported about messages before their ids were known to Afterchat. Sending learns the ids, src/inbound
 * stores the reports; app.ts passes its `deferredReports` here.
 */
export interface DeferredReports {
  /** Makes reports about these ids wait for this transaction. Call it before any row is locked. */
  lock(transaction: Transaction, channelId: string, externalIds: readonly string[]): Promise<void>;
  /** Applies the reports about these ids, in the transaction that has just stored the ids. */
  apply(transaction: Transaction, channelId: string, externalIds: readonly string[], now: Date): Promise<void>;
}

export interface DeliveryAttempt {
  readonly delivery: ClaimedDelivery;
  readonly result: DeliveryResult;
}

interface DecidedAttempt extends DeliveryAttempt {
  readonly step: NextStep;
}

/**
 * Records the results of many attempts in one transaction, each only while its worker still holds the lease: a worker that
 * was frozen past its lease records nothing. What was sent moves *forwarded*, and agents see "(forwarded to …)" immediately.
 */
export async function recordResults(
  services: Services,
  deferred: DeferredReports,
  attempts: readonly DeliveryAttempt[],
): Promise<void> {
  if (attempts.length === 0) return;
  const refreshSuppressed = await services.database.transaction(async (transaction) => {
    const now = services.clock.now();
    const decided = await decideNextSteps(services, transaction, attempts, now);
    const sent = sentByChannel(services, attempts);
    for (const [channelId, externalIds] of sent) await deferred.lock(transaction, channelId, externalIds);
    const conversationIds = [...new Set(attempts.map((attempt) => attempt.delivery.conversationId))];
    await lockConversations(transaction, conversationIds);
    const recorded = await transaction.query<{ id: string; erased: boolean }>(recordStatement, [
      JSON.stringify(decided.map(toRow)),
      now,
      attempts.map((attempt) => attempt.delivery.id),
      conversationIds,
    ]);
    const ids = recorded.map((row) => row.id);
    const leased = decided.filter((attempt) => ids.includes(attempt.delivery.id));
    // Locks the failed channels, in one order, before any other row about channels and addresses.
    await recordFailures(transaction, failuresOf(leased, recorded), now);
    await recordChannelStates(transaction, leased, now);
    for (const [channelId, externalIds] of sent) await deferred.apply(transaction, channelId, externalIds, now);
    const refreshSuppressed = await recordBounces(transaction, leased, now);
    if (recorded.some((row) => row.erased)) await transaction.query(emptyErasedStatement, [ids]);
    await refreshForwarding(transaction, conversationIds, now);
    await publishDeliveries(transaction, ids);
    return refreshSuppressed;
  });
  await refreshSuppressed(services);
}

/** The ids that become known now, of channels whose vendors may report messages before they respond that they accept them. */
function sentByChannel(
  services: Services,
  attempts: readonly DeliveryAttempt[],
): ReadonlyMap<string, readonly string[]> {
  const sent = new Map<string, readonly string[]>();
  for (const { delivery, result } of attempts) {
    const plugin = services.channels.get(delivery.channel)?.plugin;
    if (result.outcome !== "accepted" || plugin?.policy !== "immediate" || !plugin.supports.receipts) continue;
    sent.set(delivery.channel, [...(sent.get(delivery.channel) ?? []), ...result.externalIds]);
  }
  return sent;
}

async function decideNextSteps(
  services: Services,
  transaction: Transaction,
  attempts: readonly DeliveryAttempt[],
  now: Date,
): Promise<DecidedAttempt[]> {
  const channels = [...new Set(attempts.map((attempt) => attempt.delivery.channel))];
  const rows = await transaction.query<{ channel: string; pausedMs: number }>(pausedStatement, [channels, now]);
  const pausedMs = new Map(rows.map((row) => [row.channel, row.pausedMs]));
  return attempts.map((attempt) => {
    const { delivery, result } = attempt;
    const step = decideNextStep({
      result,
      attempts: delivery.attempts,
      firstAttemptAt: delivery.firstAttemptAt,
      pausedMs: (pausedMs.get(delivery.channel) ?? 0) - delivery.pausedMsAtFirstAttempt,
      idempotentSend: services.channels.get(delivery.channel)?.plugin.supports.idempotentSend ?? false,
      now,
      random: Math.random(),
    });
    return { ...attempt, step };
  });
}

function toRow({ delivery, result, step }: DecidedAttempt): Json {
  const failure: Failure | null = step.status === "SENT" ? null : step.failure;
  return {
    id: delivery.id,
    lease_token: delivery.leaseToken,
    status: step.status,
    next_attempt_at: step.status === "QUEUED" ? step.nextAttemptAt.toISOString() : null,
    frozen: step.status === "UNCERTAIN" || (step.status === "QUEUED" && step.freeze === "freeze"),
    external_ids: result.outcome === "accepted" ? result.externalIds : null,
    thread: result.outcome === "accepted" ? (result.thread ?? null) : null,
    failure_code: failure?.code ?? null,
    failure_detail: failure?.detail ?? null,
  };
}

function failuresOf(
  attempts: readonly DecidedAttempt[],
  recorded: readonly { readonly id: string; readonly erased: boolean }[],
): FailedAttempt[] {
  const erased = new Set(recorded.filter((row) => row.erased).map((row) => row.id));
  return attempts.flatMap(({ delivery, step }) => {
    if (step.status === "SENT") return [];
    const { code, detail } = step.failure;
    // The text of a server may contain the address.
    return [
      { channel: delivery.channel, deliveryId: delivery.id, code, detail: erased.has(delivery.id) ? null : detail },
    ];
  });
}

async function recordChannelStates(
  transaction: Transaction,
  attempts: readonly DecidedAttempt[],
  now: Date,
): Promise<void> {
  const changed = new Set<string>();
  for (const { delivery, step } of attempts) {
    if (step.status !== "QUEUED" || step.channel.kind === "fine") continue;
    changed.add(delivery.channel);
    if (step.channel.kind === "pause") {
      await pauseChannel(transaction, delivery.channel, step.failure.detail, now);
    } else if (step.channel.kind === "throttle") {
      await throttleChannel(transaction, delivery.channel, step.channel.until);
    }
  }
  for (const channel of changed) transaction.publish({ type: "channelUpdated", channel });
}

const pausedStatement: Statement = {
  name: "paused-time-of-channels",
  text: `SELECT channel, paused_ms + CASE WHEN paused_at IS NULL THEN 0
      ELSE greatest(0, extract(epoch FROM $2::timestamptz - paused_at) * 1000)::bigint END AS paused_ms
    FROM channel_states WHERE channel = ANY ($1::text[])`,
};

// The ids are an array as well, so that indexes are used: the planner cannot know how many rows JSON holds.
export const recordStatement: Statement = {
  name: "record-results",
  text: `
    WITH result AS (
      SELECT * FROM jsonb_to_recordset($1::jsonb) AS result (id uuid, lease_token uuid, status text,
        next_attempt_at timestamptz, frozen boolean, external_ids jsonb, thread jsonb, failure_code text, failure_detail text)
    ), recorded AS (
      UPDATE deliveries SET status = result.status, lease_token = NULL, lease_until = NULL,
        next_attempt_at = result.next_attempt_at,
        frozen_at = CASE WHEN result.frozen THEN coalesce(deliveries.frozen_at, $2) ELSE deliveries.frozen_at END,
        external_ids = coalesce(result.external_ids, deliveries.external_ids),
        thread = coalesce(result.thread, deliveries.thread),
        sent_at = CASE WHEN result.status = 'SENT' THEN $2 END,
        finished_at = CASE WHEN result.status <> 'QUEUED' THEN $2 END,
        failure_code = result.failure_code, failure_detail = result.failure_detail
      FROM result
      WHERE deliveries.id = result.id AND deliveries.lease_token = result.lease_token AND deliveries.status = 'SENDING'
        AND deliveries.id = ANY ($3::uuid[])
      RETURNING deliveries.*
    ), carried AS (
      SELECT recorded.id, recorded.status, recorded.kind, recorded.address_shown, recorded.failure_code,
        coalesce(delivery_messages.message_id, recorded.message_id) AS message_id, delivery_messages.position
      FROM recorded LEFT JOIN delivery_messages
        ON delivery_messages.delivery_id = recorded.id AND delivery_messages.delivery_id = ANY ($3::uuid[])
    ), marked AS (
      UPDATE messages SET
        forwarded_to = CASE WHEN carried.status = 'SENT' AND carried.kind <> 'NOTICE' THEN carried.address_shown
          ELSE messages.forwarded_to END,
        forwarded_at = CASE WHEN carried.status = 'SENT' AND carried.kind <> 'NOTICE' THEN $2 ELSE messages.forwarded_at END,
        undeliverable_at = CASE WHEN carried.kind = 'DIRECT' AND carried.status = 'FAILED'
          AND carried.failure_code IN ('WINDOW_CLOSED', 'ADDRESS_INVALID') THEN $2 ELSE messages.undeliverable_at END
      FROM carried WHERE messages.id = carried.message_id AND carried.status <> 'QUEUED'
    ), closed AS (
      UPDATE conversations SET open_delivery_id = NULL, last_outcome = recorded.status,
        attempted_position = greatest(attempted_position,
          (SELECT max(position) FROM carried WHERE carried.id = recorded.id)),
        forwarded_position = greatest(forwarded_position, CASE WHEN recorded.status = 'SENT' THEN
          (SELECT max(position) FROM carried WHERE carried.id = recorded.id) END)
      FROM recorded
      WHERE conversations.id = ANY ($4::uuid[]) AND conversations.open_delivery_id = recorded.id
        AND recorded.status <> 'QUEUED' AND recorded.kind <> 'DIRECT'
    )
    SELECT recorded.id, visitors.erased_at IS NOT NULL AS erased FROM recorded
    JOIN conversations ON conversations.id = recorded.conversation_id JOIN visitors ON visitors.id = conversations.visitor_id`,
};

// The visitor was erased while the delivery was being sent: their data is removed from it now.
const emptyErasedStatement: Statement = {
  name: "empty-deliveries-of-erased-visitors",
  text: `
    WITH emptied AS (
      UPDATE deliveries SET address = 'null', address_shown = '', progress = NULL, thread = NULL, failure_detail = NULL
      FROM conversations JOIN visitors ON visitors.id = conversations.visitor_id
      WHERE deliveries.id = ANY ($1::uuid[]) AND conversations.id = deliveries.conversation_id AND visitors.erased_at IS NOT NULL
      RETURNING deliveries.id, deliveries.conversation_id
    ), unmarked AS (
      UPDATE messages SET forwarded_to = NULL, forwarded_at = NULL FROM emptied JOIN delivery_messages ON delivery_messages.delivery_id = emptied.id
      WHERE messages.id = delivery_messages.message_id
    )
    DELETE FROM channel_store USING emptied WHERE channel_store.conversation_id = emptied.conversation_id`,
};
