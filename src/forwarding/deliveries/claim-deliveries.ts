import { v7 } from "uuid";
import type { Outbound } from "../../channels/channel.js";
import type { Statement, Transaction } from "../../database/database.js";
import type { Services } from "../../services.js";
import { failUndeliverableReplies, type RedirectedReply, redirectReplies } from "../addresses/redirect-replies.js";
import { readConversationFacts, readSituation } from "../due/read-facts.js";
import { cancelBlockedDeliveries, cancelDeliveries } from "./cancel-deliveries.js";
import { CancelReason } from "./delivery.entity.js";
import { type DeliveryPayload, decidePayload, type QueuedDelivery, resolveAddress } from "./delivery-payload.js";
import { publishDeliveries } from "./publish-deliveries.js";
import { readOutbounds } from "./read-outbounds.js";

/** How long a worker holds a claimed delivery; renewed while it is being sent. */
export const leaseMs = 60_000;

export interface ClaimedDelivery {
  readonly id: string;
  readonly conversationId: string;
  readonly visitorId: string;
  readonly channel: string;
  readonly leaseToken: string;
  readonly attempts: number;
  readonly firstAttemptAt: Date;
  readonly pausedMsAtFirstAttempt: number;
  readonly outbound: Omit<Outbound, "saveProgress">;
}

/**
 * Claims QUEUED deliveries of a channel under a lease, oldest first, and decides again whether each is still wanted:
 * replies read meanwhile leave it, new ones join it, and a delivery with nothing left is CANCELLED. Presence and delays
 * are not checked again.
 */
export async function claimDeliveries(services: Services, channel: string, limit: number): Promise<ClaimedDelivery[]> {
  return services.database.transaction(async (transaction) => {
    const now = services.clock.now();
    const queued = await transaction.query<QueuedDelivery>(claimDeliveriesStatement, [channel, now, limit]);
    if (queued.length === 0) return [];
    const situation = await readSituation(services, transaction.query, now);
    const conversations = await readConversationFacts(transaction.query, [
      ...new Set(queued.map((delivery) => delivery.conversationId)),
    ]);
    const byId = new Map(conversations.map((conversation) => [conversation.id, conversation]));
    const carriedByFrozen = await readCarriedByFrozen(transaction, queued);

    const payloads: DeliveryPayload[] = [];
    const unwanted = new Map<CancelReason, string[]>();
    const cancel = (id: string, reason: CancelReason) => unwanted.set(reason, [...(unwanted.get(reason) ?? []), id]);
    const redirected: RedirectedReply[] = [];
    const undeliverable: string[] = [];
    for (const delivery of queued) {
      const conversation = byId.get(delivery.conversationId);
      if (conversation === undefined) {
        cancel(delivery.id, CancelReason.READ);
        continue;
      }
      const address = resolveAddress(delivery, conversation);
      if (address === "none") {
        undeliverable.push(delivery.id);
        continue;
      }
      if (address !== "as stored") redirected.push({ id: delivery.id, known: address });
      const addressed = address === "as stored" ? delivery : { ...delivery, address: address.address };
      const carriedBefore = carriedByFrozen.get(delivery.id) ?? [];
      const payload = decidePayload(addressed, conversation, situation, carriedBefore);
      if (typeof payload === "string") cancel(delivery.id, payload);
      else payloads.push(payload);
    }
    for (const [reason, ids] of unwanted) {
      if (reason === CancelReason.BLOCKED) await cancelBlockedDeliveries(transaction, ids, now);
      else await cancelDeliveries(transaction, ids, reason, now);
    }
    await failUndeliverableReplies(transaction, undeliverable, now);
    await redirectReplies(transaction, redirected);
    return startAttempts(services, transaction, payloads, now);
  });
}

async function startAttempts(
  services: Services,
  transaction: Transaction,
  payloads: readonly DeliveryPayload[],
  now: Date,
): Promise<ClaimedDelivery[]> {
  if (payloads.length === 0) return [];
  const outbounds = await readOutbounds(services, transaction, payloads);
  const claimed = payloads.map(({ delivery, conversation }, index): ClaimedDelivery => {
    const outbound = outbounds[index];
    if (outbound === undefined) throw new Error("There are fewer outbounds than payloads.");
    return {
      id: delivery.id,
      conversationId: conversation.id,
      visitorId: conversation.visitorId,
      channel: delivery.channel,
      leaseToken: v7(),
      attempts: delivery.attempts + 1,
      firstAttemptAt: delivery.firstAttemptAt ?? now,
      pausedMsAtFirstAttempt:
        delivery.firstAttemptAt === null ? delivery.channelPausedMs : delivery.pausedMsAtFirstAttempt,
      outbound,
    };
  });
  const leases = payloads.map((payload, index) => ({
    id: payload.delivery.id,
    lease_token: claimed[index]?.leaseToken,
    conversation_id: payload.conversation.id,
    kind: payload.kind,
    carried: payload.carried,
    from_position: payload.fromPosition,
    to_position: payload.toPosition,
    withholds_visitor: payload.withholdsVisitor,
  }));
  const ids = leases.map((lease) => lease.id);
  await transaction.query(leaseStatement, [
    JSON.stringify(leases),
    now,
    new Date(now.getTime() + leaseMs),
    ids,
    leases.map((lease) => lease.conversation_id),
  ]);
  await publishDeliveries(transaction, ids);
  return claimed;
}

async function readCarriedByFrozen(
  transaction: Transaction,
  queued: readonly QueuedDelivery[],
): Promise<Map<string, readonly number[]>> {
  const frozen = queued.filter((delivery) => delivery.frozenAt !== null).map((delivery) => delivery.id);
  if (frozen.length === 0) return new Map();
  const rows = await transaction.query<{ deliveryId: string; positions: number[] }>(carriedStatement, [frozen]);
  return new Map(rows.map((row) => [row.deliveryId, row.positions]));
}

/**
 * Whether claims skipped deliveries because their rows were locked, by a message or a change of the visitor for instance.
 * Nothing may call the worker once they are unlocked, so it has to look again by itself.
 */
export async function isClaimable({ database, clock }: Services, channel: string): Promise<boolean> {
  const [row] = await database.query<{ claimable: boolean }>(claimableStatement, [channel, clock.now()]);
  return row?.claimable ?? false;
}

/** The deliveries that may be sent now through the channel $1; alias `delivery`. */
const claimableSql = `delivery.status = 'QUEUED' AND delivery.channel = $1 AND delivery.next_attempt_at <= $2
      AND (delivery.kind <> 'DIRECT' OR NOT EXISTS (
        SELECT FROM deliveries AS earlier WHERE earlier.conversation_id = delivery.conversation_id
          AND earlier.kind = 'DIRECT' AND earlier.status IN ('QUEUED', 'SENDING')
          AND earlier.message_position < delivery.message_position))`;

export const claimableStatement: Statement = {
  name: "claimable-deliveries",
  text: `SELECT EXISTS (SELECT FROM deliveries AS delivery WHERE ${claimableSql}) AS claimable`,
};

export const claimDeliveriesStatement: Statement = {
  name: "claim-deliveries",
  text: `
    SELECT delivery.id, delivery.conversation_id, delivery.channel, delivery.kind, delivery.address, delivery.reference,
      delivery.attempts, delivery.first_attempt_at, delivery.paused_ms_at_first_attempt, delivery.frozen_at,
      delivery.from_position, delivery.to_position, delivery.withholds_visitor, delivery.progress, delivery.message_position,
      coalesce((SELECT paused_ms FROM channel_states WHERE channel_states.channel = delivery.channel), 0) AS channel_paused_ms
    FROM deliveries AS delivery
    JOIN conversations AS conversation ON conversation.id = delivery.conversation_id
    JOIN visitors AS visitor ON visitor.id = conversation.visitor_id
    WHERE ${claimableSql}
    ORDER BY delivery.next_attempt_at, delivery.id LIMIT $3
    FOR UPDATE OF conversation, delivery SKIP LOCKED FOR SHARE OF visitor SKIP LOCKED`,
};

const carriedStatement: Statement = {
  name: "carried-positions",
  text: `SELECT delivery_id, array_agg(position ORDER BY position) AS positions FROM delivery_messages
    WHERE delivery_id = ANY ($1::uuid[]) GROUP BY delivery_id`,
};

export const leaseStatement: Statement = {
  name: "lease-deliveries",
  text: `
    WITH leased AS (
      SELECT * FROM jsonb_to_recordset($1::jsonb)
        AS leased (id uuid, lease_token uuid, conversation_id uuid, kind text, carried integer[],
          from_position integer, to_position integer, withholds_visitor boolean)
    ), dropped AS (
      DELETE FROM delivery_messages USING leased WHERE delivery_messages.delivery_id = leased.id
        AND delivery_messages.delivery_id = ANY ($4::uuid[])
        AND delivery_messages.position <> ALL (leased.carried)
    ), joined AS (
      INSERT INTO delivery_messages (delivery_id, message_id, position)
      SELECT leased.id, messages.id, messages.position
      FROM leased CROSS JOIN unnest(leased.carried) AS wanted (position)
      JOIN messages ON messages.conversation_id = leased.conversation_id AND messages.position = wanted.position
        AND messages.conversation_id = ANY ($5::uuid[])
      ON CONFLICT DO NOTHING
    )
    UPDATE deliveries SET status = 'SENDING', lease_token = leased.lease_token, lease_until = $3, next_attempt_at = NULL,
      kind = leased.kind, from_position = leased.from_position, to_position = leased.to_position,
      withholds_visitor = leased.withholds_visitor, attempts = attempts + 1,
      paused_ms_at_first_attempt = CASE WHEN first_attempt_at IS NULL THEN coalesce((SELECT paused_ms FROM channel_states
        WHERE channel_states.channel = deliveries.channel), 0) ELSE paused_ms_at_first_attempt END,
      first_attempt_at = coalesce(first_attempt_at, $2)
    FROM leased WHERE deliveries.id = leased.id AND deliveries.id = ANY ($4::uuid[])`,
};
