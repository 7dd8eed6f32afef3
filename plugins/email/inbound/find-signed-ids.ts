import type { ChannelHost } from "afterchat/channel";
import type { InboundEnvelope } from "./envelope.js";
import type { MailHeaders } from "./mail-headers.js";

/** What the recipient addresses of an email were signed for. */
export interface SignedIds {
  readonly conversationId: string | null;
  readonly deliveryId: string | null;
}

/** The header fields that contain recipients, most reliable first. */
const recipientFields = ["delivered-to", "x-original-to", "envelope-to", "x-delivered-to", "to", "cc", "resent-to"];
/** Each token costs two hashes. */
const maxAddresses = 200;

/**
 * Finds addresses that were signed for a conversation (Reply-To) or a delivery (envelope sender). The token may have
 * any letter case and be anywhere in the local part, because forwarding servers add text around it.
 */
export function findSignedIds(
  host: Pick<ChannelHost, "verify">,
  envelope: InboundEnvelope,
  headers: MailHeaders,
): SignedIds {
  return verifyTokens(host, recipientTokens(envelope, headers));
}

/** What may be tokens in the addresses that an email was sent to. */
export function recipientTokens(envelope: InboundEnvelope, headers: MailHeaders): readonly string[] {
  return addressTokens([...envelope.to, ...recipientFields.flatMap((name) => headers.all(name))]);
}

/** The same in any texts that contain addresses. */
export function addressTokens(texts: readonly string[]): readonly string[] {
  return texts
    .flatMap((text) => text.split("@", maxAddresses).slice(0, -1))
    .slice(0, maxAddresses)
    .flatMap((before) => localPartAtEnd(before).match(/[a-z0-9]{16,}/gi) ?? [])
    .slice(0, maxAddresses);
}

/** What tokens were signed for: the first of each kind counts. */
export function verifyTokens(host: Pick<ChannelHost, "verify">, tokens: readonly string[]): SignedIds {
  const signedFor = (purpose: string) => firstOf(tokens, (token) => host.verify(purpose, token));
  return { conversationId: signedFor("reply"), deliveryId: signedFor("bounce") };
}

/** The local part before an @; some servers write more than 64 characters into it. */
function localPartAtEnd(text: string): string {
  return (
    text
      .slice(-200)
      .split(/[\s<>,;:"'()[\]]/)
      .at(-1) ?? ""
  );
}

/** The id of the conversation whose thread root, `<conversation.TOKEN@domain>`, is among the Message-IDs. */
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
