import { Parser } from "htmlparser2";
import type { Line } from "../line.js";
import { HtmlReader } from "./html-reader.js";

/**
 * No real email is nested deeper. Beyond it the parser is restarted at the same place, because the cost of a closing
 * tag grows with the number of open elements: 200,000 of them would take minutes.
 */
const maxDepth = 1000;

/**
 * The text of an HTML email as lines, each with its quote depth and what the structure says about it. Runs in linear
 * time, whatever the HTML.
 */
export function htmlLines(html: string): Line[] {
  const reader = new HtmlReader();
  for (let rest = html; rest !== ""; ) {
    let open = 0;
    let stoppedAt: number | null = null;
    const parser: Parser = new Parser({
      onopentag(name, attributes) {
        reader.open(name, attributes);
        if (++open > maxDepth) {
          stoppedAt = parser.endIndex + 1;
          parser.pause();
        }
      },
      ontext: (text) => reader.text(text),
      onclosetag(name) {
        if (stoppedAt !== null) return;
        open--;
        reader.close(name);
      },
    });
    parser.write(rest);
    if (stoppedAt === null) parser.end();
    rest = stoppedAt === null ? "" : rest.slice(stoppedAt);
  }
  return reader.end();
}
