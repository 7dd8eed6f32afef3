import type { InboundEvent } from "../channels/channel.js";
import type { Statement } from "../database/database.js";
import { refreshConversationsOfAddress } from "../forwarding/addresses/suppression.js";
import { type Receipt, recordReceipt } from "../forwarding/deliveries/record-receipt.js";
import type { Services } from "../services.js";
import { attachFiles, editMessage, unsendMessage } from "./change-message.js";
import { lockMessageIds, takeDeferredEvents } from "./deferred-events.js";
import type { Applying, EventOutcome } from "./event-outcome.js";
import { learnProfile } from "./learn-profile.js";
import { receiveMessage } from "./receive-message.js";
import { receiveOptOut } from "./receive-opt-out.js";
import { receiveReply, receiveSent } from "./receive-reply.js";
import { receiveSentReport } from "./receive-sent-report.js";
import { withStoredFiles } from "./store-files.js";

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
  // What was understood from an original is not kept for later.
  if (applying.originalId === null) await lockMessageIds(applying, [...namesGivenBy(event), ...namesAskedBy(event)]);
  const outcome = await applyFresh(applying, event);
  if (outcome.kind === "applied") await applyDeferredEvents(applying, namesGivenBy(event));
  // What was not taken may be tried again, by an admin for instance.
  if (outcome.kind === "dropped") await transaction.query(forgetStatement, [channelId, event.externalId]);
  return outcome;
}

/** Applies what came in about messages before they were known: now they are, by these ids of the vendor's. */
export async function applyDeferredEvents(applying: Applying, messageIds: readonly string[]): Promise<void> {
  if (messageIds.length === 0) return;
  for (const event of await takeDeferredEvents(applying, messageIds)) await applyFresh(applying, event);
}

function namesGivenBy(event: InboundEvent): readonly string[] {
  if (event.type === "message" || event.type === "reply") return [event.externalId];
  return event.type === "sent" ? [event.messageId] : [];
}

function namesAskedBy(event: InboundEvent): readonly string[] {
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

function applyFresh(applying: Applying, event: InboundEvent): Promise<EventOutcome> {
  switch (event.type) {
    case "message":
      return receiveMessage(applying, event);
    case "reply":
      return receiveReply(applying, event);
    case "sent":
      return receiveSent(applying, event);
    case "delivered":
    case "read":
      return receiveSentReport(applying, event);
    case "edited":
      return editMessage(applying, event);
    case "unsent":
      return unsendMessage(applying, event);
    case "attached":
      return attachFiles(applying, event);
    case "profile":
      return learnProfile(applying, event);
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

type ReceiptEvent = Extract<InboundEvent, { type: "bounced" | "complained" }>;

async function receiveReceipt(
  { transaction, channelId, now }: Applying,
  event: ReceiptEvent,
  receipt: Receipt,
): Promise<EventOutcome> {
  const recorded = await recordReceipt(transaction, channelId, event, receipt, now);
  return recorded === null ? unknownDelivery : { kind: "applied", messageId: null, ...recorded };
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
