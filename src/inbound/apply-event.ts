import type { InboundEvent } from "../channels/channel.js";
import type { Statement } from "../database/database.js";
import { type Receipt, recordReceipt } from "../forwarding/deliveries/record-receipt.js";
import { attachFiles, editMessage, unsendMessage } from "./change-message.js";
import { lockMessageIds, takeDeferredEvents } from "./deferred-events.js";
import type { EventContext } from "./event-context.js";
import { dropped, type EventOutcome } from "./event-outcome.js";
import { receiveDeliveryStatus } from "./receive-delivery-status.js";
import { receiveMessage } from "./receive-message.js";
import { receiveOptOut } from "./receive-opt-out.js";
import { receiveProfile } from "./receive-profile.js";
import { receiveReply, receiveSent } from "./receive-reply.js";

/** Applies an event within the caller's transaction, unless it has been applied before. */
export async function applyEvent(context: EventContext, event: InboundEvent): Promise<EventOutcome> {
  const { transaction, channelId, now } = context;
  const inserted = await transaction.query(insertEventStatement, [channelId, event.externalId, now]);
  if (inserted.length === 0) return dropRepeated(context, event);
  // Events that were interpreted from an original are never deferred.
  if (context.originalId === null) {
    await lockMessageIds(context, [...messageIdsIntroducedBy(event), ...messageIdsReferencedBy(event)]);
  }
  const outcome = await dispatch(context, event);
  if (outcome.kind === "applied") await applyDeferredEvents(context, messageIdsIntroducedBy(event));
  // A dropped event is forgotten, so that it can be retried, for instance by an admin.
  if (outcome.kind === "dropped") await transaction.query(deleteEventStatement, [channelId, event.externalId]);
  return outcome;
}

/** Applies the events that arrived before the messages they are about. `messageIds`: the vendor's ids, now known. */
export async function applyDeferredEvents(context: EventContext, messageIds: readonly string[]): Promise<void> {
  if (messageIds.length === 0) return;
  for (const event of await takeDeferredEvents(context, messageIds)) await dispatch(context, event);
}

function messageIdsIntroducedBy(event: InboundEvent): readonly string[] {
  if (event.type === "message" || event.type === "reply") return [event.externalId];
  return event.type === "sent" ? [event.messageId] : [];
}

function messageIdsReferencedBy(event: InboundEvent): readonly string[] {
  switch (event.type) {
    case "delivered":
    case "read":
      return "messageId" in event && event.messageId !== undefined ? [event.messageId] : [];
    case "edited":
    case "unsent":
      return [event.messageId];
    default:
      return [];
  }
}

function dispatch(context: EventContext, event: InboundEvent): Promise<EventOutcome> {
  switch (event.type) {
    case "message":
      return receiveMessage(context, event);
    case "reply":
      return receiveReply(context, event);
    case "sent":
      return receiveSent(context, event);
    case "delivered":
    case "read":
      return receiveDeliveryStatus(context, event);
    case "edited":
      return editMessage(context, event);
    case "unsent":
      return unsendMessage(context, event);
    case "attached":
      return attachFiles(context, event);
    case "profile":
      return receiveProfile(context, event);
    case "bounced":
      return receiveFailure(context, event, { status: "BOUNCED", at: event.at, failure: event.failure });
    case "complained":
      return receiveFailure(context, event, { status: "COMPLAINED", at: event.at, detail: event.detail });
    case "opted-out":
      return receiveOptOut(context, event);
  }
}

async function dropRepeated({ transaction, channelId }: EventContext, event: InboundEvent): Promise<EventOutcome> {
  const [message] = await transaction.query<{ conversationId: string }>(messageOfEventStatement, [
    channelId,
    event.externalId,
  ]);
  return dropped("REPEATED", "It has been received before.", message?.conversationId ?? null);
}

async function receiveFailure(
  { transaction, channelId, now }: EventContext,
  event: Extract<InboundEvent, { type: "bounced" | "complained" }>,
  receipt: Receipt,
): Promise<EventOutcome> {
  const recorded = await recordReceipt(transaction, channelId, event, receipt, now);
  if (recorded === null) return dropped("NOT_OURS", "No delivery of this channel matches it.", null);
  return { kind: "applied", messageId: null, ...recorded };
}

const insertEventStatement: Statement = {
  name: "insert-inbound-event",
  text: `INSERT INTO inbound_events (channel, external_id, received_at) VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING RETURNING external_id`,
};

const deleteEventStatement: Statement = {
  name: "delete-inbound-event",
  text: "DELETE FROM inbound_events WHERE channel = $1 AND external_id = $2",
};

const messageOfEventStatement: Statement = {
  name: "find-message-of-inbound-event",
  text: "SELECT conversation_id FROM messages WHERE via = $1 AND external_id = $2",
};
