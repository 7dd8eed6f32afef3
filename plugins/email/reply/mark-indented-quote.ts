import type { Line } from "./line.js";
import { isMarker } from "./marker.js";

/**
 * The lines, with those marked as quoted that a mail program (mailx, s-nail without settings of its own) only indented:
 * from our marker on, what begins with the same space as the marker does. Nobody indents our marker by hand.
 */
export function markIndentedQuote(lines: readonly Line[]): readonly Line[] {
  const start = lines.findIndex(
    ({ text, content, depth }) => depth === 0 && /^(?:\t| {2})/.test(text) && isMarker(content),
  );
  const [indentation] = /^[\t ]+/.exec(lines[start]?.text ?? "") ?? [];
  if (indentation === undefined) return lines;
  const below = lines.slice(start).findIndex(({ text, content }) => content !== "" && !text.startsWith(indentation));
  const end = below === -1 ? lines.length : start + below;
  return lines.map((line, index) => (index >= start && index < end ? { ...line, depth: line.depth + 1 } : line));
}
