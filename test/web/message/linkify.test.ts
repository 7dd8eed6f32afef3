import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { linkify } from "../../../web/message/linkify.js";

const linksOf = (text: string) =>
  linkify(text).flatMap(({ text: shown, href }) => (href === null ? [] : [[shown, href]]));

describe("Links in messages", () => {
  test.each([
    ["See https://example.com/a(b).", [["https://example.com/a(b)", "https://example.com/a(b)"]]],
    ["(https://example.com/a)", [["https://example.com/a", "https://example.com/a"]]],
    ["Write to ana@example.com, please!", [["ana@example.com", "mailto:ana@example.com"]]],
    ["HTTP://EXAMPLE.COM", [["HTTP://EXAMPLE.COM", "http://example.com/"]]],
    ["javascript:alert(1) data:text/html,x file:///etc vbscript:x //example.com", []],
    ["https:// http://[ https://%", []],
    ["<a href=https://example.com>x</a>", [["https://example.com", "https://example.com/"]]],
    ["a@b and me@localhost and @name", []],
  ])("%s", (text, links) => {
    expect(linksOf(text)).toEqual(links);
  });

  test("the parts make up the text, whatever it is, and only http, https and mailto are links", () => {
    const words = fc.constantFrom(
      "https://",
      "http://a.b",
      "@",
      ".",
      "(",
      ")",
      "mailto:",
      "javascript:",
      "a",
      "é",
      "\n",
      " ",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(words).map((parts) => parts.join("")),
          fc.string(),
        ),
        (text) => {
          const parts = linkify(text);
          expect(parts.map((part) => part.text).join("")).toBe(text);
          for (const { href } of parts) if (href !== null) expect(href).toMatch(/^(https?|mailto):/);
        },
      ),
    );
  });

  test("a text twice as long takes at most about twice the time", () => {
    for (const piece of ["https://", "a@", "a.", "a@a.", "(", "https://a(".repeat(3), "-@"]) {
      const timeOf = (length: number) => {
        const text = piece.repeat(length / piece.length);
        const started = performance.now();
        for (let round = 0; round < 5; round++) linkify(text);
        return performance.now() - started;
      };
      timeOf(20_000);
      expect(timeOf(80_000)).toBeLessThan(4 * timeOf(20_000) * 4 + 50);
    }
  });
});
