import type { MailContent, MailMessage } from "../template/template-contract.js";
import type { Translations } from "../translations/translations.js";
import type { FullContent } from "./build-content.js";
import { renderHtml, renderMessageHtml } from "./render-html.js";
import { truncateBySize } from "./sanitize-text.js";

/** Gmail clips an email at about 102 KB of HTML. */
export const MAX_HTML_BYTES = 100_000;
/** Reserved for the notices that count omitted messages. */
const NOTICES_BYTES = 1_000;
/** Bytes of the characters that become longer in HTML: a line end becomes `<br>`, a quotation mark `&quot;`. */
const ESCAPED_BYTES: Readonly<Record<string, number>> = { "\n": 4, "&": 5, "<": 4, ">": 4, '"': 6, "'": 6 };

/** Where the visitor finds omitted messages: in an attached file of this name, or on the website. */
export type Elsewhere = { readonly attachedAs: string } | "website";

/** Content that fits into an email, with its HTML. */
export interface FittedContent {
  readonly content: MailContent;
  readonly html: string;
}

/** The unchanged content, or `null` if its HTML would be larger than `MAX_HTML_BYTES`. */
export function fitWithoutShortening(full: FullContent): FittedContent | null {
  // A character has at least one byte: a long transcript need not be rendered.
  if (full.messages.reduce((length, { text }) => length + text.length, 0) > MAX_HTML_BYTES) return null;
  const content = addNotices(full, []);
  const html = renderHtml(content);
  return byteLength(html) <= MAX_HTML_BYTES ? { content, html } : null;
}

/**
 * Omits messages until the content fits: the oldest context first, then the oldest replies. The email says how many
 * were omitted. The newest reply always stays; if it is too large by itself, it is truncated between two graphemes and
 * says so.
 */
export function shortenToFit(full: FullContent, elsewhere: Elsewhere): FittedContent {
  const { messages, translations } = full;
  const frameBytes = byteLength(renderHtml({ ...addNotices(full, []), messages: [] })) + NOTICES_BYTES;
  const availableBytes = MAX_HTML_BYTES - frameBytes;
  const sizes = messages.map((message) => byteLength(renderMessageHtml(message, full.direction)) + 1);
  let sizeBytes = sizes.reduce((sum, size) => sum + size, 0);

  const omitted = new Set<number>();
  const newest = messages.findLastIndex((message) => message.role === "pending");
  for (const index of [...indexesOf(messages, "context"), ...indexesOf(messages, "pending")]) {
    if (sizeBytes <= availableBytes) break;
    if (index === newest) continue;
    omitted.add(index);
    sizeBytes -= sizes[index] ?? 0;
  }

  const remaining = messages.filter((_, index) => !omitted.has(index));
  const fitting =
    sizeBytes <= availableBytes
      ? remaining
      : remaining.map((message) => truncateMessage(message, availableBytes, full, elsewhere));
  const omittedReplies = [...omitted].filter((index) => messages[index]?.role === "pending").length;
  const omittedContext = omitted.size - omittedReplies;
  const notices = noticesFor(omittedContext, omittedReplies, elsewhere, translations);
  const earlierMessages = elsewhere === "website" ? full.earlierMessages + omittedContext : full.earlierMessages;
  const content = addNotices({ ...full, messages: fitting, earlierMessages }, notices);
  return { content, html: renderHtml(content) };
}

/** Adds the lines above the messages: how many more there are and where, and what the messages are. */
function addNotices(full: FullContent, notices: readonly string[]): MailContent {
  const { translations, earlierMessages, messagesIntro, ...content } = full;
  const earlier = earlierMessages > 0 ? [translations.t("earlierMessages", { count: earlierMessages })] : [];
  return { ...content, notices: [...earlier, ...notices, ...(messagesIntro === null ? [] : [messagesIntro])] };
}

function noticesFor(
  context: number,
  replies: number,
  elsewhere: Elsewhere,
  translations: Translations,
): readonly string[] {
  if (elsewhere === "website") return replies > 0 ? [translations.t("moreReplies", { count: replies })] : [];
  const count = context + replies;
  return count > 0 ? [translations.t("attachedMessages", { count, file: elsewhere.attachedAs })] : [];
}

function truncateMessage(
  message: MailMessage,
  availableBytes: number,
  { translations, direction }: FullContent,
  elsewhere: Elsewhere,
): MailMessage {
  const note =
    elsewhere === "website"
      ? translations.t("restOnWebsite")
      : translations.t("restAttached", { file: elsewhere.attachedAs });
  const frameBytes = byteLength(renderMessageHtml({ ...message, text: " ", note }, direction));
  const text = truncateBySize(message.text, availableBytes - frameBytes, (grapheme) =>
    [...grapheme].reduce((sum, character) => sum + (ESCAPED_BYTES[character] ?? byteLength(character)), 0),
  );
  return { ...message, text, note };
}

function indexesOf(messages: readonly MailMessage[], role: MailMessage["role"]): readonly number[] {
  return messages.flatMap((message, index) => (message.role === role ? [index] : []));
}

function byteLength(text: string): number {
  return Buffer.byteLength(text);
}
