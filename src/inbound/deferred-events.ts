import { z } from "zod";
import type { InboundEvent } from "../channels/channel.js";
import type { Statement } from "../database/database.js";
import type { Services } from "../services.js";
import { type Applying, dropped, type EventOutcome } from "./event-outcome.js";

/** Vendors repeat for a day or two; what comes later than this is about nothing of ours. */
const keptForMs = 7 * 24 * 3_600_000;

/** An event about a message by the vendor's id of it. */
export type EventOfMessage = Extract<InboundEvent, { type: "delivered" | "read" | "edited" | "unsent" }> & {
  readonly messageId: string;
};

/**
 * Before anything else is locked: whoever makes these ids known and whoever brings an event about them go one after the
 * other, or the event could be kept while the message is just being written, and wait for ever.
 */
export async function lockMessageIds(
  { transaction, channelId }: Pick<Applying, "transaction" | "channelId">,
  messageIds: readonly string[],
): Promise<void> {
  if (messageIds.length > 0) await transaction.query(lockStatement, [channelId, messageIds]);
}

/** Keeps an event whose message is not known yet, until it is. */
export async function deferEvent(
  { transaction, channelId, now, originalId }: Applying,
  event: EventOfMessage,
): Promise<EventOutcome> {
  // What was understood from an original can be tried again as a whole.
  if (originalId === null) {
    const { externalId, messageId } = event;
    await transaction.query(keepStatement, [channelId, messageId, externalId, JSON.stringify(event), now]);
  }
  return dropped("NOT_OURS", "It is about no message that is known, or not yet.", null);
}

/** Removes what waits for messages that did not come within a week. */
export async function removeDeferredEvents({ database, clock }: Pick<Services, "database" | "clock">): Promise<void> {
  await database.query(removeStatement, [oldestKept(clock.now())]);
}

function oldestKept(now: Date): Date {
  return new Date(now.getTime() - keptForMs);
}

/** Takes out what was kept for messages that are known now, the oldest first. */
export async function takeDeferredEvents(
  { transaction, channelId }: Pick<Applying, "transaction" | "channelId">,
  messageIds: readonly string[],
): Promise<readonly EventOfMessage[]> {
  const rows = await transaction.query<{ event: string }>(takeStatement, [channelId, messageIds]);
  return rows
    .map(({ event }) => keptEvent.parse(JSON.parse(event)) as EventOfMessage)
    .sort((one, other) => one.at.getTime() - other.at.getTime());
}

// As it was when it was checked, but for JSON's way with dates.
const keptEvent = z.looseObject({
  type: z.enum(["delivered", "read", "edited", "unsent"]),
  messageId: z.string(),
  externalId: z.string(),
  at: z.coerce.date(),
});

// In one order, so that two batches do not wait for each other.
const lockStatement: Statement = {
  name: "lock-message-ids",
  text: `SELECT pg_advisory_xact_lock(known.key) FROM (
    SELECT DISTINCT hashtextextended($1 || ':' || message_id, 1) AS key FROM unnest($2::text[]) AS asked (message_id)
    ORDER BY key OFFSET 0) AS known`,
};

const keepStatement: Statement = {
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
