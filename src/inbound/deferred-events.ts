import { z } from "zod";
import type { InboundEvent } from "../channels/channel.js";
import type { Statement } from "../database/database.js";
import type { Services } from "../services.js";
import type { EventContext } from "./event-context.js";
import { dropped, type EventOutcome } from "./event-outcome.js";

/** Vendors retry for a day or two: an event whose message has not arrived by then is not about a message of Afterchat's. */
const retentionMs = 7 * 24 * 3_600_000;

/** An event that refers to a message by the vendor's id. */
export type EventOfMessage = Extract<InboundEvent, { type: "delivered" | "read" | "edited" | "unsent" }> & {
  readonly messageId: string;
};

/**
 * Serialises the transactions that store a message with those that apply an event about it. Otherwise an event could be
 * deferred while its message is being stored, and would never be applied. Must be called before any other lock is taken.
 */
export async function lockMessageIds(
  { transaction, channelId }: Pick<EventContext, "transaction" | "channelId">,
  messageIds: readonly string[],
): Promise<void> {
  if (messageIds.length > 0) await transaction.query(lockStatement, [channelId, messageIds]);
}

/** Stores an event whose message is unknown, to be applied once the message arrives. */
export async function deferEvent(
  { transaction, channelId, now, originalId }: EventContext,
  event: EventOfMessage,
): Promise<EventOutcome> {
  // Events that were interpreted from an original are not deferred: the original can be retried as a whole.
  if (originalId === null) {
    const { externalId, messageId } = event;
    await transaction.query(deferStatement, [channelId, messageId, externalId, JSON.stringify(event), now]);
  }
  return dropped("NOT_OURS", "The message that it refers to is not known, or not yet.", null);
}

/** Removes events whose messages did not arrive within a week. */
export async function removeDeferredEvents({ database, clock }: Pick<Services, "database" | "clock">): Promise<void> {
  await database.query(removeStatement, [new Date(clock.now().getTime() - retentionMs)]);
}

/** Removes and returns the events that were deferred for these messages, oldest first. */
export async function takeDeferredEvents(
  { transaction, channelId }: Pick<EventContext, "transaction" | "channelId">,
  messageIds: readonly string[],
): Promise<readonly EventOfMessage[]> {
  const rows = await transaction.query<{ event: string }>(takeStatement, [channelId, messageIds]);
  return rows
    .map(({ event }) => storedEvent.parse(JSON.parse(event)) as EventOfMessage)
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}

// It was validated before it was stored; only dates have to be restored from JSON.
const storedEvent = z.looseObject({
  type: z.enum(["delivered", "read", "edited", "unsent"]),
  messageId: z.string(),
  externalId: z.string(),
  at: z.coerce.date(),
});

// Sorted, so that two transactions cannot deadlock.
const lockStatement: Statement = {
  name: "lock-message-ids",
  text: `SELECT pg_advisory_xact_lock(sorted.key) FROM (
    SELECT DISTINCT hashtextextended($1 || ':' || message_id, 1) AS key FROM unnest($2::text[]) AS requested (message_id)
    ORDER BY key OFFSET 0) AS sorted`,
};

const deferStatement: Statement = {
  name: "defer-event",
  text: `
    INSERT INTO deferred_events (channel, message_id, external_id, event, received_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING`,
};

const removeStatement: Statement = {
  name: "remove-deferred-events",
  text: "DELETE FROM deferred_events WHERE received_at < $1",
};

const takeStatement: Statement = {
  name: "take-deferred-events",
  text: "DELETE FROM deferred_events WHERE channel = $1 AND message_id = ANY ($2::text[]) RETURNING event",
};
