import type { ChannelHost, OriginalSummary } from "afterchat/channel";
import { type AddressObject, simpleParser } from "mailparser";
import { findCheckOfMail, storeCheckMail } from "../check/check-store.js";
import type { InboundEnvelope } from "./envelope.js";
import { MailHeaders } from "./mail-headers.js";
import { mailKey } from "./mail-key.js";
import { conversationOfMail, partOfUnmatchedMail } from "./unmatched-mail.js";

/** An email as an inbound source received it. */
export interface IncomingMail {
  readonly raw: Buffer;
  readonly envelope: InboundEnvelope;
}

/** What an inbound source needs to store an email. */
export type StoreHost = Pick<ChannelHost, "findConversation" | "keep" | "now" | "store" | "verify">;

/** `refused`: too much is stored for its conversation already, or of mail that belongs to none. */
export type StoreOutcome = "stored" | "refused";

/**
 * Stores an email; all inbound sources call it. Resolves with `stored` once the email is durably stored, also if it had
 * been stored before: only then may it be acknowledged. Rejects if it could not be stored: then, and if it is `refused`,
 * refuse it temporarily, so that it is sent again. Of an email that belongs to no conversation only the header is stored.
 */
export async function storeMail(host: StoreHost, { raw, envelope }: IncomingMail): Promise<StoreOutcome> {
  const headers = MailHeaders.read(raw);
  const key = await mailKey(raw, headers);
  const check = await findCheckOfMail(host, envelope, headers);
  if (check !== null) {
    await storeCheckMail(host, check, { key, raw, envelope });
    return "stored";
  }
  const conversationId = await conversationOfMail(host, envelope, headers);
  const whole = { content: raw, onlyHeader: null };
  const { content, onlyHeader } = conversationId === null ? partOfUnmatchedMail(raw, headers, envelope) : whole;
  const { outcome } = await host.keep({
    // Under a key of its own: the same email may also be received with an envelope that says whose it is.
    key: conversationId === null ? `${key}-of-nobody` : key,
    content,
    contentType: "message/rfc822",
    envelope: onlyHeader === null ? envelope : { ...envelope, onlyHeader },
    summary: await summarizeMail(headers, envelope.to),
    conversationId,
  });
  return outcome === "refused" ? "refused" : "stored";
}

/** Of each field; lists show less. */
const maxFieldLength = 5_000;

/** The summary that admins see in a list. Never rejects, so that the email is stored whatever its header is. */
export async function summarizeMail(headers: MailHeaders, recipients: readonly string[]): Promise<OriginalSummary> {
  const field = (name: string) => headers.first(name).slice(0, maxFieldLength);
  try {
    // Only these fields, so that the work does not depend on what else the sender wrote.
    const { from, to, subject } = await simpleParser(
      Buffer.from(`From: ${field("from")}\r\nTo: ${field("to")}\r\nSubject: ${field("subject")}\r\n\r\n`),
    );
    return {
      from: from?.text.trim() || null,
      to: recipients.length > 0 ? recipients : addressesOf(to),
      subject: subject?.trim() || null,
    };
  } catch {
    // The undecoded values instead.
    return { from: field("from") || null, to: recipients, subject: field("subject") || null };
  }
}

function addressesOf(header: AddressObject | AddressObject[] | undefined): readonly string[] {
  const objects = header === undefined ? [] : [header].flat();
  return objects
    .flatMap(({ value }) =>
      value.flatMap(({ address, group }) => [address, ...(group ?? []).map((member) => member.address)]),
    )
    .filter((address) => address !== undefined && address !== "") as string[];
}
