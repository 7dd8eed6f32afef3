import { type MessagingItem, messagingItem, metaEntry, metaEnvelope } from "./envelope.js";
import { readInstant } from "./instant.js";
import { parseMessagingEvent, type Understood } from "./parse-messaging-event.js";

/** What the body of a webhook is read with. */
export interface WebhookReading {
  /** The `object` that belongs to this channel: `page` or `instagram`. */
  readonly object: string;
  readonly channelName: string;
  /** The Page, or the Instagram account under each of its ids. */
  readonly accountIds: readonly string[];
  /** Stands for a time that is missing. */
  readonly now: Date;
}

export type ReadWebhook =
  | { readonly outcome: "malformed"; readonly why: string }
  | {
      readonly outcome: "read";
      /** In the order of Meta's times, whatever order they came in. */
      readonly understood: readonly Understood[];
      /** What means nothing here, a line each: it is logged, so that nothing is ignored in silence. */
      readonly ignored: readonly string[];
    };

/** Pure: what a webhook's body says. Never throws, whatever it is given. */
export function readWebhook(body: unknown, reading: WebhookReading): ReadWebhook {
  const envelope = metaEnvelope.safeParse(body);
  if (!envelope.success) {
    return { outcome: "malformed", why: "The body must be an object with object and a list of entry." };
  }
  const { object, entry } = envelope.data;
  if (object !== reading.object) {
    return { outcome: "read", understood: [], ignored: [`The object "${object.slice(0, 50)}" is not this channel's`] };
  }
  const ignored: string[] = [];
  const understood: Understood[] = [];
  for (const one of entry) readEntry(one, reading, understood, ignored);
  return { outcome: "read", understood: understood.sort(inOrder), ignored };
}

function readEntry(given: unknown, reading: WebhookReading, understood: Understood[], ignored: string[]): void {
  const parsed = metaEntry.safeParse(given);
  if (!parsed.success) {
    ignored.push("An entry that is no object");
    return;
  }
  const { id = "", time, messaging = [], standby = [], changes = [] } = parsed.data;
  // The dashboard's test button, and subscriptions to what is no messaging.
  if (changes.length > 0)
    ignored.push(`${changes.length} changes: ${id === "0" ? "a test of Meta's dashboard" : "no messages"}`);
  if (standby.length > 0) ignored.push(`${standby.length} messages in standby: another app has the conversation`);
  if (messaging.length === 0) return;
  if (!reading.accountIds.includes(id)) {
    ignored.push(`${messaging.length} messages to a Page or account that is not the one in the settings`);
    return;
  }
  const entryAt = readInstant(time) ?? reading.now;
  for (const one of messaging) {
    const item = messagingItem.safeParse(one);
    const result = item.success
      ? parseMessagingEvent(item.data, contextOf(item.data, id, entryAt, reading))
      : { ignored: "An event that is no object" };
    if ("ignored" in result) ignored.push(result.ignored);
    else understood.push(...result.understood);
  }
}

function contextOf(item: MessagingItem, account: string, entryAt: Date, { accountIds, channelName }: WebhookReading) {
  return { account, accountIds, channelName, at: readInstant(item.timestamp) ?? entryAt };
}

/** Of the same moment: messages before what is about them; then by id, so that the order of arrival says nothing. */
function inOrder(one: Understood, other: Understood): number {
  const [first, second] = [one.event, other.event];
  const rank = (type: string) => (["message", "reply", "sent"].includes(type) ? 0 : 1);
  return (
    first.at.getTime() - second.at.getTime() ||
    rank(first.type) - rank(second.type) ||
    one.turn - other.turn ||
    compare(first.externalId, second.externalId) ||
    compare(JSON.stringify(one), JSON.stringify(other))
  );
}

function compare(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
