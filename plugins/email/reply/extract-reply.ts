import { htmlLines } from "./html/html-lines.js";
import { type Line, maxRuleLines, plainLines } from "./line.js";
import { markIndentedQuote } from "./mark-indented-quote.js";
import { removeQuotes } from "./remove-quotes.js";

/** The decoded parts of an email. `text` is its own text/plain part, not one that a parser derived from the HTML. */
export interface BodyParts {
  readonly text: string | null;
  readonly html: string | null;
}

/** The new text of a reply, always as plain text. */
export interface ReplyText {
  /** Never empty unless the email is. */
  readonly text: string;
  /**
   * What identified the old text: Afterchat's marker, the HTML's structure, or the wording. `untouched`: no old text
   * was found. `nothing-new`: nothing but old text was found, so `text` is the whole email.
   */
  readonly layer: "marker" | "structure" | "wording" | "untouched" | "nothing-new";
}

/** Longer parts are truncated before the rules read them; nobody types two million characters. */
const maxPartLength = 2_000_000;

/**
 * The new text of an email. Never throws, and runs in linear time.
 *
 * The HTML is used where its structure says what is quoted: email clients mark quotes in HTML themselves, while in
 * plain text only the wording shows them. Without such structure the plain text part is used, and the text of the HTML
 * only when there is no plain text part.
 */
export function extractReply(mail: BodyParts): ReplyText {
  const html = mail.html === null ? [] : htmlLines(mail.html.slice(0, maxPartLength));
  const text = mail.text === null ? [] : markIndentedQuote(plainLines(mail.text.slice(0, maxPartLength)));
  if (isStructured(html)) {
    const reply = extractNewText(html);
    if (reply.layer !== "nothing-new" || !hasText(text)) return reply;
  }
  return extractNewText(hasText(text) ? text : html);
}

function extractNewText(lines: readonly Line[]): ReplyText {
  const examined = lines.slice(0, maxRuleLines);
  const { lines: remaining, classification } = removeQuotes(examined);
  const kept =
    remaining !== null && remaining.at(-1) === examined.at(-1)
      ? [...remaining, ...lines.slice(maxRuleLines)]
      : remaining;
  const whole = join(lines);
  // Runs of empty lines are collapsed in HTML; in plain text the sender typed them.
  const structured = isStructured(lines);
  const text = kept === null ? "" : structured ? join(kept).replace(/\n{3,}/g, "\n\n") : join(kept);
  if (text === "" && whole !== "") return { text: whole, layer: "nothing-new" };
  if (text === whole) return { text, layer: "untouched" };
  if (classification.quoteIntros.some((intro) => intro.by === "marker")) return { text, layer: "marker" };
  return { text, layer: structured ? "structure" : "wording" };
}

function isStructured(lines: readonly Line[]): boolean {
  return lines.some((line) => line.opens !== "nothing");
}

function hasText(lines: readonly Line[]): boolean {
  return lines.some(isVisible);
}

function isVisible(line: Line): boolean {
  return line.content !== "" || line.depth > 0;
}

/** Without empty lines at either end; the first line's indentation stays. */
function join(lines: readonly Line[]): string {
  const first = lines.findIndex(isVisible);
  const last = lines.findLastIndex(isVisible);
  return first === -1
    ? ""
    : lines
        .slice(first, last + 1)
        .map((line) => line.text)
        .join("\n")
        .trimEnd();
}
