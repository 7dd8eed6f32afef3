import { type MessagingItem, messagingItem, metaEntry, metaEnvelope } from "./envelope.js";
import { type ParsedEvent, parseMessagingEvent } from "./parse-messaging-event.js";
import { parseTimestamp } from "./parse-timestamp.js";

export interface WebhookContext {
  /** The channel's `object`: `page` or `instagram`. */
  readonly object: string;
  readonly channelName: string;
  /** The id of the Page, or every id of the Instagram account. */
  readonly accountIds: readonly string[];
  /** Replaces a missing timestamp. */
  readonly now: Date;
}

export type ParsedWebhook =
  | { readonly outcome: "malformed"; readonly why: string }
  | {
      readonly outcome: "parsed";
      /** Ordered by Meta's timestamps, independent of the order in the webhook. */
      readonly events: readonly ParsedEvent[];
      /** The reason for each ignored part, so that it can be logged. */
      readonly ignored: readonly string[];
    };

/** Pure: parses a webhook's body. Never throws, whatever the body. */
export function parseWebhook(body: unknown, context: WebhookContext): ParsedWebhook {
  const envelope = metaEnvelope.safeParse(body);
  if (!envelope.success) {
    return { outcome: "malformed", why: "The body must be an object with the members object and entry, a list." };
  }
  const { object, entry: entries } = envelope.data;
  if (object !== context.object) {
    const reason = `The object "${object.slice(0, 50)}" does not belong to this channel`;
    return { outcome: "parsed", events: [], ignored: [reason] };
  }
  const ignored: string[] = [];
  const events: ParsedEvent[] = [];
  for (const entry of entries) parseEntry(entry, context, events, ignored);
  return { outcome: "parsed", events: events.sort(compareEvents), ignored };
}

function parseEntry(entry: unknown, context: WebhookContext, events: ParsedEvent[], ignored: string[]): void {
  const parsed = metaEntry.safeParse(entry);
  if (!parsed.success) {
    ignored.push("An entry that is not an object");
    return;
  }
  const { id = "", time, messaging = [], standby = [], changes = [] } = parsed.data;
  // From the dashboard's test button, or from subscriptions to other fields than messages.
  if (changes.length > 0)
    ignored.push(`${changes.length} changes: ${id === "0" ? "a test from Meta's dashboard" : "not messages"}`);
  if (standby.length > 0) ignored.push(`${standby.length} messages in standby: another app controls the conversation`);
  if (messaging.length === 0) return;
  if (!context.accountIds.includes(id)) {
    ignored.push(`${messaging.length} messages to a Page or account that is not the one in the settings`);
    return;
  }
  const entryAt = parseTimestamp(time) ?? context.now;
  for (const messagingEvent of messaging) {
    const item = messagingItem.safeParse(messagingEvent);
    const result = item.success
      ? parseMessagingEvent(item.data, eventContext(item.data, id, entryAt, context))
      : { ignored: "An event that is not an object" };
    if ("ignored" in result) ignored.push(result.ignored);
    else events.push(...result.events);
  }
}

function eventContext(item: MessagingItem, account: string, entryAt: Date, context: WebhookContext) {
  const { accountIds, channelName } = context;
  return { account, accountIds, channelName, at: parseTimestamp(item.timestamp) ?? entryAt };
}

/**
 * By time. At the same time: messages before events about them, then by id, so that the order of arrival is irrelevant.
 */
function compareEvents(left: ParsedEvent, right: ParsedEvent): number {
  const [leftEvent, rightEvent] = [left.event, right.event];
  const rank = (type: string) => (["message", "reply", "sent"].includes(type) ? 0 : 1);
  return (
    leftEvent.at.getTime() - rightEvent.at.getTime() ||
    rank(leftEvent.type) - rank(rightEvent.type) ||
    left.sequence - right.sequence ||
    compare(leftEvent.externalId, rightEvent.externalId) ||
    compare(JSON.stringify(left), JSON.stringify(right))
  );
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
