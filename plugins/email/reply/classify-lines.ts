import { findAttribution, type QuoteFollows } from "./find-attribution.js";
import { findHeaderBlock, isSeparator } from "./find-header-block.js";
import type { Line } from "./line.js";
import { isMarker } from "./marker.js";

/**
 * What a line is: `words` of somebody, a `quote`, an `opening` (a mail program's own line above something old), `trimmings`
 * that are in nobody's words (a signature that the HTML names, a seal of PGP), or `blank`.
 */
export type Role = "words" | "quote" | "opening" | "trimmings" | "blank";

/** Where something old begins, by what it is known, and whether it is marked as a quote. */
interface Opening {
  readonly start: number;
  readonly end: number;
  readonly by: "marker" | "structure" | "attribution" | "headers";
  readonly follows: QuoteFollows;
  /** Inside a quote: then it tells only whose quote it is. */
  readonly quoted: boolean;
}

export interface Reading {
  readonly roles: readonly Role[];
  readonly openings: readonly Opening[];
  /** Lines of code that somebody shows: nothing in them is a quote or a signature. */
  readonly code: readonly boolean[];
}

/** Gives every line its role. One pass, in which each line is looked at a bounded number of times. */
export function readRoles(lines: readonly Line[]): Reading {
  const roles = lines.map((line): Role => (line.content === "" ? "blank" : line.depth > 0 ? "quote" : "words"));
  const code = findCode(lines);
  for (const [index, isCode] of code.entries()) if (isCode && roles[index] === "quote") roles[index] = "words";
  markInitials(lines, roles);
  markWrappedRests(lines, roles);
  markTrimmings(lines, roles);
  const openings: Opening[] = [];
  for (let index = 0; index < lines.length; index++) {
    const opening = code[index] === true ? null : openingAt(lines, roles, index);
    if (opening === null || opening.start < (openings.at(-1)?.end ?? 0)) continue;
    openings.push(opening);
    if (opening.by === "marker") markHeading(lines, roles, opening.start);
    if ((lines[opening.start]?.depth ?? 0) <= 1)
      for (let line = opening.start; line < opening.end; line++) if (roles[line] !== "blank") roles[line] = "opening";
    if (opening.follows === "quote-follows" && !opening.quoted) markBars(lines, roles, opening.end);
    index = Math.max(index, opening.end - 1);
  }
  return { roles, openings, code };
}

function openingAt(lines: readonly Line[], roles: readonly Role[], index: number): Opening | null {
  const line = lines[index];
  if (line === undefined) return null;
  const quoted = line.depth > 0;
  const opening = (start: number, end: number, by: Opening["by"]): Opening => ({
    start,
    end,
    by,
    follows: whatFollows(lines, roles, end, line.depth),
    quoted,
  });
  if (line.opens !== "nothing") return opening(index, index + 1, line.opens === "marker" ? "marker" : "structure");
  if (line.content === "") return null;
  const marker = markerEnd(lines, index);
  if (marker !== null) return opening(index, marker, "marker");
  if (isSeparator(lines, index)) {
    let next = index + 1;
    while (next < index + 4 && lines[next]?.content === "") next++;
    return opening(index, findHeaderBlock(lines, next, "announced") ?? index + 1, "headers");
  }
  const block = findHeaderBlock(lines, index, "alone");
  if (block !== null) return opening(index, block, "headers");
  const attribution = findAttribution(lines, index, whatFollows(lines, roles, index + 1, line.depth));
  if (attribution === null) return null;
  const start = lines[attribution.start];
  return { ...opening(attribution.start, attribution.end, "attribution"), quoted: (start?.depth ?? 0) > 0 };
}

/**
 * What stands right above our marker is a mail program's, in whatever language: "…, Ana:" with a number or an address in it,
 * or lines that all begin like headers.
 */
function markHeading(lines: readonly Line[], roles: Role[], marker: number): void {
  const depth = lines[marker]?.depth ?? 0;
  let end = marker;
  while (
    end > marker - 6 &&
    (roles[end - 1] === "blank" || roles[end - 1] === "quote" || roles[end - 1] === "opening") &&
    (lines[end - 1]?.depth ?? 0) <= depth
  ) {
    if (roles[end - 1] === "quote" && lines[end - 1]?.depth !== depth) break;
    end--;
  }
  const word = (index: number) => (roles[index] === "words" ? (lines[index]?.content ?? "") : "");
  let headers = end;
  while (headers > end - 7 && /^[^:：]{1,30}[:：]/.test(word(headers - 1))) headers--;
  if (end - headers >= 3) roles.fill("opening", headers, end);
  else if (/[:：]$/.test(word(end - 1)))
    for (let start = end - 1; start > end - 4 && word(start) !== ""; start--)
      if (/\d|@/.test(word(start))) return void roles.fill("opening", start, end);
}

/** The end of our marker's line, which a program may have broken into three. */
function markerEnd(lines: readonly Line[], start: number): number | null {
  const depth = lines[start]?.depth;
  const contents: string[] = [];
  for (let index = start; index < start + 3 && lines[index]?.depth === depth; index++) {
    contents.push(lines[index]?.content ?? "");
    if (isMarker(...contents)) return index + 1;
  }
  return null;
}

function whatFollows(lines: readonly Line[], roles: readonly Role[], from: number, depth: number): QuoteFollows {
  let index = from;
  while (index < from + 5 && lines[index]?.content === "" && lines[index]?.opens === "nothing") index++;
  const next = lines[index];
  if (next === undefined) return "words-follow";
  const marked = next.depth > depth || next.opens !== "nothing" || next.content.startsWith("|");
  return marked || (depth === 0 && roles[index] === "quote") ? "quote-follows" : "words-follow";
}

/** Fenced code is somebody's, whatever its lines begin with. */
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
    // ">>> print(1)" below words is a session that somebody shows, not a mail that was quoted three times.
    if (above === 0 && /^>>> \S/.test(line.text)) code[index] = true;
    else if (line.text.trim() !== "") above = line.depth;
  }
  return code;
}

/** "JD> words": some programs mark a quote with initials. Once is chance, twice is a quote. */
function markInitials(lines: readonly Line[], roles: Role[]): void {
  const initials = (line: Line) => /^[A-Z]{1,4}>/.exec(line.content)?.[0];
  for (const [index, line] of lines.entries()) {
    const own = roles[index] === "words" ? initials(line) : undefined;
    const next = lines[index + 1];
    if (own === undefined || next === undefined || initials(next) !== own) continue;
    roles[index] = "quote";
    roles[index + 1] = "quote";
  }
}

/** The rest of a quoted line that a program on the way broke: between two quoted lines, the first of them long. */
function markWrappedRests(lines: readonly Line[], roles: Role[]): void {
  for (const [index, line] of lines.entries()) {
    const [before, after] = [lines[index - 1], lines[index + 1]];
    if (roles[index] !== "words" || before === undefined || after === undefined || after.depth === 0) continue;
    if (roles[index - 1] === "quote" && before.text.length >= 65 && line.text.length < before.text.length)
      roles[index] = "quote";
  }
}

/** "| words": a quote in some programs, a table elsewhere, so only right below an opening. */
function markBars(lines: readonly Line[], roles: Role[], from: number): void {
  let bars = false;
  for (let index = from; index < lines.length; index++) {
    const content = lines[index]?.content ?? "";
    if (content.startsWith("|")) {
      roles[index] = "quote";
      bars = true;
    } else if (content !== "" || bars) return;
  }
}

function markTrimmings(lines: readonly Line[], roles: Role[]): void {
  let seal = false;
  for (const [index, line] of lines.entries()) {
    if (line.signature && roles[index] === "words") roles[index] = "trimmings";
    if (line.depth > 0 || !(seal || line.content.startsWith("-----"))) continue;
    if (line.content === "-----BEGIN PGP SIGNATURE-----") seal = true;
    if (line.content === "-----BEGIN PGP SIGNED MESSAGE-----") {
      roles[index] = "trimmings";
      if (lines[index + 1]?.content.startsWith("Hash:")) roles[index + 1] = "trimmings";
    }
    if (seal) roles[index] = "trimmings";
    if (line.content === "-----END PGP SIGNATURE-----") seal = false;
  }
}
