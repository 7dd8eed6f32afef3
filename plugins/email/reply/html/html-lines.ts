import { Parser } from "htmlparser2";
import type { Line } from "../line.js";
import { HtmlReader } from "./html-reader.js";

/**
 * No mail is nested deeper. Beyond it the parser starts anew at the same place, because the price of a closing tag grows with
 * the elements that are open: 200,000 of them would take minutes.
 */
const deepest = 1000;

/**
 * An HTML mail as lines: each with its depth of quoting and with what the structure says. Nothing of the HTML is left in
 * them but words. Takes time in proportion to the length, whatever the HTML.
 */
export function htmlLines(html: string): Line[] {
  const reader = new HtmlReader();
  for (let rest = html; rest !== ""; ) {
    let open = 0;
    let stoppedAt: number | null = null;
    const parser: Parser = new Parser({
      onopentag(name, attributes) {
        reader.open(name, attributes);
        if (++open > deepest) {
          stoppedAt = parser.endIndex + 1;
          parser.pause();
        }
      },
      ontext: (text) => reader.words(text),
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
