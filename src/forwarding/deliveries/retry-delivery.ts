import { validate } from "uuid";
import { lockConversation } from "../../conversations/find-conversation.js";
import type { Statement } from "../../database/database.js";
import { conflict, notFound } from "../../errors.js";
import type { Services } from "../../services.js";
import type { Viewer } from "../../viewer.js";
import type { KnownAddress } from "../../visitors/visitor.entity.js";
import { findBlockingState } from "../due/due.js";
import {
  type ConversationFacts,
  dueFacts,
  type Query,
  readConversationFacts,
  readSituation,
} from "../due/read-facts.js";
import { pendingSql, refreshForwarding } from "../due/refresh-due-times.js";
import { ForwardingState } from "../forwarding.js";
import { forwardingNotPossible } from "../forwarding-not-possible.js";
import { type Delivery, DeliveryKind, DeliveryStatus } from "./delivery.entity.js";
import { publishDeliveries } from "./publish-deliveries.js";
import { readDelivery } from "./read-delivery.js";

interface RetryConditions {
  /** At least one of its replies is pending. */
  readonly pending: boolean;
  /** A later delivery that arrived, or may have, carried its replies. */
  readonly carriedLater: boolean;
  /** Another delivery is QUEUED or SENDING; not counted among replies of an IMMEDIATE channel, which are sent in order. */
  readonly openOther: boolean;
}

/**
 * Queues a FAILED or UNCERTAIN delivery again: the same delivery and reference, for another 24 hours.
 * @throws NOT_FOUND; CONFLICT when it has another status, another delivery is open, or a later one carried its replies;
 * DELIVERY_NOT_POSSIBLE when none of its replies is pending or a state blocks the forwarding
 */
export async function retryDelivery(services: Services, viewer: Viewer, deliveryId: string): Promise<Delivery> {
  if (!validate(deliveryId)) throw notFound("delivery");
  const delivery = await services.database.transaction(async (transaction) => {
    const before = await readDelivery(transaction, deliveryId);
    if (before === null) throw notFound("delivery");
    await lockConversation(transaction, viewer, before.conversationId);
    const now = services.clock.now();
    const found = await readDelivery(transaction, deliveryId);
    const [conditions] = await transaction.query<RetryConditions>(conditionsStatement, [deliveryId]);
    if (found === null || conditions === undefined) throw notFound("delivery");
    if (found.status !== DeliveryStatus.FAILED && found.status !== DeliveryStatus.UNCERTAIN) {
      throw conflict(`Only a FAILED or UNCERTAIN delivery can be retried; this one is ${found.status}.`);
    }
    if (conditions.openOther) throw conflict("Another delivery of this conversation is queued or being sent.");
    if (conditions.carriedLater) throw conflict("A later delivery has sent these replies, or may have.");
    const { address, shown } = await requirePossible(services, transaction.query, found, conditions, now);
    await transaction.query(requeueStatement, [deliveryId, now, JSON.stringify(address), shown]);
    await refreshForwarding(transaction, [found.conversationId], now);
    await publishDeliveries(transaction, [deliveryId]);
    return (await readDelivery(transaction, deliveryId)) ?? found;
  });
  services.events.publish({ type: "deliveriesQueued" });
  return delivery;
}

// Returns the address to send to: a frozen delivery keeps its own, any other takes the visitor's current one.
async function requirePossible(
  services: Services,
  query: Query,
  delivery: Delivery,
  conditions: RetryConditions,
  now: Date,
): Promise<KnownAddress> {
  const unchanged = { address: delivery.address, shown: delivery.addressShown };
  const [facts] = await readConversationFacts(query, [delivery.conversationId]);
  if (facts === undefined) throw notFound("delivery");
  if (facts.blockedAt !== null) throw forwardingNotPossible(ForwardingState.BLOCKED);
  if (delivery.kind === DeliveryKind.DIRECT && delivery.progress !== null) return unchanged;
  if (delivery.kind === DeliveryKind.DIRECT)
    return delivery.frozenAt === null ? currentAddress(facts, delivery) : unchanged;
  const situation = await readSituation(services, query, now);
  const blockingState = findBlockingState({ ...dueFacts(facts, situation), held: false });
  const state = blockingState ?? (conditions.pending ? null : ForwardingState.NOTHING_PENDING);
  if (state !== null) throw forwardingNotPossible(state);
  return delivery.frozenAt === null ? currentAddress(facts, delivery) : unchanged;
}

function currentAddress({ addresses }: ConversationFacts, { channel }: Delivery): KnownAddress {
  const current = addresses[channel];
  if (current !== undefined) return current;
  throw forwardingNotPossible(ForwardingState.NO_ADDRESS);
}

const conditionsStatement: Statement = {
  name: "retry-conditions",
  text: `
    SELECT
      EXISTS (SELECT FROM delivery_messages JOIN messages AS message ON message.id = delivery_messages.message_id
        WHERE delivery_messages.delivery_id = delivery.id AND ${pendingSql}) AS pending,
      EXISTS (SELECT FROM delivery_messages AS own JOIN delivery_messages AS same ON same.message_id = own.message_id
        JOIN deliveries AS later ON later.id = same.delivery_id
        WHERE own.delivery_id = delivery.id AND later.id <> delivery.id
          AND later.created_at >= delivery.created_at AND later.status IN ('SENT', 'DELIVERED', 'UNCERTAIN')) AS carried_later,
      EXISTS (SELECT FROM deliveries AS other WHERE other.conversation_id = delivery.conversation_id
        AND other.id <> delivery.id AND other.status IN ('QUEUED', 'SENDING')
        AND (delivery.kind <> 'DIRECT' OR other.kind <> 'DIRECT')) AS open_other
    FROM deliveries AS delivery JOIN conversations AS conversation ON conversation.id = delivery.conversation_id,
      forwarding_preference AS preference
    WHERE delivery.id = $1`,
};

const requeueStatement: Statement = {
  name: "requeue-delivery",
  text: `
    WITH requeued AS (
      UPDATE deliveries SET status = 'QUEUED', next_attempt_at = $2, attempts = 0, first_attempt_at = NULL,
        finished_at = NULL, failure_code = NULL, failure_detail = NULL, address = $3::jsonb, address_shown = $4
      WHERE id = $1 RETURNING id, conversation_id, kind, message_id
    ), marked AS (
      -- Its own channel tries again, so no other channel needs to forward the reply.
      UPDATE messages SET undeliverable_at = NULL FROM requeued WHERE messages.id = requeued.message_id
    )
    UPDATE conversations SET open_delivery_id = requeued.id, held_at = NULL, held_by = NULL, unproven_until = NULL FROM requeued
    WHERE conversations.id = requeued.conversation_id AND requeued.kind <> 'DIRECT'`,
};
