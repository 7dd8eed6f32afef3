import type { ChannelHost } from "afterchat/channel";
import type { InboundEnvelope } from "./envelope.js";
import type { MailHeaders } from "./mail-headers.js";

/** What the addresses of ours say that a mail was sent to. */
export interface SignedAddresses {
  readonly conversationId: string | null;
  readonly deliveryId: string | null;
}

/** Where receiving servers write for whom a mail was, the most certain first. */
const recipientFields = ["delivered-to", "x-original-to", "envelope-to", "x-delivered-to", "to", "cc", "resent-to"];
const maxAddresses = 200;

/**
 * Finds the addresses that were signed for a conversation (Reply-To) or a delivery (the envelope's sender), in any letter
 * case, wherever in a local part the token stands: servers that forward write more around it.
 */
export function findSigned(
  host: Pick<ChannelHost, "verify">,
  envelope: InboundEnvelope,
  headers: MailHeaders,
): SignedAddresses {
  return verifyTokens(host, [...envelope.to, ...recipientFields.flatMap((name) => headers.all(name))]);
}

/** The same, in any texts that hold addresses. */
export function verifyTokens(host: Pick<ChannelHost, "verify">, texts: readonly string[]): SignedAddresses {
  const tokens = texts
    .flatMap((text) => text.split("@", maxAddresses).slice(0, -1))
    .slice(0, maxAddresses)
    .flatMap((before) => localPartAtEnd(before).match(/[a-z0-9]{16,}/gi) ?? []);
  const signedFor = (purpose: string) => firstOf(tokens, (token) => host.verify(purpose, token));
  return { conversationId: signedFor("reply"), deliveryId: signedFor("bounce") };
}

/** What stands right before an @: some servers write more than 64 characters into it. */
function localPartAtEnd(text: string): string {
  return /[^\s<>,;:"'()[\]]*$/.exec(text.slice(-200))?.[0] ?? "";
}

/** The conversation whose thread's root, `<conversation.TOKEN@domain>`, is among Message-IDs. */
export function findThread(host: Pick<ChannelHost, "verify">, messageIds: readonly string[]): string | null {
  return firstOf(messageIds, (id) => {
    const token = /^<conversation\.([a-z2-7]{16,100})@/i.exec(id)?.[1];
    return token === undefined ? null : host.verify("thread", token);
  });
}

function firstOf<Item>(items: readonly Item[], find: (item: Item) => string | null): string | null {
  for (const item of items) {
    const found = find(item);
    if (found !== null) return found;
  }
  return null;
}
