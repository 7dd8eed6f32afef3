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
    ["anywhere, if there is no word boundary", "x".repeat(25), 10, ["x".repeat(10), "x".repeat(10), "x".repeat(5)]],
    ["not at all, if it fits", "It is ready.", 12, ["It is ready."]],
    ["into no parts, if it is blank", " \n ", 5, []],
    ["not at a paragraph that leaves a part nearly empty", "A.\n\nbbbb cccc dddd", 12, ["A.\n\nbbbb", "cccc dddd"]],
    ["within a grapheme only where it is longer than a part", "a\u0301\u0301\u0301", 2, ["a\u0301", "\u0301\u0301"]],
    ["never within a surrogate pair", "😀😀", 3, ["😀", "😀"]],
    [
      "at a paragraph rather than within it",
      "One two three.\nFour five six.\n\nSeven eight nine ten.",
      36,
      ["One two three.\nFour five six.", "Seven eight nine ten."],
    ],
    [
      "at a word, if a sentence is too long",
      "One two three. Four five six seven eight.",
      24,
      ["One two three.", "Four five six seven", "eight."],
    ],
    [
      "at a word, if a line is too long",
      "one two three\nfour five six seven eight",
      24,
      ["one two three", "four five six seven", "eight"],
    ],
    ["at a word in a script without spaces", "東京都は日本の首都です", 6, ["東京都は日本", "の首都です"]],
    ["between graphemes", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 24, ["👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"]],
    ["a text of exactly the maximum length into one part", "x".repeat(2_000), 2_000, ["x".repeat(2_000)]],
    ["a text of one character more into two parts", "x".repeat(2_001), 2_000, ["x".repeat(2_000), "x"]],
  ])("splits %s", (_, text, maxLength, parts) => {
    expect(splitText(text, maxLength)).toEqual(parts);
  });

  test("does not split a URL", () => {
    const url = "https://shop.example.com/orders/2026-11-22/details";
    expect(splitText(`Look here, please: ${url} and tell me.`, 60).join("|")).toContain(url);
  });

  test("counts UTF-8 bytes if the vendor does", () => {
    expect(splitText("é".repeat(501), 1_000, "bytes").map((part) => part.length)).toEqual([500, 1]);
    expect(splitText("é".repeat(500), 1_000, "bytes")).toHaveLength(1);
  });

  test.each([1, 0, -1, Number.NaN])("rejects a maximum length of %s", (maxLength) => {
    expect(() => splitText("Hello", maxLength)).toThrow(RangeError);
    expect(() => splitText("Hello", 3, "bytes")).toThrow("3 bytes");
  });

  test("drops only white space at the splits, respects the limit, and keeps graphemes intact (emoji, combining marks, right to left, CJK)", () => {
    const piece = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 12 }),
      fc.constantFrom(
        " ",
        "\n",
        "\n\n",
        ". ",
        "\r\n",
        "👩‍👩‍👧‍👦",
        "e\u0301\u0302",
        "مرحبا ",
        "長い文章。",
        "🇵🇹🇩🇪",
        "नमस्ते ",
      ),
    );
    const texts = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(""));
    const limits = fc.oneof(
      fc.record({ maxLength: fc.integer({ min: 15, max: 120 }), unit: fc.constant("characters" as const) }),
      fc.record({ maxLength: fc.integer({ min: 30, max: 200 }), unit: fc.constant("bytes" as const) }),
    );
    fc.assert(
      fc.property(texts, limits, (text, { maxLength, unit }) => {
        const sizeOf = (given: string) => (unit === "bytes" ? Buffer.byteLength(given) : given.length);
        const parts = splitText(text, maxLength, unit);
        const withoutSpaces = (part: string) => part.replace(/\s+/g, "");
        expect(withoutSpaces(parts.join(""))).toBe(withoutSpaces(text.toWellFormed()));
        for (const part of parts) expect(sizeOf(part)).toBeLessThanOrEqual(maxLength);
        const whole = clustersOf(text.toWellFormed()).filter((cluster) => cluster.trim() !== "");
        if (whole.every((cluster) => sizeOf(cluster) <= maxLength)) {
          expect(parts.flatMap(clustersOf).filter((cluster) => cluster.trim() !== "")).toEqual(whole);
        }
      }),
    );
  });

  test("splits a grapheme only if it alone is too long, and never within a code point", () => {
    for (const mark of ["\u0301", "\u{1e8d0}"]) {
      const text = `a${mark.repeat(1_500)}`;
      const parts = splitText(text, 999, "bytes");
      expect(parts.every((part) => Buffer.byteLength(part) <= 999 && part.isWellFormed())).toBe(true);
      expect(parts.join("")).toBe(text);
      expect(splitText(text, 99).every((part) => part.length <= 99 && part.isWellFormed())).toBe(true);
    }
  });
});
