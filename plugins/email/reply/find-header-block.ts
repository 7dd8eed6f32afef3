import { type Line, maxRuleLine } from "./line.js";
import { hasAddress, hasDate } from "./line-patterns.js";
import { type HeaderRole, headerRole, isOriginalMessagePhrase, wroteAtEnd } from "./phrase-patterns.js";

/** Below a separator such as "-----Original Message-----", or without one. */
type HeaderContext = "below-separator" | "standalone";

/** More than any block has, with wrapped addresses and empty lines between its headers. */
const maxLines = 24;

/**
 * The end (exclusive) of the header block ("From: … Sent: … Subject: …") that begins at `start`, or null. People can
 * write "From: Porto / To: Lisbon / Date: 4 March" as well, so a subject, or an address with a date, is required. Below
 * a separator such as "Original Message" two headers are enough.
 */
export function findHeaderBlock(lines: readonly Line[], start: number, context: HeaderContext): number | null {
  const first = lines[start];
  const firstRole = headerRole(first?.content ?? "");
  if (first === undefined || firstRole === null) return null;
  // No program begins with the recipient or an empty header, but people end lines in "a:".
  if (context === "standalone" && (firstRole === "to" || firstRole === "other" || /[:：]$/.test(first.content)))
    return null;
  if (firstRole === "from" && first.content.length <= maxRuleLine) {
    const inLine = rolesInLine(first.content);
    if (inLine.has("subject") && inLine.has("date") && inLine.has("to")) return start + 1;
  }
  const found = new Set<HeaderRole>();
  let addresses = 0;
  let dates = 0;
  let end = start;
  let others = 0;
  for (let index = start; index < Math.min(lines.length, start + maxLines); index++) {
    const line = lines[index];
    if (line === undefined || line.depth !== first.depth) break;
    const role = headerRole(line.content);
    if (role === null) {
      // An empty line between two headers, or the rest of a long list of addresses.
      if (++others > 2) break;
      if (line.content !== "" && !isContinuation(line.content)) break;
      continue;
    }
    if (found.has(role) && role !== "other") break;
    found.add(role);
    if ((role === "from" || role === "to") && hasAddress(line.content)) addresses++;
    if (role === "date" && hasDate(line.content)) dates++;
    others = 0;
    end = index + 1;
  }
  return isBlock(found, addresses, dates, context) ? end : null;
}

/** "*From:* Ana *Sent:* Tuesday *To:* …": a block that a program has joined into one line. */
function rolesInLine(content: string): Set<HeaderRole> {
  const found = new Set<HeaderRole>();
  for (const part of content.split(/[:：]/, 12).slice(0, -1)) {
    const words = part.trim().split(" ");
    for (const count of [1, 2, 3]) {
      const role = headerRole(`${words.slice(-count).join(" ")}:`);
      if (role !== null) found.add(role);
    }
  }
  return found;
}

function isBlock(found: ReadonlySet<HeaderRole>, addresses: number, dates: number, context: HeaderContext): boolean {
  if (context === "below-separator") return found.size >= 2 || found.has("from");
  if (!found.has("from")) return found.has("subject") && found.has("date") && found.has("to") && addresses > 0;
  if (found.has("subject")) return found.has("date") || found.has("to");
  return addresses > 0 && dates > 0 && found.size >= 3;
}

function isContinuation(content: string): boolean {
  return content.length < 200 && /[@;,<>]/.test(content);
}

/**
 * "-----Original Message-----", "Begin forwarded message:"; unknown text between rules counts only with headers below.
 */
export function isSeparator(lines: readonly Line[], index: number): boolean {
  const line = lines[index]?.content ?? "";
  if (line.length > maxRuleLine) return false;
  const content = line.replace(/^[*_\s]+(?=[-=–—])|(?<=[-=–—])[*_\s]+$/g, "");
  if (content.length > 120 || content === "") return false;
  const ruled = /^([-_=*–—]{2,})\s?([^-_=*–—\s][^=*]{1,80}?)\s?[-_=*–—]{2,}[.:]?$/u.exec(content);
  if (ruled?.[2] !== undefined) {
    // "---- Ana wrote ----", as phones write it.
    return (
      isOriginalMessagePhrase(ruled[2]) ||
      wroteAtEnd.test(ruled[2].slice(-40)) ||
      ((ruled[1]?.length ?? 0) >= 4 && headersFollow(lines, index))
    );
  }
  return isOriginalMessagePhrase(content) && headersFollow(lines, index);
}

function headersFollow(lines: readonly Line[], index: number): boolean {
  for (let next = index + 1; next <= index + 4; next++) {
    const content = lines[next]?.content ?? "";
    if (content !== "") return headerRole(content) !== null;
  }
  return false;
}
