import { type Reading, type Role, readRoles } from "./classify-lines.js";
import { cutTail } from "./find-end.js";
import type { Line } from "./line.js";
import { ruleKind } from "./signatures.js";

/** The lines that are new; `null` when a mail program's marks were found, but no word of a person outside of them. */
export interface Cut {
  readonly lines: readonly Line[] | null;
  readonly reading: Reading;
}

/**
 * Which lines are the person's own.
 *
 * - Below an opening whose old words carry no marks of a quote, nothing can be told apart: everything goes.
 * - A quote with nothing of the person's below it goes. - One with all of the person's words below it goes too, if a mail
 *   program put it there (an opening says so); a quote that somebody set by hand stays.
 * - Quotes between the person's words stay, for these answer them. The openings never do.
 */
export function cutQuotes(lines: readonly Line[]): Cut {
  const reading = readRoles(lines);
  const { roles } = reading;
  const end = cutTail(lines, reading, beginningOfOld(reading, lines));
  const firstWords = roles.findIndex((role, index) => role === "words" && index < end);
  if (firstWords === -1) return { lines: reading.openings.length > 0 ? null : lines, reading };
  const start = isAnswerBelow(reading, roles, firstWords, end) ? firstWords : 0;
  const kept = lines.filter((_, index) => index >= start && index < end && isShown(roles[index]));
  return { lines: kept, reading };
}

/** The first opening below which everything is old, with the rules and empty lines above it; else the end. */
function beginningOfOld(reading: Reading, lines: readonly Line[]): number {
  const firstWords = reading.roles.indexOf("words");
  for (const opening of reading.openings) {
    if (opening.quoted || opening.follows === "quote-follows") continue;
    // An element has an end of its own.
    if (lines[opening.start]?.opens !== "nothing") continue;
    const wordsBefore = firstWords !== -1 && firstWords < opening.start;
    // An attribution on top is an ill-marked mail with answers below; all that can be done is to drop its line.
    if (!wordsBefore && opening.by === "attribution") continue;
    return withoutRules(lines, opening.start);
  }
  return lines.length;
}

/** Outlook draws a line above the old mail. */
function withoutRules(lines: readonly Line[], start: number): number {
  let index = start;
  while (index > 0 && isRuleOrBlank(lines[index - 1])) index--;
  return index;
}

function isRuleOrBlank(line: Line | undefined): boolean {
  return line !== undefined && (line.content === "" || ruleKind(line.content) !== "no");
}

function isAnswerBelow(reading: Reading, roles: readonly Role[], firstWords: number, end: number): boolean {
  const opened = reading.openings.some((opening) => opening.start < firstWords);
  const quotedBelow = roles.some((role, index) => role === "quote" && index > firstWords && index < end);
  return opened && !quotedBelow;
}

function isShown(role: Role | undefined): boolean {
  return role === "words" || role === "quote" || role === "blank";
}
