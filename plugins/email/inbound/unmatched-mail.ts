import type { ChannelHost, Interpretation, KeptOriginal } from "afterchat/channel";
import { z } from "zod";
import { type InboundEnvelope, inboundEnvelope } from "./envelope.js";
import { findSignedIds } from "./find-signed-ids.js";
import { endOfHeader, MailHeaders } from "./mail-headers.js";
import { answeredNames } from "./message-ids.js";
import { mayBeReport } from "./reports/may-be-report.js";
import { resolveConversation } from "./resolve-conversation.js";

/** What is stored of an email that belongs to no conversation: anybody can send any number of them. */
export const maxHeaderBytes = 64 * 1024;

type ReadingHost = Pick<ChannelHost, "verify" | "findConversation">;

/** The conversation that an email belongs to, as its header and envelope say; null: none. @throws if the database fails */
export async function conversationOfMail(
  host: ReadingHost,
  envelope: InboundEnvelope,
  headers: MailHeaders,
): Promise<string | null> {
  const found = await resolveConversation(host, findSignedIds(host, envelope, headers), answeredNames(headers));
  return found?.id ?? null;
}

/** What is stored of an email. */
export interface StoredPart {
  readonly content: Buffer;
  /** Stored with the envelope; null if the content is to be interpreted. */
  readonly onlyHeader: z.infer<typeof onlyHeader> | null;
}

/** Its size, if only its header was stored because it belonged to no conversation. */
const onlyHeader = z.object({ sizeBytes: z.number() });
const envelopeOfHeader = inboundEnvelope.extend({ onlyHeader });

/** Of an email that belongs to no conversation: its header, or of what may be a report the beginning, which says what it reports. */
export function partOfUnmatchedMail(raw: Buffer, headers: MailHeaders, envelope: InboundEnvelope): StoredPart {
  if (mayBeReport(headers, envelope)) return { content: raw.subarray(0, maxHeaderBytes), onlyHeader: null };
  return { content: headerOf(raw), onlyHeader: { sizeBytes: raw.length } };
}

/** The header of an email, as an email without content. */
export function headerOf(raw: Buffer): Buffer {
  const end = "\r\n\r\n";
  return Buffer.concat([raw.subarray(0, Math.min(endOfHeader(raw), maxHeaderBytes - end.length)), Buffer.from(end)]);
}

/** The interpretation of a header that was stored of an unmatched email; null if the original is something else. */
export async function interpretNobodysMail(
  host: ReadingHost,
  { content, envelope: storedEnvelope }: KeptOriginal,
): Promise<Interpretation | null> {
  const { data: envelope } = envelopeOfHeader.safeParse(storedEnvelope);
  if (envelope === undefined) return null;
  const { sizeBytes } = envelope.onlyHeader;
  const conversationId = await conversationOfMail(host, envelope, MailHeaders.read(content));
  const extent = `Only its header was stored: it had ${sizeBytes} bytes.`;
  if (conversationId === null) return { outcome: "dropped", reason: "NOT_OURS", detail: `${notOurs} ${extent}` };
  // Tried again after the secret that its address was signed with is known again.
  const detail = `It belonged to no conversation when it came. ${extent}`;
  return { outcome: "dropped", reason: "UNREADABLE", detail, conversationId };
}

export const notOurs =
  "It was not sent to an address signed by Afterchat, and is not a reply to an email from Afterchat.";
