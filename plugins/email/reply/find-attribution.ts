import { type Line, maxRuleLine } from "./line.js";
import { beginsWithDate, beginsWithPerson, hasAddress, hasDate, hasTime } from "./line-patterns.js";
import { iWrote, opens, quoting, wrote, wroteAtEnd, wroteWithColon } from "./phrase-patterns.js";

/** "On 4 March, Ana wrote:", from its first line up to, not including, `end`. */
export interface Attribution {
  readonly start: number;
  readonly end: number;
}

/** Gmail breaks at 78 columns, others leave empty lines inside: no attribution is longer. */
const maxLines = 6;

/**
 * The attribution that ends with the line `last`, or null. Looks back from the end, because the end is what tells: a colon,
 * or the word "wrote". The nearest line that can begin one wins, so that no words above are taken along.
 */
export function findAttribution(lines: readonly Line[], last: number, quoteFollows: QuoteFollows): Attribution | null {
  const ending = lines[last];
  if (ending === undefined || ending.content === "" || ending.content.length > maxRuleLine) return null;
  const inline = wroteInside(ending.content);
  if (inline === null && !canEnd(ending.content, quoteFollows)) return null;
  let joined = "";
  let person: number | null = null;
  let fallback: number | null = null;
  for (let start = last; start > last - maxLines && start >= 0; start--) {
    const line = lines[start];
    if (line === undefined || line.depth !== ending.depth) break;
    // Nothing but an address is ever parted from its attribution by an empty line.
    if (line.content === "" && !/^(?:[<(]|mailto:)/.test(joined)) break;
    const words = start === last && inline !== null ? inline : line.content;
    joined = joined === "" || words === "" ? words + joined : `${words} ${joined}`;
    if (joined.length > maxRuleLine) break;
    const begins = words === "" ? null : beginning(words, joined);
    if (
      begins === null ||
      (start < last && !mayBeBroken(begins, words)) ||
      !isAttribution(joined, begins, quoteFollows)
    )
      continue;
    if (begins === "name") fallback ??= start;
    else if (begins === "person") person ??= start;
    else return { start, end: last + 1 };
  }
  const start = person ?? fallback;
  return start === null ? null : { start, end: last + 1 };
}

export type QuoteFollows = "quote-follows" | "words-follow";

function canEnd(content: string, quoteFollows: QuoteFollows): boolean {
  return (
    /[:：]["'”»)\]*-]*$/.test(content) ||
    wroteAtEnd.test(content.slice(-40)) ||
    (quoteFollows === "quote-follows" && />$/.test(content))
  );
}

/** The first line of several holds the date, or else it is a person's: "On it!" above "Ana wrote:". */
function mayBeBroken(begins: Beginning, line: string): boolean {
  return (begins !== "opener" && begins !== "date") || hasDate(line) || hasTime(line);
}

/** "… wrote:   Your parcel": Yahoo's app puts the old words on the same line. */
function wroteInside(content: string): string | null {
  if (!opens.test(content) && !beginsWithDate(content)) return null;
  const match = wroteWithColon.exec(content);
  return match !== null && hasAddress(content.slice(0, match.index))
    ? content.slice(0, match.index + match[0].length)
    : null;
}

type Beginning = "opener" | "date" | "quoting" | "person" | "name";

function beginning(line: string, joined: string): Beginning | null {
  const words = line.replace(/^[-–—*_>\s]+/, "");
  if (quoting.test(words)) return "quoting";
  if (opens.test(words)) return "opener";
  if (beginsWithDate(words)) return "date";
  if (beginsWithPerson(words)) return "person";
  return joined === line ? "name" : null;
}

/**
 * How much has to be there depends on what begins and what follows. With a quote right below little is needed: the worst
 * that can happen is a lost line above a quote. Where everything below would go with it, only a mail program's own form does.
 */
function isAttribution(text: string, begins: Beginning, quoteFollows: QuoteFollows): boolean {
  if (iWrote.test(text)) return false;
  const colon = /[:：][^\p{L}\p{N}]{0,6}$/u.test(text);
  const [date, time, address] = [hasDate(text), hasTime(text), hasAddress(text)];
  const atEnd = wroteAtEnd.test(text.slice(-40));
  const verb = atEnd || wrote.test(text);
  if (begins === "quoting") return colon && (address || quoteFollows === "quote-follows");
  if (quoteFollows === "quote-follows") {
    const datedAddress = /^(?:opener|date)$/.test(begins) && date && address;
    if (datedAddress && (colon || />$/.test(text))) return true;
    if (colon && ((address && (time || date)) || (date && time))) return true;
    if (verb && (colon || atEnd)) return date || time || address || shortName(text);
    return false;
  }
  if (begins === "person")
    return verb && colon && /[<[(][^<>]{3,90}[>)\]]/.test(text) && address && wordsAfterAddress(text);
  if (begins === "name")
    return verb && colon && date && time && /^\p{Lu}[^.!?:]{0,80}$/u.test(text.slice(0, text.search(wrote)));
  if (begins === "opener" && !datedEarly(text)) return false;
  if (!(date && time) && !(address && (date || time))) return false;
  if (atEnd) return colon || (address && date) || /^-{2,}/.test(text);
  if (verb) return colon && fewWordsAfter(text);
  return colon && date && time && endsWithAddress(text);
}

/** "On Wednesday, September 4": a sentence that begins with the same word gets to a number later. */
function datedEarly(text: string): boolean {
  return /^[^\p{L}\p{N}]*(?:\S+\s){1,4}?[^\p{L}\p{N}]?\d|^[^\d\s]{0,8}\d/u.test(text);
}

/** "Ana Home wrote:", "you wrote:": no sentence. */
function shortName(text: string): boolean {
  return text.split(" ").length <= 6;
}

/** Between address and colon only "wrote" and perhaps a date: no sentence about somebody's mail. */
function wordsAfterAddress(text: string): boolean {
  return text.slice(text.lastIndexOf("@")).split(" ").length <= 14;
}

/** "schrieb Ana Home <ana@…>:": a name follows, no sentence. */
function fewWordsAfter(text: string): boolean {
  return text.slice(text.search(wrote)).split(" ").length <= 12;
}

function endsWithAddress(text: string): boolean {
  return (
    /@[^\s<>@]{1,80}[>)][^\p{L}\p{N}]*$/u.test(text) ||
    (/@[^\s<>@]{1,80}:$/.test(text) && /\d \p{L}{2,4} [^\s@]{1,64}@[^\s@]{1,80}:$/u.test(text))
  );
}
