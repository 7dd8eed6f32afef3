import { lockConversation } from "../conversations/find-conversation.js";
import type { Statement, Transaction } from "../database/database.js";
import { notFound } from "../errors.js";
import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import { type Delivery, DeliveryStatus, ForwardingTrigger } from "./deliveries/delivery.entity.js";
import { queueDeliveries } from "./deliveries/plan-deliveries.js";
import { readDelivery } from "./deliveries/read-delivery.js";
import { UnprovenMails } from "./deliveries/unproven-mails.js";
import { findBlockingState } from "./due/due.js";
import { dueFacts, readConversationFacts, readSituation } from "./due/read-facts.js";
import { ForwardingState } from "./forwarding.js";
import { forwardingNotPossible } from "./forwarding-not-possible.js";

/**
 * Forwards pending replies immediately: overrides delays, hold, *attempted*, and the limits on unproven addresses. A QUEUED delivery is made due now and
 * returned, a SENDING one is returned. @throws NOT_FOUND, DELIVERY_NOT_POSSIBLE with the state that prevents it
 */
export async function forwardNow(services: Services, viewer: Viewer, conversationId: string): Promise<Delivery> {
  const delivery = await services.database.transaction(async (transaction) => {
    const conversation = await lockConversation(transaction, viewer, conversationId);
    const now = services.clock.now();
    const open = await bringForward(transaction, conversationId, conversation.openDeliveryId, now);
    if (open !== null) {
      if (open.status === DeliveryStatus.QUEUED) {
        const { visitorId } = conversation;
        transaction.publish({ type: "deliveryUpdated", conversationId, visitorId, deliveryId: open.id });
      }
      return open;
    }
    const situation = await readSituation(services, transaction.query, now);
    const [facts] = await readConversationFacts(transaction.query, [conversationId]);
    if (facts === undefined) throw notFound("conversation");
    const blockingState = findBlockingState({ ...dueFacts(facts, situation), held: false });
    if (blockingState !== null) throw forwardingNotPossible(blockingState);
    if (facts.carriedPositions.length === 0) throw forwardingNotPossible(ForwardingState.UNCERTAIN);
    // The agent answers for it: it counts towards the limits, but they do not stop it.
    const mails = await UnprovenMails.read(services, transaction, situation, [facts], now);
    const requestedBy = viewer.kind === "agent" ? { requestedBy: viewer.agentId } : {};
    const planned = { conversation: facts, trigger: ForwardingTrigger.REQUESTED, dueAt: now, ...requestedBy };
    const [id] = await queueDeliveries(transaction, situation, [{ ...planned, counted: mails.count(facts) }], now);
    const queued = id === undefined ? null : await readDelivery(transaction, id);
    if (queued === null) throw new Error("A delivery that was just queued is gone.");
    return queued;
  });
  services.events.publish({ type: "deliveriesQueued" });
  return delivery;
}

// Makes QUEUED deliveries due now and ends a hold. Returns the open forwarding, or on an IMMEDIATE channel the oldest open
// reply; null when nothing is open.
async function bringForward(
  transaction: Transaction,
  conversationId: string,
  openDeliveryId: string | null,
  now: Date,
): Promise<Delivery | null> {
  await transaction.query(bringForwardStatement, [conversationId, now]);
  const [open] = await transaction.query<{ id: string }>(openStatement, [conversationId]);
  const id = openDeliveryId ?? open?.id;
  return id === undefined ? null : readDelivery(transaction, id);
}

const bringForwardStatement: Statement = {
  name: "bring-deliveries-forward",
  text: `
    WITH released AS (UPDATE conversations SET held_at = NULL, held_by = NULL WHERE id = $1 AND held_at IS NOT NULL)
    UPDATE deliveries SET next_attempt_at = least(next_attempt_at, $2) WHERE conversation_id = $1 AND status = 'QUEUED'`,
};

const openStatement: Statement = {
  name: "oldest-open-delivery",
  text: `SELECT id FROM deliveries WHERE conversation_id = $1 AND status IN ('QUEUED', 'SENDING')
    ORDER BY created_at, message_position LIMIT 1`,
};
