import type { InboundEvent } from "../channels/channel.js";
import { markReadByVisitor } from "../conversations/mark-read.js";
import type { Statement } from "../database/database.js";
import type { Applying, EventOutcome } from "../inbound/event-outcome.js";
import { receiveMessage } from "../inbound/receive-message.js";
import { withStoredFiles } from "../inbound/store-files.js";
import type { Services } from "../services.js";
import { refreshConversationsOfAddress } from "./address-state.js";
import { receiveOptOut } from "./opt-out.js";
import { type Receipt, recordReceipt } from "./record-receipt.js";
import { lockConversations } from "./refresh-forwarding.js";

/**
 * Stores what a channel received, each event once: a repetition of its `externalId` changes nothing. Resolves when all
 * are committed; rejects when they could not be, so that the channel does not acknowledge.
 */
export async function receiveEvents(
  services: Services,
  channelId: string,
  events: readonly InboundEvent[],
): Promise<void> {
  for (const event of events) {
    const outcome = await withStoredFiles(services, [event], (files) =>
      services.database.transaction((transaction) =>
        applyEvent({ services, transaction, channelId, now: services.clock.now(), originalId: null, files }, event),
      ),
    );
    if (outcome.kind === "dropped") {
      services.logger.info("an event was dropped", { channel: channelId, type: event.type, reason: outcome.reason });
    } else if (outcome.suppressed !== null) await refreshConversationsOfAddress(services, outcome.suppressed);
  }
}

/** Applies one event, unless it has been applied before, within the caller's transaction. */
export async function applyEvent(applying: Applying, event: InboundEvent): Promise<EventOutcome> {
  const { transaction, channelId, now } = applying;
  const fresh = await transaction.query(rememberStatement, [channelId, event.externalId, now]);
  if (fresh.length === 0) return readRepeated(applying, event);
  const outcome = await applyFresh(applying, event);
  // What was not taken may be tried again, by an admin for instance.
  if (outcome.kind === "dropped") await transaction.query(forgetStatement, [channelId, event.externalId]);
  return outcome;
}

function applyFresh(applying: Applying, event: InboundEvent): Promise<EventOutcome> {
  switch (event.type) {
    case "message":
      return receiveMessage(applying, event);
    case "read":
      return receiveRead(applying, event.messageId);
    case "delivered":
      return receiveReceipt(applying, event, { status: "DELIVERED", at: event.at });
    case "bounced":
      return receiveReceipt(applying, event, { status: "BOUNCED", at: event.at, failure: event.failure });
    case "complained":
      return receiveReceipt(applying, event, { status: "COMPLAINED", at: event.at, detail: event.detail });
    case "opted-out":
      return receiveOptOut(applying, event);
  }
}

async function readRepeated({ transaction, channelId }: Applying, event: InboundEvent): Promise<EventOutcome> {
  const [message] = await transaction.query<{ conversationId: string }>(firstMessageStatement, [
    channelId,
    event.externalId,
  ]);
  return {
    kind: "dropped",
    reason: "REPEATED",
    detail: "It has been received before.",
    conversationId: message?.conversationId ?? null,
  };
}

type ReceiptEvent = Extract<InboundEvent, { type: "delivered" | "bounced" | "complained" }>;

async function receiveReceipt(
  { transaction, channelId, now }: Applying,
  event: ReceiptEvent,
  receipt: Receipt,
): Promise<EventOutcome> {
  const recorded = await recordReceipt(transaction, channelId, event, receipt, now);
  return recorded === null ? unknownDelivery : { kind: "applied", messageId: null, ...recorded };
}

async function receiveRead({ transaction, channelId, now }: Applying, messageId: string): Promise<EventOutcome> {
  const [row] = await transaction.query<{ deliveryId: string; conversationId: string; position: number }>(
    carriedUpToStatement,
    [channelId, JSON.stringify([messageId])],
  );
  if (row === undefined) return unknownDelivery;
  const { deliveryId, conversationId } = row;
  await lockConversations(transaction, [conversationId]);
  const [conversation] = await transaction.query<{ id: string; visitorId: string; visitorReadPosition: number }>(
    readPositionStatement,
    [conversationId],
  );
  if (conversation === undefined) return unknownDelivery;
  await markReadByVisitor(transaction, conversation, row.position, now);
  const { visitorId } = conversation;
  transaction.publish({ type: "conversationUpdated", conversationId, visitorId });
  return { kind: "applied", conversationId, messageId: null, deliveryId, suppressed: null };
}

const unknownDelivery: EventOutcome = {
  kind: "dropped",
  reason: "NOT_OURS",
  detail: "It is about no delivery of this channel.",
  conversationId: null,
};

const rememberStatement: Statement = {
  name: "remember-inbound-event",
  text: `INSERT INTO inbound_events (channel, external_id, received_at) VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING RETURNING external_id`,
};

const forgetStatement: Statement = {
  name: "forget-inbound-event",
  text: "DELETE FROM inbound_events WHERE channel = $1 AND external_id = $2",
};

const firstMessageStatement: Statement = {
  name: "message-of-inbound-event",
  text: "SELECT conversation_id FROM messages WHERE via = $1 AND external_id = $2",
};

const carriedUpToStatement: Statement = {
  name: "position-carried-by-message",
  text: `SELECT deliveries.id AS delivery_id, deliveries.conversation_id, max(delivery_messages.position) AS position
    FROM deliveries JOIN delivery_messages ON delivery_messages.delivery_id = deliveries.id
    WHERE deliveries.channel = $1 AND deliveries.external_ids @> $2::jsonb GROUP BY deliveries.id`,
};

const readPositionStatement: Statement = {
  name: "read-position",
  text: "SELECT id, visitor_id, visitor_read_position FROM conversations WHERE id = $1",
};
