import type { ChannelHost, OriginalSummary } from "afterchat/channel";
import { type AddressObject, simpleParser } from "mailparser";
import { findCheckOfMail, keepCheckMail } from "../check/check-store.js";
import type { InboundEnvelope } from "./envelope.js";
import { endOfHeader, MailHeaders } from "./mail-headers.js";
import { mailKey } from "./mail-key.js";

/** A mail as a way in got it. */
export interface IncomingMail {
  readonly raw: Buffer;
  readonly envelope: InboundEnvelope;
}

/** What a way in needs to keep a mail. */
export type KeepingHost = Pick<ChannelHost, "keep" | "now" | "store" | "verify">;

/**
 * The one door behind all ways in. Resolves once the mail is stored for good, and for one that is stored already: only then
 * may it be acknowledged. Rejects when it could not be stored: refuse it for now, so that it comes again.
 */
export async function keepMail(host: KeepingHost, { raw, envelope }: IncomingMail): Promise<void> {
  const key = mailKey(raw);
  const check = await findCheckOfMail(host, envelope, MailHeaders.read(raw));
  if (check !== null) return keepCheckMail(host, check, { key, raw, envelope });
  await host.keep({
    key,
    content: raw,
    contentType: "message/rfc822",
    envelope,
    summary: await summaryOf(raw, envelope.to),
  });
}

/** As much of a header as a list needs. */
const maxHeaderBytes = 64 * 1024;

/** What admins see in a list. Never rejects: whatever the header is, the mail is kept. */
export async function summaryOf(raw: Buffer, recipients: readonly string[]): Promise<OriginalSummary> {
  const header = raw.subarray(0, Math.min(endOfHeader(raw), maxHeaderBytes));
  try {
    const { from, to, subject } = await simpleParser(
      Buffer.concat([withoutContentType(header), Buffer.from("\r\n\r\n")]),
    );
    const written = addressesOf(to);
    return {
      from: from?.text.trim() || null,
      to: recipients.length > 0 ? recipients : written,
      subject: subject?.trim() || null,
    };
  } catch {
    // As it is written then: encoded, but all there.
    const fields = MailHeaders.read(header);
    return { from: fields.first("from") || null, to: recipients, subject: fields.first("subject") || null };
  }
}

/** The parser would wait for the parts that a multipart header promises. */
function withoutContentType(header: Buffer): Buffer {
  return Buffer.from(header.toString("latin1").replace(/^content-/gim, "x-content-"), "latin1");
}

function addressesOf(header: AddressObject | AddressObject[] | undefined): readonly string[] {
  const objects = header === undefined ? [] : [header].flat();
  return objects
    .flatMap(({ value }) =>
      value.flatMap(({ address, group }) => [address, ...(group ?? []).map((one) => one.address)]),
    )
    .filter((address) => address !== undefined && address !== "") as string[];
}
