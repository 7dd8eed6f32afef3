import type { Classification } from "./classify-lines.js";
import type { Line } from "./line.js";
import {
  followsDelimiter,
  isDisclaimer,
  isListFooter,
  looksLikeSignature,
  maxSignatureLines,
  ruleKind,
  sentFromKind,
} from "./signatures.js";

/**
 * Where the sender's text ends (exclusive): before trailing quotes, signatures, "Sent from my phone" and virus scanner
 * lines. They appear in any order, so one piece after the other is removed from the end, but never the last line of
 * text.
 */
export function findEnd(lines: readonly Line[], classification: Classification, from: number): number {
  const { roles } = classification;
  const first = roles.indexOf("text");
  let end = from;
  for (;;) {
    while (end > 0 && roles[end - 1] !== "text" && (roles[end - 1] !== "quote" || (first !== -1 && first < end))) end--;
    const next = trimOnePiece(lines, classification, first, end);
    if (next === end) return end;
    end = next;
  }
}

/** The end after one trailing piece below the last quote or quote intro is removed; `end` when there is none. */
function trimOnePiece(lines: readonly Line[], classification: Classification, first: number, end: number): number {
  const { roles, code } = classification;
  const last = end - 1;
  const content = lines[last]?.content ?? "";
  if (last < 0 || roles[last] !== "text" || code[last] === true) return end;
  const alone = last === 0 || roles[last - 1] !== "text" || sentFromKind(lines[last - 1]?.content ?? "") !== "no";
  const phone = sentFromKind(content);
  if (phone === "certain" || (phone === "likely" && alone)) return last;
  if (last > first && ruleKind(content) !== "no") return last;
  let start = end;
  while (
    start > 0 &&
    end - start < maxSignatureLines * 2 &&
    (roles[start - 1] === "text" || roles[start - 1] === "blank" || roles[start - 1] === "boilerplate")
  )
    start--;
  const belowQuote = start > 0 && (roles[start - 1] === "quote" || roles[start - 1] === "quote-intro");
  const signature = findSignature(lines, code, start, end);
  if (signature !== null && (signature > first || belowQuote)) return signature;
  return findDisclaimer(lines, classification, start, end, belowQuote) ?? end;
}

function findSignature(lines: readonly Line[], code: readonly boolean[], start: number, end: number): number | null {
  for (let index = start; index < end; index++) {
    const kind = ruleKind(lines[index]?.content ?? "");
    if (kind === "no" || code[index] === true) continue;
    const below = lines.slice(index + 1, end).map((line) => line.content);
    // RFC 3676 requires the space after the hyphens, and people do not type it.
    const exact = lines[index]?.text === "-- " && below.filter((content) => content !== "").length <= maxSignatureLines;
    if (exact || (kind === "delimiter" && followsDelimiter(below)) || looksLikeSignature(below)) return index;
  }
  return null;
}

/** Only below a quote or a rule: elsewhere "this is confidential" may be part of the message. */
function findDisclaimer(
  lines: readonly Line[],
  { roles }: Classification,
  start: number,
  end: number,
  belowQuote: boolean,
): number | null {
  let paragraph = end;
  while (paragraph > start && roles[paragraph - 1] === "text" && ruleKind(lines[paragraph - 1]?.content ?? "") === "no")
    paragraph--;
  const contents = lines.slice(paragraph, end).map((line) => line.content);
  if (paragraph > start && contents.length <= 3 && isListFooter(contents[0] ?? "")) return paragraph;
  if (!isDisclaimer(contents.join(" "))) return null;
  let above = paragraph;
  while (above > start && lines[above - 1]?.content === "") above--;
  const belowRule = above > start && ruleKind(lines[above - 1]?.content ?? "") !== "no";
  return belowRule || (belowQuote && above === start) ? paragraph : null;
}
