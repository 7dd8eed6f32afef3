import { type AttachmentStream, MailParser, type MessageText } from "mailparser";
import type { MailBody } from "../reply/extract-reply.js";
import { boundMail } from "./bound-mail.js";
import { MailHeaders } from "./mail-headers.js";

export interface InboundMail {
  readonly headers: MailHeaders;
  /** Decoded, in one line; null when there is none. */
  readonly subject: string | null;
  readonly body: MailBody;
  /** All parts that are not the mail's own text, in their order; embedded mails and reports are such parts, unread. */
  readonly parts: readonly MailPart[];
  /** `cut`: only its beginning could be read; `unreadable`: nothing but its header. */
  readonly extent: "whole" | "cut" | "unreadable";
}

export interface MailPart {
  /** Lower-case, without parameters. */
  readonly contentType: string;
  /** As the mail says it. */
  readonly name: string | null;
  readonly disposition: string | null;
  /** Without angle brackets; null when there is none. */
  readonly contentId: string | null;
  readonly content: Buffer;
}

interface Content {
  readonly subject: string | null;
  readonly body: MailBody;
  readonly parts: readonly MailPart[];
}

/** Characters of text that are made into HTML where both stand side by side; the rest is not read anyway. */
const maxText = 2_000_000;

/**
 * Takes a mail apart. Never throws, whatever it is given: what is too wild is read as far as it goes. Nothing is unpacked,
 * and nothing in it is trusted. Yields to others as it goes on (mailsplit, every 16 KB).
 */
export async function parseMail(original: Uint8Array, signal: AbortSignal): Promise<InboundMail> {
  const content = Buffer.from(original.buffer, original.byteOffset, original.byteLength);
  const headers = MailHeaders.read(content);
  const tries = [() => content, () => boundMail(content, 900), () => boundMail(content, 20)];
  for (const [index, bounded] of tries.entries()) {
    signal.throwIfAborted();
    const read = await readContent(bounded(), signal);
    if (read !== null) return { ...read, headers, extent: index === 0 ? "whole" : "cut" };
  }
  return { headers, subject: null, body: { text: null, html: null }, parts: [], extent: "unreadable" };
}

/**
 * mailparser joins all text parts to one text, and all HTML parts to one HTML. The HTML is then always complete, because
 * plain parts beside it are put into it; the text is not, where an HTML part has no plain alternative.
 */
class TextParser extends MailParser {
  textIsComplete = true;
  #left = maxText;

  /** Called for every plain part, with nothing for an HTML part that has no plain one. Makes no links: nobody clicks here. */
  override textToHtml(text: string): string {
    if (text === "") this.textIsComplete = false;
    const shown = text.slice(0, this.#left);
    this.#left -= shown.length;
    const escaped = shown.replace(/[&<>]/g, (character) =>
      character === "<" ? "&lt;" : character === ">" ? "&gt;" : "&amp;",
    );
    return `<div>${escaped.replace(/\n/g, "<br>")}</div>`;
  }
}

async function readContent(content: Buffer, signal: AbortSignal): Promise<Content | null> {
  const parser = new TextParser({
    skipHtmlToText: true,
    skipImageLinks: true,
    checksumAlgo: false,
    // Reports and embedded mails would stand in the text.
    keepDeliveryStatus: true,
    ignoreEmbedded: true,
  });
  const stop = () => parser.destroy(new Error("stopped"));
  signal.addEventListener("abort", stop, { once: true });
  parser.end(content);
  const parts: MailPart[] = [];
  let body: MailBody = { text: null, html: null };
  try {
    for await (const data of parser as AsyncIterable<AttachmentStream | MessageText>) {
      if (data.type === "attachment") parts.push(await readPart(data));
      else body = { text: parser.textIsComplete ? (data.text ?? null) : null, html: data.html ?? null };
    }
  } catch (error) {
    if (signal.aborted) throw error;
    // Too many parts or too large a header: the caller tries with less of it.
    return null;
  } finally {
    signal.removeEventListener("abort", stop);
  }
  return { subject: oneLine(parser.subject), body, parts };
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

/** A decoded subject may hold line ends (mailparser 3.14). */
function oneLine(subject: string | undefined): string | null {
  const line = (subject ?? "").replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  return line === "" ? null : line.slice(0, 1_000);
}
