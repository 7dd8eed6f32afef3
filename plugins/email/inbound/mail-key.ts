import { createHash } from "node:crypto";
import { endOfHeader, MailHeaders } from "./mail-headers.js";

/** What its writer says in a mail's header; servers on the way only add fields of their own. */
const writersFields = ["message-id", "date", "from", "to", "subject", "in-reply-to"] as const;

/**
 * The same for the same mail, by whichever way in it comes, and without a Message-ID too: a hash over what its writer wrote.
 * Left out is what differs by the way: fields that servers add or fold anew, line ends, and empty lines at the end. A
 * Message-ID alone would not do: whoever knows one could have another's mail taken for a repetition.
 */
export function mailKey(raw: Buffer): string {
  const headers = MailHeaders.read(raw);
  const hash = createHash("sha256");
  for (const field of writersFields) hash.update(JSON.stringify([field, headers.all(field)]));
  // latin1 maps every byte to one character and back.
  const body = raw.subarray(endOfHeader(raw)).toString("latin1").replaceAll("\r\n", "\n");
  const [begin, end] = [body.search(/[^\n]/), body.length - trailingLineFeeds(body)];
  if (begin !== -1) hash.update(Buffer.from(body.slice(begin, end), "latin1"));
  return `mail-${hash.digest("base64url")}`;
}

/** Counted from the end: a pattern would try anew at every run of empty lines. */
function trailingLineFeeds(body: string): number {
  let count = 0;
  while (count < body.length && body[body.length - 1 - count] === "\n") count += 1;
  return count;
}
