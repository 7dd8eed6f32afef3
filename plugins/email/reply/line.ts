import { wroteAlone } from "./phrase-patterns.js";

/** A line of a mail, as the rules see it. Only `text` is ever shown. */
export interface Line {
  readonly text: string;
  /** The words without quote marks, emphasis, direction marks and doubled spaces; Arabic digits as Latin ones. */
  readonly content: string;
  /** How many times it is quoted: by `>` in plain text, by its element in HTML. */
  readonly depth: number;
  /** The mail's HTML says that something old begins here: the element of a quote, of our marker. */
  readonly opens: "nothing" | "quote" | "marker";
  /** The mail's HTML says that a signature is here. */
  readonly signature: boolean;
}

/** No line that a rule looks for is longer; longer ones are a person's paragraph, and are not searched. */
export const maxRuleLine = 500;

const INVISIBLE = /\u034f|[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
/** Nothing to do: most lines are like this, and a test is cheaper than four replacements. */
const PLAIN = /^[\x21-\x25\x27-\x7e]+(?: [\x21-\x25\x27-\x7e]+)* ?$/;
const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&amp;": "&",
  "&nbsp;": " ",
};

/** What of a line the rules read: see `Line.content`. */
export function contentOf(text: string): string {
  if (text.length > maxRuleLine * 2 || PLAIN.test(text)) return text.trim();
  return text
    .replace(INVISIBLE, "")
    .replace(/&(?:lt|gt|quot|amp|nbsp);/g, (entity) => ENTITIES[entity] ?? entity)
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 15))
    .replace(/[\s\u00a0\u202f]+/g, " ")
    .trim();
}

/** A line of a plain text. */
function plainLine(text: string): Line {
  const [depth, start] = quoteMarks(text);
  const content = contentOf(text.slice(start));
  // "> wrote:": the mark closes an address that a program put on the line above.
  if (depth === 1 && wroteAlone.test(content))
    return { text, content: `> ${content}`, depth: 0, opens: "nothing", signature: false };
  return { text, content, depth, opens: "nothing", signature: false };
}

/** The rules read no more lines of a mail; what stands below them belongs to whatever the last of them does. */
export const maxRuleLines = 20_000;

/** A text as lines; all kinds of line ends are one. */
export function plainLines(text: string): Line[] {
  const lines = text.replace(/\r\n?|[\u2028\u2029]/g, "\n").split("\n");
  return lines.map((line, index) => (index < maxRuleLines ? plainLine(line) : unreadLine(line)));
}

/** A line below those that the rules read. */
export function unreadLine(text: string): Line {
  return { text, content: text.trim(), depth: 0, opens: "nothing", signature: false };
}

/**
 * `> > words`: at most three spaces stand before a mark. `>_<` is a face.
 */
function quoteMarks(text: string): readonly [depth: number, start: number] {
  let depth = 0;
  let spaces = 0;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === ">") {
      depth++;
      spaces = 0;
      start = index + 1;
    } else if (character === " " || character === "\u00a0" || INVISIBLE_START.test(character ?? "")) {
      spaces++;
      if (spaces > 3) break;
    } else break;
  }
  if (depth === 1 && /^[_.:;,*^-]{1,3}[<>](?:\s|$)/.test(text.slice(start, start + 5))) return [0, 0];
  return [depth, start];
}

const INVISIBLE_START = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;
