import { wroteAlone } from "./phrase-patterns.js";

/** A line of an email, as the rules read it. Only `text` is ever shown. */
export interface Line {
  readonly text: string;
  /** The text without quote marks, direction marks, HTML entities and repeated spaces; Arabic digits as Latin ones. */
  readonly content: string;
  /** How deeply it is quoted: by `>` in plain text, by nested elements in HTML. */
  readonly depth: number;
  /** Whether the HTML says that old text begins here: a quote's element, or that of Afterchat's marker. */
  readonly opens: "nothing" | "quote" | "marker";
  /** Whether the HTML marks it as part of a signature. */
  readonly signature: boolean;
}

/** No line that a rule matches is longer; longer ones are paragraphs of a person and are not searched. */
export const maxRuleLine = 500;

const INVISIBLE = /\u034f|[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
/** Needs no replacements. Most lines match, and one test is cheaper than four replacements. */
const PLAIN = /^[\x21-\x25\x27-\x7e]+(?: [\x21-\x25\x27-\x7e]+)* ?$/;
const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&amp;": "&",
  "&nbsp;": " ",
};

/** See `Line.content`. */
export function contentOf(text: string): string {
  if (text.length > maxRuleLine * 2 || PLAIN.test(text)) return text.trim();
  return text
    .replace(INVISIBLE, "")
    .replace(/&(?:lt|gt|quot|amp|nbsp);/g, (entity) => ENTITIES[entity] ?? entity)
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 15))
    .replace(/[\s\u00a0\u202f]+/g, " ")
    .trim();
}

/** A line of plain text. */
function plainLine(text: string): Line {
  const [depth, start] = quoteMarks(text);
  const content = contentOf(text.slice(start));
  // "> wrote:": the mark closes an address on the line above.
  if (depth === 1 && wroteAlone.test(content))
    return { text, content: `> ${content}`, depth: 0, opens: "nothing", signature: false };
  return { text, content, depth, opens: "nothing", signature: false };
}

/** The rules read no more lines of an email; lines below are kept or removed with the last one that was read. */
export const maxRuleLines = 20_000;

/** A text as lines, whichever line ends it has. */
export function plainLines(text: string): Line[] {
  const lines = text.replace(/\r\n?|[\u2028\u2029]/g, "\n").split("\n");
  return lines.map((line, index) => (index < maxRuleLines ? plainLine(line) : unreadLine(line)));
}

/** A line below the last one that the rules read. */
export function unreadLine(text: string): Line {
  return { text, content: text.trim(), depth: 0, opens: "nothing", signature: false };
}

/** `> > text`: at most three spaces precede a mark. `>_<` is an emoticon. */
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
