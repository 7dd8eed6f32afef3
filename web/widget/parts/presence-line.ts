import type { ChatState } from "../../client/client.js";

/** As the keys of messages. Who is there, or what becomes of answers: one line, which never promises an email that will not be sent. */
export type PresenceLine =
  | { readonly kind: "areHere"; readonly names: readonly string[] }
  | { readonly kind: "nobodyHere" | "awayByEmail" | "awayChatOnly" | "connecting" };

/** Null until it is known. */
export function presenceLine(state: ChatState): PresenceLine | null {
  const { connection, website, contactForm, whenAway, open, conversations } = state;
  if (website === null || contactForm === null) return null;
  if (connection !== "online") return { kind: "connecting" };
  const assignee = conversations.find(({ id }) => id === open?.id)?.assignee;
  if (assignee?.online) return { kind: "areHere", names: [assignee.name] };
  if (website.here.length > 0) return { kind: "areHere", names: website.here.slice(0, 2).map(({ name }) => name) };
  if (whenAway === "EMAIL") return { kind: "awayByEmail" };
  return { kind: whenAway === "NO_ADDRESS" || whenAway === null ? "nobodyHere" : "awayChatOnly" };
}
