import { describe, expect, test } from "@jest/globals";
import { splitText } from "afterchat/channel";
import fc from "fast-check";

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const clustersOf = (text: string) => [...graphemes.segment(text)].map(({ segment }) => segment);

describe("Splitting a text", () => {
  test.each([
    ["at a paragraph", "One two.\n\nThree four five.", 20, ["One two.", "Three four five."]],
    ["at a line, if there is no paragraph", "One two three\nfour five", 16, ["One two three", "four five"]],
    ["at a sentence, if there is no line", "It is ready. Come by at five.", 20, ["It is ready.", "Come by at five."]],
    ["at a word, if there is no sentence", "one two three four", 10, ["one two", "three four"]],
    ["anywhere, if there is no word", "x".repeat(25), 10, ["x".repeat(10), "x".repeat(10), "x".repeat(5)]],
    ["not at all, if it fits", "It is ready.", 12, ["It is ready."]],
    ["into nothing, if it is blank", " \n ", 5, []],
    ["not at a paragraph that leaves a part nearly empty", "A.\n\nbbbb cccc dddd", 12, ["A.\n\nbbbb", "cccc dddd"]],
    [
      "within one character only where that is longer than a part",
      "a\u0301\u0301\u0301",
      2,
      ["a\u0301", "\u0301\u0301"],
    ],
    ["never within a surrogate pair", "😀😀", 3, ["😀", "😀"]],
  ])("cuts %s", (_, text, maxLength, parts) => {
    expect(splitText(text, maxLength)).toEqual(parts);
  });

  test("loses nothing but white space at the cuts, keeps to the limit, and keeps characters whole", () => {
    const piece = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.constantFrom(" ", "\n\n", ". ", "👩‍👩‍👧‍👦", "e\u0301", "\r\n"),
    );
    const texts = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(texts, fc.integer({ min: 15, max: 60 }), (text, maxLength) => {
        const parts = splitText(text, maxLength);
        const words = (given: string) => given.replace(/\s+/g, "");
        expect(words(parts.join(""))).toBe(words(text.toWellFormed()));
        for (const part of parts) expect(part.length).toBeLessThanOrEqual(maxLength);
        const long = clustersOf(text).some((cluster) => cluster.length > maxLength);
        const whole = clustersOf(text.toWellFormed()).filter((cluster) => cluster.trim() !== "");
        if (!long) expect(parts.flatMap(clustersOf).filter((cluster) => cluster.trim() !== "")).toEqual(whole);
      }),
    );
  });
});
