import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { TextLimit } from "../../../plugins/meta/flavour.js";
import { findPartEnd, sizeOf, splitText } from "../../../plugins/meta/split-text.js";

const characters = (most: number): TextLimit => ({ unit: "characters", most });
const bytes = (most: number): TextLimit => ({ unit: "bytes", most });

describe("A text that is too long for one message", () => {
  test.each([
    ["is whole at the limit", "x".repeat(2_000), characters(2_000), [2_000]],
    ["is cut one above it", "x".repeat(2_001), characters(2_000), [2_000, 1]],
    ["is counted in bytes where the vendor does", "é".repeat(501), bytes(1_000), [500, 1]],
  ])("%s", (_, text, limit, lengths) => {
    expect(splitText(text, limit).map((part) => part.length)).toEqual(lengths);
  });

  test.each([
    [
      "a paragraph",
      "One two three.\nFour five six.\n\nSeven eight nine ten.",
      36,
      ["One two three.\nFour five six.", "Seven eight nine ten."],
    ],
    [
      "a sentence",
      "One two three. Four five six seven eight.",
      24,
      ["One two three.", "Four five six seven", "eight."],
    ],
    ["a line", "one two three\nfour five six seven eight", 24, ["one two three", "four five six seven", "eight"]],
    ["a word", "one two three four", 9, ["one two", "three", "four"]],
    ["a word of a script without spaces", "東京都は日本の首都です", 6, ["東京都は", "日本の首都", "です"]],
    ["a grapheme", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 24, ["👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"]],
  ])("is cut at %s", (_, text, most, parts) => {
    expect(splitText(text, characters(most))).toEqual(parts);
  });

  test("keeps an address on the web whole", () => {
    const url = "https://shop.example.com/orders/2026-11-22/details";
    expect(splitText(`Look here, please: ${url} and tell me.`, characters(60)).join("|")).toContain(url);
  });

  test("loses nothing, keeps to the limit, and cuts no grapheme (emoji, combining marks, right to left, CJK)", () => {
    const piece = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 12 }),
      fc.constantFrom(" ", "\n", "\n\n", ". ", "👩‍👩‍👧‍👦", "e\u0301\u0302", "مرحبا ", "長い文章。", "🇵🇹🇩🇪", "नमस्ते "),
    );
    const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join("").toWellFormed());
    const limit = fc.oneof(
      fc.integer({ min: 30, max: 120 }).map(characters),
      fc.integer({ min: 60, max: 200 }).map(bytes),
    );
    fc.assert(
      fc.property(text, limit, (given, within) => {
        const boundaries = new Set([...new Intl.Segmenter().segment(given)].map(({ index }) => index));
        const longest = Math.max(
          0,
          ...[...new Intl.Segmenter().segment(given)].map(({ segment }) => sizeOf(segment, within)),
        );
        for (let start = 0; start < given.length; ) {
          const end = findPartEnd(given, start, within);
          expect(end).toBeGreaterThan(start);
          if (longest <= within.most && end < given.length) expect(boundaries).toContain(end);
          start = end;
        }
        const parts = splitText(given, within);
        for (const part of parts) expect(sizeOf(part, within)).toBeLessThanOrEqual(within.most);
        expect(parts.join("").replaceAll(/\s/g, "")).toBe(given.replaceAll(/\s/g, ""));
      }),
    );
  });

  test("is cut within a grapheme only when that alone is too long", () => {
    const parts = splitText(`a${"\u0301".repeat(2_500)}`, bytes(1_000));
    expect(parts.every((part) => Buffer.byteLength(part) <= 1_000 && part.isWellFormed())).toBe(true);
    expect(parts.join("")).toHaveLength(2_501);
  });
});
