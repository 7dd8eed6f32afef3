import type { MailContent, MailMessage } from "./content.js";
import { htmlBody, htmlOfMessage } from "./html-body.js";
import { cutBySize } from "./names.js";
import { texts } from "./texts.js";

/** Gmail clips a mail at about 102 KB of HTML. */
const MAX_HTML_BYTES = 100_000;
/** Room for the lines that count what was left out. */
const COUNTED_LINES_BYTES = 500;
/** The longest that HTML makes of one character: a line end becomes `<br>`, a quotation mark `&quot;`. */
const ESCAPES: Readonly<Record<string, number>> = { "\n": 4, "&": 5, "<": 4, ">": 4, '"': 6, "'": 6 };

/** What the mail says, and that as HTML. */
export interface FittedContent {
  readonly content: MailContent;
  readonly html: string;
}

/** Renders the content, shortened where the HTML would be larger than mail programs show. */
export function fitContent(content: MailContent): FittedContent {
  const html = htmlBody(content);
  if (byteLength(html) <= MAX_HTML_BYTES) return { content, html };
  const shortened = shortenContent(content);
  return { content: shortened, html: htmlBody(shortened) };
}

/**
 * Leaves out what is too much: the oldest context first, then the oldest replies. Everything left out is counted in the
 * mail. The newest reply always stays; when it alone is too large it is cut between two graphemes and says so.
 */
function shortenContent(content: MailContent): MailContent {
  const frame = byteLength(htmlBody({ ...content, messages: [] })) + COUNTED_LINES_BYTES;
  const room = MAX_HTML_BYTES - frame;
  const sizes = content.messages.map((message) => byteLength(htmlOfMessage(message)) + 1);
  let size = sizes.reduce((sum, next) => sum + next, 0);

  const leftOut = new Set<number>();
  const newest = content.messages.findLastIndex((message) => message.role === "pending");
  for (const index of [...indexesOf(content, "context"), ...indexesOf(content, "pending")]) {
    if (size <= room) break;
    if (index === newest) continue;
    leftOut.add(index);
    size -= sizes[index] ?? 0;
  }

  const kept = content.messages.filter((_, index) => !leftOut.has(index));
  const repliesLeftOut = [...leftOut].filter((index) => content.messages[index]?.role === "pending").length;
  return {
    ...content,
    messages: size <= room ? kept : kept.map((message) => cutMessage(message, room)),
    earlierMessages: content.earlierMessages + leftOut.size - repliesLeftOut,
    moreReplies: content.moreReplies + repliesLeftOut,
  };
}

function cutMessage(message: MailMessage, room: number): MailMessage {
  const frame = byteLength(htmlOfMessage({ ...message, text: " ", note: texts.restOfMessage }));
  const text = cutBySize(message.text, room - frame, (grapheme) =>
    [...grapheme].reduce((sum, character) => sum + (ESCAPES[character] ?? byteLength(character)), 0),
  );
  return { ...message, text, note: texts.restOfMessage };
}

function indexesOf(content: MailContent, role: MailMessage["role"]): readonly number[] {
  return content.messages.flatMap((message, index) => (message.role === role ? [index] : []));
}

function byteLength(text: string): number {
  return Buffer.byteLength(text);
}
