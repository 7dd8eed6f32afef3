import type { ChannelHost, OriginalSummary } from "afterchat/channel";
import { type AddressObject, simpleParser } from "mailparser";
import { findCheckOfMail, storeCheckMail } from "../check/check-store.js";
import type { InboundEnvelope } from "./envelope.js";
import { endOfHeader, MailHeaders } from "./mail-headers.js";
import { mailKey } from "./mail-key.js";
import { conversationOfMail, maxHeaderBytes, partOfNobodysMail } from "./mail-of-nobody.js";

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
  const key = mailKey(raw);
  const headers = MailHeaders.read(raw);
  const check = await findCheckOfMail(host, envelope, headers);
  if (check !== null) {
    await storeCheckMail(host, check, { key, raw, envelope });
    return "stored";
  }
  const conversationId = await conversationOfMail(host, envelope, headers);
  const whole = { content: raw, onlyHeader: null };
  const { content, onlyHeader } = conversationId === null ? partOfNobodysMail(raw, headers, envelope) : whole;
  const { outcome } = await host.keep({
    // Under a key of its own: the same email may also be received with an envelope that says whose it is.
    key: conversationId === null ? `${key}-of-nobody` : key,
    content,
    contentType: "message/rfc822",
    envelope: onlyHeader === null ? envelope : { ...envelope, onlyHeader },
    summary: await summarizeMail(raw, envelope.to),
    conversationId,
  });
  return outcome === "refused" ? "refused" : "stored";
}

/** The summary that admins see in a list. Never rejects, so that the email is stored whatever its header is. */
export async function summarizeMail(raw: Buffer, recipients: readonly string[]): Promise<OriginalSummary> {
  const header = raw.subarray(0, Math.min(endOfHeader(raw), maxHeaderBytes));
  try {
    const { from, to, subject } = await simpleParser(
      Buffer.concat([withoutContentType(header), Buffer.from("\r\n\r\n")]),
    );
    const addresses = addressesOf(to);
    return {
      from: from?.text.trim() || null,
      to: recipients.length > 0 ? recipients : addresses,
      subject: subject?.trim() || null,
    };
  } catch {
    // The undecoded values instead.
    const fields = MailHeaders.read(header);
    return { from: fields.first("from") || null, to: recipients, subject: fields.first("subject") || null };
  }
}

/** The parser would wait for the parts that a multipart header announces. */
function withoutContentType(header: Buffer): Buffer {
  return Buffer.from(header.toString("latin1").replace(/^content-/gim, "x-content-"), "latin1");
}

function addressesOf(header: AddressObject | AddressObject[] | undefined): readonly string[] {
  const objects = header === undefined ? [] : [header].flat();
  return objects
    .flatMap(({ value }) =>
      value.flatMap(({ address, group }) => [address, ...(group ?? []).map((member) => member.address)]),
    )
    .filter((address) => address !== undefined && address !== "") as string[];
}
