import { type Classification, classifyLines, type LineRole } from "./classify-lines.js";
import { findEnd } from "./find-end.js";
import type { Line } from "./line.js";
import { ruleKind } from "./signatures.js";

/** The new lines; `null` when quote intros were found but no text of the sender outside of quotes. */
export interface WithoutQuotes {
  readonly lines: readonly Line[] | null;
  readonly classification: Classification;
}

/**
 * The lines that the sender wrote.
 *
 * - Below a quote intro whose old text has no quote marks, old and new cannot be distinguished: everything is
 *   removed.
 * - A quote with none of the sender's text below it is removed.
 * - A quote with all of the sender's text below it is removed too if an email client inserted it (it has a quote
 *   intro); a quote inserted by hand stays.
 * - Quotes between paragraphs of the sender stay, because the sender answers them. Quote intros are always removed.
 */
export function removeQuotes(lines: readonly Line[]): WithoutQuotes {
  const classification = classifyLines(lines);
  const { roles } = classification;
  const end = findEnd(lines, classification, findOldText(classification, lines));
  const firstText = roles.findIndex((role, index) => role === "text" && index < end);
  if (firstText === -1) return { lines: classification.quoteIntros.length > 0 ? null : lines, classification };
  const start = isReplyBelowQuote(classification, roles, firstText, end) ? firstText : 0;
  const kept = lines.filter((_, index) => index >= start && index < end && isShown(roles[index]));
  return { lines: kept, classification };
}

/** The first quote intro below which everything is old, with the rules and empty lines above it; else the end. */
function findOldText({ roles, quoteIntros }: Classification, lines: readonly Line[]): number {
  const firstText = roles.indexOf("text");
  for (const intro of quoteIntros) {
    if (intro.quoted || intro.followedBy === "quote") continue;
    // An HTML element has an end of its own.
    if (lines[intro.start]?.opens !== "nothing") continue;
    const hasTextBefore = firstText !== -1 && firstText < intro.start;
    // An attribution on top, without quote marks and with answers below: all that can be done is to drop its line.
    if (!hasTextBefore && intro.by === "attribution") continue;
    return skipRulesAbove(lines, intro.start);
  }
  return lines.length;
}

/** Outlook draws a line above the old email. */
function skipRulesAbove(lines: readonly Line[], start: number): number {
  let index = start;
  while (index > 0 && isRuleOrBlank(lines[index - 1])) index--;
  return index;
}

function isRuleOrBlank(line: Line | undefined): boolean {
  return line !== undefined && (line.content === "" || ruleKind(line.content) !== "no");
}

function isReplyBelowQuote(
  { quoteIntros }: Classification,
  roles: readonly LineRole[],
  firstText: number,
  end: number,
): boolean {
  const hasIntroAbove = quoteIntros.some((intro) => intro.start < firstText);
  const hasQuoteBelow = roles.some((role, index) => role === "quote" && index > firstText && index < end);
  return hasIntroAbove && !hasQuoteBelow;
}

function isShown(role: LineRole | undefined): boolean {
  return role === "text" || role === "quote" || role === "blank";
}
