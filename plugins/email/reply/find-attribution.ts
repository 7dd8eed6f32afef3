import { type Line, maxRuleLine } from "./line.js";
import { beginsWithDate, beginsWithPerson, hasAddress, hasDate, hasTime } from "./line-patterns.js";
import { iWrote, opens, quoting, wrote, wroteAtEnd, wroteWithColon } from "./phrase-patterns.js";

/** "On 4 March, Ana wrote:", from its first line up to, not including, `end`. */
export interface Attribution {
  readonly start: number;
  readonly end: number;
}

/** Gmail wraps at 78 columns, others leave empty lines inside: no attribution has more lines. */
const maxLines = 6;

/**
 * The attribution that ends with the line `last`, or null. Searches backwards, because the end is distinctive: a colon,
 * or the word "wrote". The nearest line that can begin one wins, so that no text above is included.
 */
export function findAttribution(lines: readonly Line[], last: number, followedBy: FollowedBy): Attribution | null {
  const ending = lines[last];
  if (ending === undefined || ending.content === "" || ending.content.length > maxRuleLine) return null;
  const inline = wroteInside(ending.content);
  if (inline === null && !canEnd(ending.content, followedBy)) return null;
  let joined = "";
  let person: number | null = null;
  let fallback: number | null = null;
  for (let start = last; start > last - maxLines && start >= 0; start--) {
    const line = lines[start];
    if (line === undefined || line.depth !== ending.depth) break;
    // Only an address may be separated from the rest of an attribution by an empty line.
    if (line.content === "" && !/^(?:[<(]|mailto:)/.test(joined)) break;
    const content = start === last && inline !== null ? inline : line.content;
    joined = joined === "" || content === "" ? content + joined : `${content} ${joined}`;
    if (joined.length > maxRuleLine) break;
    const begins = content === "" ? null : beginning(content, joined);
    if (
      begins === null ||
      (start < last && !canBeFirstOfSeveral(begins, content)) ||
      !isAttribution(joined, begins, followedBy)
    )
      continue;
    if (begins === "name") fallback ??= start;
    else if (begins === "person") person ??= start;
    else return { start, end: last + 1 };
  }
  const start = person ?? fallback;
  return start === null ? null : { start, end: last + 1 };
}

/** What the lines below are: marked as a quote, or plain text. */
export type FollowedBy = "quote" | "text";

function canEnd(content: string, followedBy: FollowedBy): boolean {
  return (
    /[:：]["'”»)\]*-]*$/.test(content) ||
    wroteAtEnd.test(content.slice(-40)) ||
    (followedBy === "quote" && />$/.test(content))
  );
}

/**
 * The first line of a wrapped attribution contains the date; otherwise the sender wrote it: "On it!" above "Ana
 * wrote:".
 */
function canBeFirstOfSeveral(begins: Beginning, line: string): boolean {
  return (begins !== "opener" && begins !== "date") || hasDate(line) || hasTime(line);
}

/** "… wrote:   Your parcel": Yahoo's app puts the old text on the same line. */
function wroteInside(content: string): string | null {
  if (!opens.test(content) && !beginsWithDate(content)) return null;
  const match = wroteWithColon.exec(content);
  return match !== null && hasAddress(content.slice(0, match.index))
    ? content.slice(0, match.index + match[0].length)
    : null;
}

type Beginning = "opener" | "date" | "quoting" | "person" | "name";

function beginning(line: string, joined: string): Beginning | null {
  const content = line.replace(/^[-–—*_>\s]+/, "");
  if (quoting.test(content)) return "quoting";
  if (opens.test(content)) return "opener";
  if (beginsWithDate(content)) return "date";
  if (beginsWithPerson(content)) return "person";
  return joined === line ? "name" : null;
}

/**
 * How much evidence is needed depends on the beginning and on what follows. With a quote right below little is enough:
 * at worst one line above a quote is lost. Where all text below would be removed as well, only the exact form of an
 * email client counts.
 */
function isAttribution(text: string, begins: Beginning, followedBy: FollowedBy): boolean {
  if (iWrote.test(text)) return false;
  const colon = /[:：][^\p{L}\p{N}]{0,6}$/u.test(text);
  const [date, time, address] = [hasDate(text), hasTime(text), hasAddress(text)];
  const atEnd = wroteAtEnd.test(text.slice(-40));
  const verb = atEnd || wrote.test(text);
  if (begins === "quoting") return colon && (address || followedBy === "quote");
  if (followedBy === "quote") {
    const datedAddress = /^(?:opener|date)$/.test(begins) && date && address;
    if (datedAddress && (colon || />$/.test(text))) return true;
    if (colon && ((address && (time || date)) || (date && time))) return true;
    if (verb && (colon || atEnd)) return date || time || address || isShort(text);
    return false;
  }
  if (begins === "person")
    return verb && colon && /[<[(][^<>]{3,90}[>)\]]/.test(text) && address && hasFewWordsAfterAddress(text);
  if (begins === "name")
    return verb && colon && date && time && /^\p{Lu}[^.!?:]{0,80}$/u.test(text.slice(0, text.search(wrote)));
  if (begins === "opener" && !hasEarlyNumber(text)) return false;
  if (!(date && time) && !(address && (date || time))) return false;
  if (atEnd) return colon || (address && date) || /^-{2,}/.test(text);
  if (verb) return colon && hasFewWordsAfterVerb(text);
  return colon && date && time && endsWithAddress(text);
}

/** "On Wednesday, September 4": in a sentence that begins with the same word a number comes later, if at all. */
function hasEarlyNumber(text: string): boolean {
  return /^[^\p{L}\p{N}]*(?:\S+\s){1,4}?[^\p{L}\p{N}]?\d|^[^\d\s]{0,8}\d/u.test(text);
}

/** "Ana Home wrote:", "you wrote:": too short for a sentence. */
function isShort(text: string): boolean {
  return text.split(" ").length <= 6;
}

/** Between address and colon only "wrote" and perhaps a date: not a sentence about somebody's email. */
function hasFewWordsAfterAddress(text: string): boolean {
  return text.slice(text.lastIndexOf("@")).split(" ").length <= 14;
}

/** "schrieb Ana Home <ana@…>:": a name follows, not a sentence. */
function hasFewWordsAfterVerb(text: string): boolean {
  return text.slice(text.search(wrote)).split(" ").length <= 12;
}

function endsWithAddress(text: string): boolean {
  return (
    /@[^\s<>@]{1,80}[>)][^\p{L}\p{N}]*$/u.test(text) ||
    (/@[^\s<>@]{1,80}:$/.test(text) && /\d \p{L}{2,4} [^\s@]{1,64}@[^\s@]{1,80}:$/u.test(text))
  );
}
