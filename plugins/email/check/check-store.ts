import type { ChannelHost } from "afterchat/channel";
import { z } from "zod";
import { type InboundEnvelope, inboundEnvelope } from "../inbound/envelope.js";
import { findSignedIds, findThread } from "../inbound/find-signed-ids.js";
import type { MailHeaders } from "../inbound/mail-headers.js";
import { parseMessageIds } from "../inbound/message-ids.js";

/** An email that was received for a check. */
export interface CheckMail {
  readonly raw: Buffer;
  readonly envelope: InboundEnvelope;
  readonly receivedAt: Date;
}

export type CheckHost = Pick<ChannelHost, "now" | "store" | "verify">;

/**
 * Each check email has its own id, for which its addresses are signed: like those of conversations and deliveries, but
 * with other purposes, so that they cannot be confused.
 */
export function checkSigner(host: Pick<ChannelHost, "sign">): Pick<ChannelHost, "sign"> {
  return { sign: (purpose, id) => host.sign(`check-${purpose}`, id) };
}

/** Verifies only what `checkSigner` has signed. */
export function checkVerifier(host: Pick<ChannelHost, "verify">): Pick<ChannelHost, "verify"> {
  return { verify: (purpose, token) => host.verify(`check-${purpose}`, token) };
}

const openKey = (id: string) => `check/${id}`;
const mailsPrefix = (id: string) => `check-mail/${id}/`;
const openEntry = z.object({ untilAt: z.iso.datetime() });
const mailEntry = z.object({ raw: z.base64(), envelope: inboundEnvelope, receivedAt: z.iso.datetime() });
/** Emails beyond this number are acknowledged, but not stored. */
const maxMails = 20;
const maxOldChecks = 1_000;
/** Of the emails that an email answers; each costs a hash. */
const maxAnswered = 100;

/** Until `untilAt` or `closeCheck`, every process accepts emails for the check and stores them for it. */
export async function openCheck({ store }: CheckHost, id: string, untilAt: Date): Promise<void> {
  await store.set(openKey(id), { untilAt: untilAt.toISOString() });
}

/** The open check that an address's token was signed for; null: none. @throws if the store is unavailable */
export async function findCheckOfToken(host: CheckHost, token: string): Promise<string | null> {
  const { verify } = checkVerifier(host);
  return findOpen(host, verify("reply", token) ?? verify("bounce", token));
}

/** The open check that an email was sent to, or answers; null: none, as for emails by visitors. */
export async function findCheckOfMail(
  host: CheckHost,
  envelope: InboundEnvelope,
  headers: MailHeaders,
): Promise<string | null> {
  const tokens = checkVerifier(host);
  const { conversationId, deliveryId } = findSignedIds(tokens, envelope, headers);
  const answered = [...headers.all("in-reply-to"), ...headers.all("references")]
    .flatMap(parseMessageIds)
    .slice(0, maxAnswered);
  return findOpen(host, conversationId ?? deliveryId ?? findThread(tokens, answered));
}

/** Stores an email for an open check, separately from other emails: it is not a message, and admins need not see it. */
export async function storeCheckMail(
  { store, now }: CheckHost,
  id: string,
  mail: { readonly key: string; readonly raw: Buffer; readonly envelope: InboundEnvelope },
): Promise<void> {
  const prefix = mailsPrefix(id);
  if ((await store.list(prefix, maxMails)).length === maxMails) return;
  const { raw, envelope } = mail;
  // The key includes the source: the same email through two sources shows that both work.
  await store.set(`${prefix}${envelope.via}/${mail.key}`, {
    raw: raw.toString("base64"),
    envelope,
    receivedAt: now().toISOString(),
  });
}

/** Returns and deletes the emails that arrived since the last call, oldest first. */
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
    .sort((a, b) => a.receivedAt.getTime() - b.receivedAt.getTime());
}

/** Ends a check: its addresses are no longer accepted, and everything stored for it is deleted. */
export async function closeCheck(host: CheckHost, id: string): Promise<void> {
  await host.store.delete(openKey(id));
  await takeCheckMails(host, id);
}

/** Deletes what is left of checks that were killed. */
export async function removeOldChecks(host: CheckHost): Promise<void> {
  for (const { key, value } of await host.store.list(openKey(""), maxOldChecks)) {
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
