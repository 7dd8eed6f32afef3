import type { MailContent, MailMessage } from "../template/template-contract.js";
import type { Words } from "../translations/translations.js";
import type { WholeContent } from "./build-content.js";
import { htmlBody, htmlOfMessage } from "./render-html.js";
import { cutBySize } from "./sanitize-text.js";

/** Gmail clips a mail at about 102 KB of HTML. */
export const MAX_HTML_BYTES = 100_000;
/** Room for the lines that count what was left out. */
const COUNTED_LINES_BYTES = 1_000;
/** The longest that HTML makes of one character: a line end becomes `<br>`, a quotation mark `&quot;`. */
const ESCAPES: Readonly<Record<string, number>> = { "\n": 4, "&": 5, "<": 4, ">": 4, '"': 6, "'": 6 };

/** Where what finds no room is told to be: in an attached file of this name, or on the website. */
export type Elsewhere = { readonly attachedAs: string } | "website";

/** What the mail says, and that as HTML. */
export interface FittedContent {
  readonly content: MailContent;
  readonly html: string;
}

/** The content as it is, or `null` where its HTML would be larger than mail programs show. */
export function wholeMail(whole: WholeContent): FittedContent | null {
  // A character is a byte at least: of a long transcript no HTML is made in vain.
  if (whole.messages.reduce((length, { text }) => length + text.length, 0) > MAX_HTML_BYTES) return null;
  const content = withNotices(whole, []);
  const html = htmlBody(content);
  return byteLength(html) <= MAX_HTML_BYTES ? { content, html } : null;
}

/**
 * Leaves out what is too much: the oldest context first, then the oldest replies. Everything left out is counted in the
 * mail. The newest reply always stays; when it alone is too large it is cut between two graphemes and says so.
 */
export function shortenMail(whole: WholeContent, elsewhere: Elsewhere): FittedContent {
  const { messages, words } = whole;
  const frame = byteLength(htmlBody({ ...withNotices(whole, []), messages: [] })) + COUNTED_LINES_BYTES;
  const room = MAX_HTML_BYTES - frame;
  const sizes = messages.map((message) => byteLength(htmlOfMessage(message, whole.direction)) + 1);
  let size = sizes.reduce((sum, next) => sum + next, 0);

  const leftOut = new Set<number>();
  const newest = messages.findLastIndex((message) => message.role === "pending");
  for (const index of [...indexesOf(messages, "context"), ...indexesOf(messages, "pending")]) {
    if (size <= room) break;
    if (index === newest) continue;
    leftOut.add(index);
    size -= sizes[index] ?? 0;
  }

  const kept = messages.filter((_, index) => !leftOut.has(index));
  const fitting = size <= room ? kept : kept.map((message) => cutMessage(message, room, whole, elsewhere));
  const repliesLeftOut = [...leftOut].filter((index) => messages[index]?.role === "pending").length;
  const notices = noticesOf(leftOut.size - repliesLeftOut, repliesLeftOut, elsewhere, words);
  const earlier =
    elsewhere === "website" ? whole.earlierMessages + leftOut.size - repliesLeftOut : whole.earlierMessages;
  const content = withNotices({ ...whole, messages: fitting, earlierMessages: earlier }, notices);
  return { content, html: htmlBody(content) };
}

/** What stands before the messages: how many there are elsewhere, and what these are. */
function withNotices(whole: WholeContent, notices: readonly string[]): MailContent {
  const { words, earlierMessages, opening, ...content } = whole;
  const earlier = earlierMessages > 0 ? [words.say("earlierMessages", { count: earlierMessages })] : [];
  return { ...content, notices: [...earlier, ...notices, ...(opening === null ? [] : [opening])] };
}

function noticesOf(context: number, replies: number, elsewhere: Elsewhere, words: Words): readonly string[] {
  if (elsewhere === "website") return replies > 0 ? [words.say("moreReplies", { count: replies })] : [];
  const count = context + replies;
  return count > 0 ? [words.say("attachedMessages", { count, file: elsewhere.attachedAs })] : [];
}

function cutMessage(message: MailMessage, room: number, whole: WholeContent, elsewhere: Elsewhere): MailMessage {
  const { words, direction } = whole;
  const note =
    elsewhere === "website" ? words.say("restOnWebsite") : words.say("restAttached", { file: elsewhere.attachedAs });
  const frame = byteLength(htmlOfMessage({ ...message, text: " ", note }, direction));
  const text = cutBySize(message.text, room - frame, (grapheme) =>
    [...grapheme].reduce((sum, character) => sum + (ESCAPES[character] ?? byteLength(character)), 0),
  );
  return { ...message, text, note };
}

function indexesOf(messages: readonly MailMessage[], role: MailMessage["role"]): readonly number[] {
  return messages.flatMap((message, index) => (message.role === role ? [index] : []));
}

function byteLength(text: string): number {
  return Buffer.byteLength(text);
}
