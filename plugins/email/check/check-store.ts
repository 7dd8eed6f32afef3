import type { ChannelHost } from "afterchat/channel";
import { z } from "zod";
import { type InboundEnvelope, inboundEnvelope } from "../inbound/envelope.js";
import { findSigned, findThread } from "../inbound/find-signed-ids.js";
import type { MailHeaders } from "../inbound/mail-headers.js";
import { messageIds } from "../inbound/message-ids.js";

/** What came in for a mail of a check. */
export interface CheckMail {
  readonly raw: Buffer;
  readonly envelope: InboundEnvelope;
  readonly receivedAt: Date;
}

export type CheckHost = Pick<ChannelHost, "now" | "store" | "verify">;

/**
 * Each mail of a check has an id of its own, for which its addresses are signed: by the same rules as a conversation's and
 * a delivery's, but for purposes of their own, so that neither can be taken for the other.
 */
export function checkSigner(host: Pick<ChannelHost, "sign">): Pick<ChannelHost, "sign"> {
  return { sign: (purpose, id) => host.sign(`check-${purpose}`, id) };
}

/** Reads what `checkSigner` has signed, and nothing else. */
export function checkVerifier(host: Pick<ChannelHost, "verify">): Pick<ChannelHost, "verify"> {
  return { verify: (purpose, token) => host.verify(`check-${purpose}`, token) };
}

const openKey = (id: string) => `check/${id}`;
const mailsPrefix = (id: string) => `check-mail/${id}/`;
const openEntry = z.object({ untilAt: z.iso.datetime() });
const mailEntry = z.object({ raw: z.base64(), envelope: inboundEnvelope, receivedAt: z.iso.datetime() });
/** Nobody has so much to say to a check; what is over it is acknowledged and not kept. */
const maxMails = 20;
const maxLeftovers = 1_000;

/** From now on, until `untilAt` or `closeCheck`, every process takes what comes for it and keeps it for the check. */
export async function openCheck({ store }: CheckHost, id: string, untilAt: Date): Promise<void> {
  await store.set(openKey(id), { untilAt: untilAt.toISOString() });
}

/** The open check that a token of an address was signed for; null: none. @throws when the store cannot be asked */
export async function findCheckOfToken(host: CheckHost, token: string): Promise<string | null> {
  const { verify } = checkVerifier(host);
  return findOpen(host, verify("reply", token) ?? verify("bounce", token));
}

/** The open check that a mail was sent to, or answers; null: none, as for every visitor's mail. */
export async function findCheckOfMail(
  host: CheckHost,
  envelope: InboundEnvelope,
  headers: MailHeaders,
): Promise<string | null> {
  const tokens = checkVerifier(host);
  const { conversationId, deliveryId } = findSigned(tokens, envelope, headers);
  const answered = [...headers.all("in-reply-to"), ...headers.all("references")].flatMap(messageIds);
  return findOpen(host, conversationId ?? deliveryId ?? findThread(tokens, answered));
}

/** Keeps what came for an open check apart from all other mail: it is nobody's message, and admins need not see it. */
export async function keepCheckMail(
  { store, now }: CheckHost,
  id: string,
  mail: { readonly key: string; readonly raw: Buffer; readonly envelope: InboundEnvelope },
): Promise<void> {
  const prefix = mailsPrefix(id);
  if ((await store.list(prefix, maxMails)).length === maxMails) return;
  const { raw, envelope } = mail;
  // By its way too: the same mail by two ways shows that both are open.
  await store.set(`${prefix}${envelope.via}/${mail.key}`, {
    raw: raw.toString("base64"),
    envelope,
    receivedAt: now().toISOString(),
  });
}

/** What has come since it was asked last, oldest first; it is not kept any longer. */
export async function takeCheckMails({ store }: CheckHost, id: string): Promise<readonly CheckMail[]> {
  const entries = await store.list(mailsPrefix(id), maxMails);
  await Promise.all(entries.map(({ key }) => store.delete(key)));
  return entries
    .map(({ value }) => mailEntry.parse(value))
    .map(({ raw, envelope, receivedAt }) => ({
      raw: Buffer.from(raw, "base64"),
      envelope,
      receivedAt: new Date(receivedAt),
    }))
    .sort((one, other) => one.receivedAt.getTime() - other.receivedAt.getTime());
}

/** Ends it: its addresses are unknown from now on, and nothing of it is left. */
export async function closeCheck(host: CheckHost, id: string): Promise<void> {
  await host.store.delete(openKey(id));
  await takeCheckMails(host, id);
}

/** Removes what checks have left that were killed. */
export async function removeOldChecks(host: CheckHost): Promise<void> {
  for (const { key, value } of await host.store.list(openKey(""), maxLeftovers)) {
    if (!isOpen(host, value)) await closeCheck(host, key.slice(openKey("").length));
  }
}

async function findOpen(host: CheckHost, id: string | null): Promise<string | null> {
  return id !== null && isOpen(host, await host.store.get(openKey(id))) ? id : null;
}

function isOpen({ now }: CheckHost, entry: unknown): boolean {
  const { data } = openEntry.safeParse(entry);
  return data !== undefined && new Date(data.untilAt) > now();
}
