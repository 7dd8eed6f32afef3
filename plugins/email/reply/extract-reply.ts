import { htmlLines } from "./html/html-lines.js";
import { type Line, maxRuleLines, plainLines } from "./line.js";
import { markIndentedQuote } from "./mark-indented-quote.js";
import { cutQuotes } from "./remove-quotes.js";

/** The parts of a mail, decoded. `text` is its own text/plain part, not one that a parser made of the HTML. */
export interface MailBody {
  readonly text: string | null;
  readonly html: string | null;
}

/** What is new in an answered mail. It is plain text: of the HTML nothing but words is left. */
export interface ReplyText {
  /** Never empty unless the mail is. */
  readonly text: string;
  /**
   * By what the old was known: our marker, the HTML's structure, or words. `untouched`: nothing old was found.
   * `nothing-new`: nothing but old was found, so that `text` is the whole mail.
   */
  readonly layer: "marker" | "structure" | "wording" | "untouched" | "nothing-new";
}

/** Longer parts are cut off here before the rules read them; nobody types a million characters. */
const maxPart = 2_000_000;

/**
 * The new text of a mail. Never throws, and takes time in proportion to the length.
 *
 * The HTML is believed where its structure says what is quoted: mail programs draw that border themselves, while the border in
 * plain text is made of words. Without such structure the plain text is read, which is what the person's program says that
 * they wrote; and the HTML's words only when there is no plain text.
 */
export function extractReply(mail: MailBody): ReplyText {
  const html = mail.html === null ? [] : htmlLines(mail.html.slice(0, maxPart));
  const text = mail.text === null ? [] : markIndentedQuote(plainLines(mail.text.slice(0, maxPart)));
  if (isStructured(html)) {
    const reply = newText(html);
    if (reply.layer !== "nothing-new" || !hasWords(text)) return reply;
  }
  return newText(hasWords(text) ? text : html);
}

function newText(lines: readonly Line[]): ReplyText {
  const read = lines.slice(0, maxRuleLines);
  const { lines: cut, reading } = cutQuotes(read);
  const kept = cut !== null && cut.at(-1) === read.at(-1) ? [...cut, ...lines.slice(maxRuleLines)] : cut;
  const whole = join(lines);
  // Of an HTML mail's empty lines only one counts; in plain text they are the person's.
  const structured = isStructured(lines);
  const text = kept === null ? "" : structured ? join(kept).replace(/\n{3,}/g, "\n\n") : join(kept);
  if (text === "" && whole !== "") return { text: whole, layer: "nothing-new" };
  if (text === whole) return { text, layer: "untouched" };
  if (reading.openings.some((opening) => opening.by === "marker")) return { text, layer: "marker" };
  return { text, layer: structured ? "structure" : "wording" };
}

function isStructured(lines: readonly Line[]): boolean {
  return lines.some((line) => line.opens !== "nothing");
}

function hasWords(lines: readonly Line[]): boolean {
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
