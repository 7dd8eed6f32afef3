import type { Line } from "./line.js";
import { isMarker } from "./marker.js";

/**
 * Marks as quoted the lines that an email client (mailx, s-nail with default settings) only indented: from Afterchat's
 * marker on, those with the same indentation as the marker. Nobody indents the marker by hand.
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
