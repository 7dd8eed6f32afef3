import { endOfHeader, maxHeaderBytes } from "./mail-headers.js";

/**
 * The fields that are needed to route, recognise and parse an email; the others are removed from a header that is too
 * large.
 */
const neededFields = new Set([
  ...["from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references"],
  ...["mime-version", "content-type", "content-transfer-encoding", "content-disposition"],
]);
const maxOfEach = 20;
const maxField = 16 * 1024;

/**
 * An email that the parser refused, reduced to what it accepts: only the needed header fields, and at most about
 * `maxParts` parts. The parser's limits are a header of one megabyte and a thousand parts.
 */
export function boundMail(content: Buffer, maxParts: number): Buffer {
  const end = endOfHeader(content);
  const body = content.subarray(end);
  return Buffer.concat([
    boundHeader(content.subarray(0, Math.min(end, maxHeaderBytes))),
    body.subarray(0, endOfParts(body, maxParts)),
  ]);
}

function boundHeader(header: Buffer): Buffer {
  const kept: string[] = [];
  const counts = new Map<string, number>();
  for (const field of header.toString("latin1").split(/\r?\n(?![ \t])/)) {
    const name = field.slice(0, 100).split(":", 1)[0]?.trim().toLowerCase() ?? "";
    const count = counts.get(name) ?? 0;
    if (!neededFields.has(name) || count === maxOfEach) continue;
    counts.set(name, count + 1);
    kept.push(field.length <= maxField ? field : field.slice(0, maxField).replace(/\r?\n[^\n]*$/, ""));
  }
  return Buffer.from(kept.join("\r\n"), "latin1");
}

/** Every part begins after a line that begins with two hyphens. */
function endOfParts(body: Buffer, maxParts: number): number {
  let at = -1;
  for (let count = 0; count <= maxParts; count++) {
    at = body.indexOf("\n--", at + 1);
    if (at === -1) return body.length;
  }
  return at;
}
