import type { Message, OutgoingMessage } from "../../client/client.js";

/** Messages that one person wrote one after the other: they share a name, a picture and a mark. */
export interface MessageGroup {
  readonly key: string;
  /** When a day, or a new part of the day, begins with it. */
  readonly moment: Date | null;
  readonly isOwn: boolean;
  /** Null: not known, or the visitor. */
  readonly name: string | null;
  /** Whether the name is shown above. */
  readonly isNamed: boolean;
  readonly messages: readonly Message[];
  readonly mark: Mark | null;
}

/** As the keys of messages. */
export type Mark =
  | { readonly kind: "sent" | "read" }
  | { readonly kind: "fromEmail" | "alsoEmailed"; readonly at: Date };

const pauseMs = 60 * 60_000;
const togetherMs = 10 * 60_000;

/** Groups what is shown, oldest first. */
export function groupMessages(messages: readonly Message[]): readonly MessageGroup[] {
  const groups: Message[][] = [];
  for (const message of messages) {
    const group = groups.at(-1);
    const previous = group?.at(-1);
    if (group === undefined || previous === undefined || !belongsTo(previous, message)) groups.push([message]);
    else group.push(message);
  }
  const own = groups.filter(isOwnGroup);
  const lastOwn = own.at(-1);
  const lastRead = own.findLast((group) => group.at(-1)?.read === true);
  return groups.map((group, index) => {
    const [first] = group as [Message];
    const before = groups[index - 1]?.at(-1);
    const isOwn = isOwnGroup(group);
    return {
      key: first.id,
      moment: before === undefined || beginsAnew(before, first) ? new Date(first.sentAt) : null,
      isOwn,
      name: isOwn ? null : first.author.name,
      // The same person goes on, in a group with another mark.
      isNamed:
        !isOwn && (before === undefined || before.author.name !== first.author.name || beginsAnew(before, first)),
      messages: group,
      mark: isOwn ? ownMark(group, group === lastOwn || group === lastRead) : replyMark(group),
    };
  });
}

function isOwnGroup([first]: readonly Message[]): boolean {
  return first?.author.__typename === "Visitor";
}

function belongsTo(previous: Message, message: Message): boolean {
  return (
    previous.author.__typename === message.author.__typename &&
    previous.author.name === message.author.name &&
    previous.via.id === message.via.id &&
    // What one of them was marked with is not true of the other.
    (previous.author.__typename !== "Visitor" || previous.read === message.read) &&
    (previous.forwardedTo === null) === (message.forwardedTo === null) &&
    Date.parse(message.sentAt) - Date.parse(previous.sentAt) < togetherMs &&
    !beginsAnew(previous, message)
  );
}

function beginsAnew(before: Message, message: Message): boolean {
  const [earlier, later] = [new Date(before.sentAt), new Date(message.sentAt)];
  return earlier.toDateString() !== later.toDateString() || later.getTime() - earlier.getTime() > pauseMs;
}

function ownMark(group: readonly Message[], isShown: boolean): Mark | null {
  const last = group.at(-1);
  if (last === undefined) return null;
  if (last.via.id === "email") return { kind: "fromEmail", at: new Date(last.sentAt) };
  return isShown ? { kind: last.read ? "read" : "sent" } : null;
}

function replyMark(group: readonly Message[]): Mark | null {
  const last = group.at(-1);
  if (last?.forwardedTo == null || !last.forwardedTo.includes("@") || last.forwardedAt === null) return null;
  return { kind: "alsoEmailed", at: new Date(last.forwardedAt) };
}

/** The messages of this conversation that are not acknowledged yet, and are not shown otherwise. */
export function outgoingOf(
  outbox: readonly OutgoingMessage[],
  open: { readonly id: string | null; readonly messages: readonly Message[] },
): readonly OutgoingMessage[] {
  const shown = new Set(open.messages.map(({ clientMessageId }) => clientMessageId));
  return outbox.filter(
    ({ conversationId, clientMessageId }) =>
      !shown.has(clientMessageId) && (conversationId === null || conversationId === open.id),
  );
}
