import { type FollowedBy, findAttribution } from "./find-attribution.js";
import { findHeaderBlock, isSeparator } from "./find-header-block.js";
import type { Line } from "./line.js";
import { isMarker } from "./marker.js";

/**
 * What a line is: `text` that the sender wrote, part of a `quote`, a `quote-intro` (what an email client writes above
 * old text), `boilerplate` (a signature that the HTML marks, a PGP signature), or `blank`.
 */
export type LineRole = "text" | "quote" | "quote-intro" | "boilerplate" | "blank";

/** Where old text begins: an attribution, a header block, Afterchat's marker, or an HTML element. */
interface QuoteIntro {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly by: "marker" | "structure" | "attribution" | "headers";
  readonly followedBy: FollowedBy;
  /** Inside a quote: it only introduces a quote within that quote. */
  readonly quoted: boolean;
}

export interface Classification {
  readonly roles: readonly LineRole[];
  readonly quoteIntros: readonly QuoteIntro[];
  /** Whether a line is code that the sender shows: never a quote or a signature. */
  readonly code: readonly boolean[];
}

/** Gives every line its role. One pass, in which each line is visited a bounded number of times. */
export function classifyLines(lines: readonly Line[]): Classification {
  const roles = lines.map((line): LineRole => (line.content === "" ? "blank" : line.depth > 0 ? "quote" : "text"));
  const code = findCode(lines);
  for (const [index, isCode] of code.entries()) if (isCode && roles[index] === "quote") roles[index] = "text";
  markInitials(lines, roles);
  markWrappedQuotes(lines, roles);
  markBoilerplate(lines, roles);
  const quoteIntros: QuoteIntro[] = [];
  for (let index = 0; index < lines.length; index++) {
    const intro = code[index] === true ? null : quoteIntroAt(lines, roles, index);
    if (intro === null || intro.start < (quoteIntros.at(-1)?.end ?? 0)) continue;
    quoteIntros.push(intro);
    if (intro.by === "marker") markLinesAboveMarker(lines, roles, intro.start);
    if ((lines[intro.start]?.depth ?? 0) <= 1)
      for (let line = intro.start; line < intro.end; line++) if (roles[line] !== "blank") roles[line] = "quote-intro";
    if (intro.followedBy === "quote" && !intro.quoted) markBars(lines, roles, intro.end);
    index = Math.max(index, intro.end - 1);
  }
  return { roles, quoteIntros, code };
}

function quoteIntroAt(lines: readonly Line[], roles: readonly LineRole[], index: number): QuoteIntro | null {
  const line = lines[index];
  if (line === undefined) return null;
  const quoted = line.depth > 0;
  const intro = (start: number, end: number, by: QuoteIntro["by"]): QuoteIntro => ({
    start,
    end,
    by,
    followedBy: whatFollows(lines, roles, end, line.depth),
    quoted,
  });
  if (line.opens !== "nothing") return intro(index, index + 1, line.opens === "marker" ? "marker" : "structure");
  if (line.content === "") return null;
  const marker = markerEnd(lines, index);
  if (marker !== null) return intro(index, marker, "marker");
  if (isSeparator(lines, index)) {
    let next = index + 1;
    while (next < index + 4 && lines[next]?.content === "") next++;
    return intro(index, findHeaderBlock(lines, next, "below-separator") ?? index + 1, "headers");
  }
  const block = findHeaderBlock(lines, index, "standalone");
  if (block !== null) return intro(index, block, "headers");
  const attribution = findAttribution(lines, index, whatFollows(lines, roles, index + 1, line.depth));
  if (attribution === null) return null;
  const start = lines[attribution.start];
  return { ...intro(attribution.start, attribution.end, "attribution"), quoted: (start?.depth ?? 0) > 0 };
}

/**
 * The lines right above Afterchat's marker were written by an email client, in any language: "…, Ana:" with a number or
 * an address in it, or lines that all begin like headers.
 */
function markLinesAboveMarker(lines: readonly Line[], roles: LineRole[], marker: number): void {
  const depth = lines[marker]?.depth ?? 0;
  let end = marker;
  while (
    end > marker - 6 &&
    (roles[end - 1] === "blank" || roles[end - 1] === "quote" || roles[end - 1] === "quote-intro") &&
    (lines[end - 1]?.depth ?? 0) <= depth
  ) {
    if (roles[end - 1] === "quote" && lines[end - 1]?.depth !== depth) break;
    end--;
  }
  const textAt = (index: number) => (roles[index] === "text" ? (lines[index]?.content ?? "") : "");
  let headers = end;
  while (headers > end - 7 && /^[^:：]{1,30}[:：]/.test(textAt(headers - 1))) headers--;
  if (end - headers >= 3) roles.fill("quote-intro", headers, end);
  else if (/[:：]$/.test(textAt(end - 1)))
    for (let start = end - 1; start > end - 4 && textAt(start) !== ""; start--)
      if (/\d|@/.test(textAt(start))) return void roles.fill("quote-intro", start, end);
}

/** The end of the marker's line, which an email client may have wrapped into three. */
function markerEnd(lines: readonly Line[], start: number): number | null {
  const depth = lines[start]?.depth;
  const contents: string[] = [];
  for (let index = start; index < start + 3 && lines[index]?.depth === depth; index++) {
    contents.push(lines[index]?.content ?? "");
    if (isMarker(...contents)) return index + 1;
  }
  return null;
}

function whatFollows(lines: readonly Line[], roles: readonly LineRole[], from: number, depth: number): FollowedBy {
  let index = from;
  while (index < from + 5 && lines[index]?.content === "" && lines[index]?.opens === "nothing") index++;
  const next = lines[index];
  if (next === undefined) return "text";
  const marked = next.depth > depth || next.opens !== "nothing" || next.content.startsWith("|");
  return marked || (depth === 0 && roles[index] === "quote") ? "quote" : "text";
}

/** Fenced code belongs to the sender, whatever its lines begin with. */
function findCode(lines: readonly Line[]): boolean[] {
  const code = new Array<boolean>(lines.length).fill(false);
  let fence: number | null = null;
  for (const [index, line] of lines.entries()) {
    if (line.depth > 0 || !line.content.startsWith("```")) continue;
    if (fence === null) fence = index;
    else {
      code.fill(true, fence, index + 1);
      fence = null;
    }
  }
  let above = 0;
  for (const [index, line] of lines.entries()) {
    // ">>> print(1)" below text is a Python session, not an email that was quoted three times.
    if (above === 0 && /^>>> \S/.test(line.text)) code[index] = true;
    else if (line.text.trim() !== "") above = line.depth;
  }
  return code;
}

/** "JD> text": some programs mark a quote with initials. One such line is chance, two are a quote. */
function markInitials(lines: readonly Line[], roles: LineRole[]): void {
  const initials = (line: Line) => /^[A-Z]{1,4}>/.exec(line.content)?.[0];
  for (const [index, line] of lines.entries()) {
    const own = roles[index] === "text" ? initials(line) : undefined;
    const next = lines[index + 1];
    if (own === undefined || next === undefined || initials(next) !== own) continue;
    roles[index] = "quote";
    roles[index + 1] = "quote";
  }
}

/** The rest of a quoted line that an email client wrapped: between two quoted lines, the first of them long. */
function markWrappedQuotes(lines: readonly Line[], roles: LineRole[]): void {
  for (const [index, line] of lines.entries()) {
    const [before, after] = [lines[index - 1], lines[index + 1]];
    if (roles[index] !== "text" || before === undefined || after === undefined || after.depth === 0) continue;
    if (roles[index - 1] === "quote" && before.text.length >= 65 && line.text.length < before.text.length)
      roles[index] = "quote";
  }
}

/** "| text": a quote in some programs, a table elsewhere, so only right below a quote intro. */
function markBars(lines: readonly Line[], roles: LineRole[], from: number): void {
  let bars = false;
  for (let index = from; index < lines.length; index++) {
    const content = lines[index]?.content ?? "";
    if (content.startsWith("|")) {
      roles[index] = "quote";
      bars = true;
    } else if (content !== "" || bars) return;
  }
}

function markBoilerplate(lines: readonly Line[], roles: LineRole[]): void {
  let inSignature = false;
  for (const [index, line] of lines.entries()) {
    if (line.signature && roles[index] === "text") roles[index] = "boilerplate";
    if (line.depth > 0 || !(inSignature || line.content.startsWith("-----"))) continue;
    if (line.content === "-----BEGIN PGP SIGNATURE-----") inSignature = true;
    if (line.content === "-----BEGIN PGP SIGNED MESSAGE-----") {
      roles[index] = "boilerplate";
      if (lines[index + 1]?.content.startsWith("Hash:")) roles[index + 1] = "boilerplate";
    }
    if (inSignature) roles[index] = "boilerplate";
    if (line.content === "-----END PGP SIGNATURE-----") inSignature = false;
  }
}
