import type { Message } from "./chat-state.js";

interface Listed extends Pick<Message, "id" | "sentAt"> {
  /** As its author's client chose it, if that is known. */
  readonly clientMessageId?: string | null;
}

/** The messages in the order they were sent, each once; those of `read` are newer and replace what is known. */
export function mergeMessages<Any extends Listed>(known: readonly Any[], read: readonly Any[]): readonly Any[] {
  if (read.length === 0) return known;
  const byId = new Map(known.map((message) => [message.id, message]));
  for (const message of read) {
    const { id } = message;
    // Only its author sees this, and the author's other devices read the message without it.
    const clientMessageId = message.clientMessageId ?? byId.get(id)?.clientMessageId ?? null;
    byId.set(id, { ...message, clientMessageId });
  }
  return [...byId.values()].sort(bySending);
}

/** Ids are in the order of time too, within a millisecond as well. */
function bySending(one: Listed, other: Listed): number {
  return compare(one.sentAt, other.sentAt) || compare(one.id, other.id);
}

function compare(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
