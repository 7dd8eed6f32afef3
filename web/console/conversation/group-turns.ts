import type { ShownMessage } from "./shown.js";

type Message = ShownMessage;

/** What has become of replies, as far as their messages tell. */
type Fate = "pending" | "forwarded" | "read" | "unread";

/** Messages that one person wrote one after the other, with the same fate: they share a name, a picture and a line below. */
export interface Turn {
  readonly key: string;
  /** When a day begins with it. */
  readonly day: string | null;
  readonly isVisitors: boolean;
  readonly messages: readonly Message[];
  /** Null: of what the visitor wrote. */
  readonly fate: Fate | null;
}

const togetherMs = 10 * 60_000;

export interface TurnFacts {
  /** How many of the newest replies wait to be forwarded. */
  readonly pendingReplies: number;
  /** When the visitor left the website, which is said between turns. */
  readonly leftAt: string | null;
}

/** Groups what is shown, oldest first. */
export function groupTurns(messages: readonly Message[], { pendingReplies, leftAt }: TurnFacts): readonly Turn[] {
  const pending = pendingIds(messages, pendingReplies);
  const fates = new Map(messages.map((message) => [message.id, fateOf(message, pending)]));
  const groups: Message[][] = [];
  for (const message of messages) {
    const group = groups.at(-1);
    const previous = group?.at(-1);
    if (group === undefined || previous === undefined || !goTogether(previous, message, fates, leftAt))
      groups.push([message]);
    else group.push(message);
  }
  return groups.map((group, index) => {
    const [first] = group as [Message];
    const before = groups[index - 1]?.at(-1);
    return {
      key: first.id,
      day: before === undefined || dayOf(before) !== dayOf(first) ? first.sentAt : null,
      isVisitors: first.author.__typename === "Visitor",
      messages: group,
      fate: fates.get(first.id) ?? null,
    };
  });
}

/** The newest replies that the visitor has neither read nor been sent. */
function pendingIds(messages: readonly Message[], count: number): ReadonlySet<string> {
  const waiting = messages.filter(
    ({ author, read, forwardedTo, unsentAt }) =>
      author.__typename !== "Visitor" && !read && forwardedTo === null && unsentAt === null,
  );
  return new Set(count === 0 ? [] : waiting.slice(-count).map(({ id }) => id));
}

function fateOf({ id, author, read, forwardedTo }: Message, pending: ReadonlySet<string>): Fate | null {
  if (author.__typename === "Visitor") return null;
  if (pending.has(id)) return "pending";
  if (forwardedTo !== null) return "forwarded";
  return read ? "read" : "unread";
}

function goTogether(
  previous: Message,
  message: Message,
  fates: ReadonlyMap<string, Fate | null>,
  leftAt: string | null,
): boolean {
  return (
    previous.author.__typename === message.author.__typename &&
    previous.author.name === message.author.name &&
    previous.via.id === message.via.id &&
    previous.forwardedTo === message.forwardedTo &&
    fates.get(previous.id) === fates.get(message.id) &&
    // The line below speaks of one email and its sender.
    message.sender === null &&
    Date.parse(message.sentAt) - Date.parse(previous.sentAt) < togetherMs &&
    dayOf(previous) === dayOf(message) &&
    !(leftAt !== null && previous.sentAt <= leftAt && message.sentAt > leftAt)
  );
}

const dayOf = ({ sentAt }: Message): string => new Date(sentAt).toDateString();
