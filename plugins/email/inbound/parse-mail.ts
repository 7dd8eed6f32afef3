import { Readable } from "node:stream";
import { type AttachmentStream, MailParser, type MessageText } from "mailparser";
import type { BodyParts } from "../reply/extract-reply.js";
import { boundMail } from "./bound-mail.js";
import { MailHeaders } from "./mail-headers.js";

export interface InboundMail {
  readonly headers: MailHeaders;
  /** Decoded, in one line; null if there is none. */
  readonly subject: string | null;
  readonly body: BodyParts;
  /** All parts other than the email's own text, in order; embedded emails and reports are not parsed. */
  readonly parts: readonly MailPart[];
  /** How much could be read: `truncated`: only the beginning; `unreadable`: only the header. */
  readonly extent: "whole" | "truncated" | "unreadable";
}

export interface MailPart {
  /** Lower-case, without parameters. */
  readonly contentType: string;
  /** The file name that the email declares. */
  readonly name: string | null;
  readonly disposition: string | null;
  /** Without angle brackets; null if there is none. */
  readonly contentId: string | null;
  readonly content: Buffer;
}

interface Content {
  readonly subject: string | null;
  readonly body: BodyParts;
  readonly parts: readonly MailPart[];
}

/**
 * Characters of plain text that are converted to HTML where an email mixes both; the reply extraction reads no more.
 */
const maxTextLength = 2_000_000;
const sliceBytes = 64 * 1024;

/**
 * Parses an email. Never throws: malformed emails are read as far as possible. Archives are not unpacked. Large emails
 * keep the processor busy for seconds, so a process of its own calls it (`reading/`).
 */
export async function parseMail(original: Uint8Array): Promise<InboundMail> {
  const content = Buffer.from(original.buffer, original.byteOffset, original.byteLength);
  const headers = MailHeaders.read(content);
  const attempts = [() => content, () => boundMail(content, 900), () => boundMail(content, 20)];
  for (const [index, bounded] of attempts.entries()) {
    const read = await readContent(bounded());
    if (read !== null) return { ...read, headers, extent: index === 0 ? "whole" : "truncated" };
  }
  return { headers, subject: null, body: { text: null, html: null }, parts: [], extent: "unreadable" };
}

/**
 * mailparser joins all text parts into one text, and all HTML parts into one HTML. The HTML is always complete, because
 * plain parts are included in it; the text is incomplete if an HTML part has no plain alternative.
 */
class TextParser extends MailParser {
  textIsComplete = true;
  #remaining = maxTextLength;

  /**
   * Called for every plain part, and with an empty text for an HTML part without a plain one. Does not create links.
   */
  override textToHtml(text: string): string {
    if (text === "") this.textIsComplete = false;
    const shown = text.slice(0, this.#remaining);
    this.#remaining -= shown.length;
    const escaped = shown.replace(/[&<>]/g, (character) =>
      character === "<" ? "&lt;" : character === ">" ? "&gt;" : "&amp;",
    );
    return `<div>${escaped.replace(/\n/g, "<br>")}</div>`;
  }
}

async function readContent(content: Buffer): Promise<Content | null> {
  const parser = new TextParser({
    skipHtmlToText: true,
    skipImageLinks: true,
    checksumAlgo: false,
    // Reports and embedded emails would otherwise be included in the text.
    keepDeliveryStatus: true,
    ignoreEmbedded: true,
  });
  Readable.from(slicesOf(content)).pipe(parser);
  const parts: MailPart[] = [];
  let body: BodyParts = { text: null, html: null };
  try {
    for await (const data of parser as AsyncIterable<AttachmentStream | MessageText>) {
      if (data.type === "attachment") parts.push(await readPart(data));
      else body = { text: parser.textIsComplete ? (data.text ?? null) : null, html: data.html ?? null };
    }
  } catch {
    // Too many parts, or too large a header: the caller tries again with less of it.
    return null;
  }
  return { subject: oneLine(parser.subject), body, parts };
}

/** The decoders search each slice as a text: a single one of 25 MB took a gigabyte (mailparser 3.14). */
function* slicesOf(content: Buffer): Generator<Buffer> {
  for (let at = 0; at < content.length; at += sliceBytes) yield content.subarray(at, at + sliceBytes);
}

async function readPart(part: AttachmentStream): Promise<MailPart> {
  const chunks: Buffer[] = [];
  for await (const chunk of part.content) chunks.push(chunk as Buffer);
  part.release?.();
  return {
    contentType: part.contentType.toLowerCase(),
    name: part.filename ?? null,
    disposition: part.contentDisposition ?? null,
    contentId: part.cid ?? null,
    content: Buffer.concat(chunks),
  };
}

/** A decoded subject may contain line ends (mailparser 3.14). */
function oneLine(subject: string | undefined): string | null {
  const line = (subject ?? "").replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  return line === "" ? null : line.slice(0, 1_000);
}
