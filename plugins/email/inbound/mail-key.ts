import { createHash } from "node:crypto";
import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import { endOfHeader, MailHeaders } from "./mail-headers.js";

/** The fields that the sender writes; servers in transit only add others. */
const senderFields = ["message-id", "date", "from", "to", "subject", "in-reply-to"] as const;
/** Hashed at once, in about two milliseconds; then other work has its turn. */
const sliceBytes = 512 * 1024;
const [lineFeed, carriageReturn] = [0x0a, 0x0d];

/**
 * A key that is the same for the same email from every inbound source, with or without a Message-ID: a hash of what the
 * sender wrote. It ignores what changes in transit: added or refolded fields, line ends, and trailing empty lines. A
 * Message-ID alone is not enough: by reusing a known one, an attacker could make another sender's email count as a
 * duplicate.
 * @param headers of `raw`, if they have been read already
 */
export async function mailKey(raw: Buffer, headers = MailHeaders.read(raw)): Promise<string> {
  const hash = createHash("sha256");
  for (const field of senderFields) hash.update(JSON.stringify([field, headers.all(field)]));
  const body = withoutEmptyLines(raw.subarray(endOfHeader(raw)));
  for (let at = 0; at < body.length; at += sliceBytes) {
    if (at > 0) await yieldToEventLoop();
    hash.update(withLineFeeds(body, at, Math.min(at + sliceBytes, body.length)));
  }
  return `mail-${hash.digest("base64url")}`;
}

/** Without the empty lines at both ends. */
function withoutEmptyLines(body: Buffer): Buffer {
  let start = 0;
  for (let length = lineEndAt(body, start); length > 0; length = lineEndAt(body, start)) start += length;
  let end = body.length;
  while (end > start && body[end - 1] === lineFeed) end -= body[end - 2] === carriageReturn ? 2 : 1;
  return body.subarray(start, Math.max(start, end));
}

/** The length of the line end that begins there: 1 for LF, 2 for CRLF, 0 for anything else. */
function lineEndAt(body: Buffer, at: number): 0 | 1 | 2 {
  if (body[at] === lineFeed) return 1;
  return body[at] === carriageReturn && body[at + 1] === lineFeed ? 2 : 0;
}

/** A slice in which each CRLF is LF. Byte by byte: replacing in a text takes seconds for millions of short lines. */
function withLineFeeds(body: Buffer, start: number, end: number): Buffer {
  const kept = Buffer.allocUnsafe(end - start);
  let length = 0;
  for (let at = start; at < end; at++) {
    if (lineEndAt(body, at) !== 2) kept[length++] = body[at] ?? 0;
  }
  return kept.subarray(0, length);
}
