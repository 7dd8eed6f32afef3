import type { Reading } from "./classify-lines.js";
import type { Line } from "./line.js";
import {
  followsDelimiter,
  isDisclaimer,
  isListFooter,
  looksLikeSignature,
  maxSignature,
  ruleKind,
  sentFromKind,
} from "./signatures.js";

/**
 * Where the person's words end: before quotes that nothing follows, signatures, a phone's or a scanner's lines. Takes away
 * again and again from the end, for they stand in any order. Stops before it would take the last word.
 */
export function cutTail(lines: readonly Line[], reading: Reading, from: number): number {
  const { roles } = reading;
  const first = roles.indexOf("words");
  let end = from;
  for (;;) {
    while (end > 0 && roles[end - 1] !== "words" && (roles[end - 1] !== "quote" || (first !== -1 && first < end)))
      end--;
    const next = withoutTail(lines, reading, first, end);
    if (next === end) return end;
    end = next;
  }
}

/** The words from the last quote or opening on, less one piece of tail; `end` when there is none. */
function withoutTail(lines: readonly Line[], reading: Reading, first: number, end: number): number {
  const { roles, code } = reading;
  const last = end - 1;
  const content = lines[last]?.content ?? "";
  if (last < 0 || roles[last] !== "words" || code[last] === true) return end;
  const alone = last === 0 || roles[last - 1] !== "words" || sentFromKind(lines[last - 1]?.content ?? "") !== "no";
  const phone = sentFromKind(content);
  if (phone === "certain" || (phone === "likely" && alone)) return last;
  if (last > first && ruleKind(content) !== "no") return last;
  let start = end;
  while (
    start > 0 &&
    end - start < maxSignature * 2 &&
    (roles[start - 1] === "words" || roles[start - 1] === "blank" || roles[start - 1] === "trimmings")
  )
    start--;
  const belowQuote = start > 0 && (roles[start - 1] === "quote" || roles[start - 1] === "opening");
  const signature = beginningOfSignature(lines, code, start, end);
  if (signature !== null && (signature > first || belowQuote)) return signature;
  return beginningOfDisclaimer(lines, reading, start, end, belowQuote) ?? end;
}

function beginningOfSignature(
  lines: readonly Line[],
  code: readonly boolean[],
  start: number,
  end: number,
): number | null {
  for (let index = start; index < end; index++) {
    const kind = ruleKind(lines[index]?.content ?? "");
    if (kind === "no" || code[index] === true) continue;
    const below = lines.slice(index + 1, end).map((line) => line.content);
    // The space behind the hyphens is what RFC 3676 asks for, and what people do not type.
    const exact = lines[index]?.text === "-- " && below.filter((content) => content !== "").length <= maxSignature;
    if (exact || (kind === "delimiter" && followsDelimiter(below)) || looksLikeSignature(below)) return index;
  }
  return null;
}

/** Only below a quote or a rule: otherwise "this is confidential" may be what somebody wanted to say. */
function beginningOfDisclaimer(
  lines: readonly Line[],
  { roles }: Reading,
  start: number,
  end: number,
  belowQuote: boolean,
): number | null {
  let paragraph = end;
  while (
    paragraph > start &&
    roles[paragraph - 1] === "words" &&
    ruleKind(lines[paragraph - 1]?.content ?? "") === "no"
  )
    paragraph--;
  const words = lines.slice(paragraph, end).map((line) => line.content);
  if (paragraph > start && words.length <= 3 && isListFooter(words[0] ?? "")) return paragraph;
  if (!isDisclaimer(words.join(" "))) return null;
  let above = paragraph;
  while (above > start && lines[above - 1]?.content === "") above--;
  const belowRule = above > start && ruleKind(lines[above - 1]?.content ?? "") !== "no";
  return belowRule || (belowQuote && above === start) ? paragraph : null;
}
