import type { ChannelHost, Interpretation, KeptOriginal } from "afterchat/channel";
import { z } from "zod";
import { inboundEnvelope } from "./envelope.js";
import { findSignedIds } from "./find-signed-ids.js";
import { MailHeaders } from "./mail-headers.js";
import { mailKey } from "./mail-key.js";
import { answeredNames } from "./message-ids.js";
import { resolveConversation } from "./resolve-conversation.js";
import { type IncomingMail, type StoreHost, type StoreOutcome, summarizeMail } from "./store-mail.js";
import { conversationOfMail, headerOf } from "./unmatched-mail.js";

/** Stored with the envelope if only the header of the email was stored. */
const extent = z.object({ sizeBytes: z.number(), maxSizeBytes: z.number() });
const oversizedEnvelope = inboundEnvelope.extend({ tooLarge: extent });

/**
 * Stores the header of an email that exceeds EMAIL_MAX_SIZE_BYTES, for sources that can no longer notify the sender:
 * admins see that it arrived, and from whom. `raw` may contain only its beginning.
 */
export async function storeOversizedMail(
  host: StoreHost,
  { raw, envelope }: IncomingMail,
  tooLarge: z.infer<typeof extent>,
): Promise<StoreOutcome> {
  const header = headerOf(raw);
  const headers = MailHeaders.read(header);
  const conversationId = await conversationOfMail(host, envelope, headers);
  const { outcome } = await host.keep({
    key: `${await mailKey(header, headers)}-too-large`,
    content: header,
    contentType: "message/rfc822",
    envelope: { ...envelope, tooLarge },
    summary: await summarizeMail(headers, envelope.to),
    conversationId,
  });
  return outcome === "refused" ? "refused" : "stored";
}

/** The interpretation of a header that `storeOversizedMail` has stored; null if the original is a complete email. */
export async function interpretOversizedMail(
  host: Pick<ChannelHost, "verify" | "findConversation">,
  { content, envelope: storedEnvelope }: KeptOriginal,
): Promise<Interpretation | null> {
  const { data: envelope } = oversizedEnvelope.safeParse(storedEnvelope);
  if (envelope === undefined) return null;
  const { sizeBytes, maxSizeBytes } = envelope.tooLarge;
  const headers = MailHeaders.read(content);
  const location = envelope.via === "imap" ? ", and it is still in the mailbox" : "";
  const conversation = await resolveConversation(host, findSignedIds(host, envelope, headers), answeredNames(headers));
  return {
    outcome: "dropped",
    reason: "UNREADABLE",
    detail: `It has ${sizeBytes} bytes, more than the ${maxSizeBytes} of EMAIL_MAX_SIZE_BYTES: only its header was read${location}.`,
    ...(conversation === null ? {} : { conversationId: conversation.id }),
  };
}
