import { createHash } from "node:crypto";
import { endOfHeader, MailHeaders } from "./mail-headers.js";

/** The fields that the sender writes; servers in transit only add others. */
const senderFields = ["message-id", "date", "from", "to", "subject", "in-reply-to"] as const;

/**
 * A key that is the same for the same email from every inbound source, with or without a Message-ID: a hash of what the
 * sender wrote. It ignores what changes in transit: added or refolded fields, line ends, and trailing empty lines. A
 * Message-ID alone is not enough: by reusing a known one, an attacker could make another sender's email count as a
 * duplicate.
 */
export function mailKey(raw: Buffer): string {
  const headers = MailHeaders.read(raw);
  const hash = createHash("sha256");
  for (const field of senderFields) hash.update(JSON.stringify([field, headers.all(field)]));
  // latin1 maps every byte to one character and back.
  const body = raw.subarray(endOfHeader(raw)).toString("latin1").replaceAll("\r\n", "\n");
  const [start, end] = [body.search(/[^\n]/), body.length - trailingLineFeeds(body)];
  if (start !== -1) hash.update(Buffer.from(body.slice(start, end), "latin1"));
  return `mail-${hash.digest("base64url")}`;
}

/** Counted from the end: a regular expression would start over at every run of empty lines. */
function trailingLineFeeds(body: string): number {
  let count = 0;
  while (count < body.length && body[body.length - 1 - count] === "\n") count += 1;
  return count;
}
