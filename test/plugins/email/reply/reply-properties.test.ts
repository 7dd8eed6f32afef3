import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { extractReply } from "../../../../plugins/email/reply/extract-reply.js";
import { quotedTails } from "./quoted-tails.js";
import { unseenQuotedTails } from "./quoted-tails-unseen.js";

const fromText = (text: string) => extractReply({ text, html: null }).text;
const lines = (text: string) => text.split(/\r\n?|[\n\u2028\u2029]/);

/** Lines that the rules look for, and lines that resemble them. */
const scraps = [
  ...Object.values({ ...quotedTails, ...unseenQuotedTails }).flatMap((tail) => tail.split("\n")),
  ...[
    "",
    "",
    "",
    "> a",
    "> > b",
    ">",
    "-- ",
    "--",
    "---",
    "___",
    "```",
    "| a",
    "Blue.",
    "Which one?",
    "Nora",
    "PS: red",
    ">>> a",
    "AB> c",
  ],
  ...[
    "On",
    "wrote:",
    "Sent from my iPhone",
    "-----BEGIN PGP SIGNATURE-----",
    "— Please write your answer above this line —",
  ],
];
const mail = fc.oneof(
  fc.array(fc.constantFrom(...scraps), { maxLength: 30 }).map((chosen) => chosen.join("\n")),
  fc.string({ unit: "binary", maxLength: 300 }),
);
const words = fc.array(fc.constantFrom("Blue", "please.", "the", "large", "one", "sooner", "or", "later,", "1", "a:"), {
  minLength: 1,
  maxLength: 40,
});

describe("For any email", () => {
  test("the lines of the new text are lines of the email, in the same order", () => {
    fc.assert(
      fc.property(mail, (text) => {
        let from = 0;
        const original = lines(text);
        for (const line of lines(fromText(text))) {
          const at = original.findIndex((candidate, index) => index >= from && candidate.trimEnd() === line.trimEnd());
          expect(at).toBeGreaterThanOrEqual(from);
          from = at + 1;
        }
      }),
      { numRuns: 400 },
    );
  });

  test("the new text is empty only if the email is empty", () => {
    fc.assert(
      fc.property(mail, (text) => {
        expect(fromText(text).trim() === "").toBe(
          extractReply({ text, html: null }).layer === "untouched" && text.replace(/[\s\p{Cf}]|\u034f/gu, "") === "",
        );
      }),
      { numRuns: 400 },
    );
  });

  test("an email without any traces of an email client is left unchanged", () => {
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 8 }), (paragraphs) => {
        const text = paragraphs.map((paragraph) => paragraph.join(" ")).join("\n\n");
        expect(extractReply({ text, html: null })).toEqual({ text, layer: "untouched" });
      }),
      { numRuns: 200 },
    );
  });

  test("an email client's quote is found below any text", () => {
    const tails = fc.constantFrom(...Object.values({ ...quotedTails, ...unseenQuotedTails }));
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 5 }), tails, (paragraphs, tail) => {
        const text = paragraphs.map((paragraph) => paragraph.join(" ")).join("\n\n");
        expect(fromText(`${text}\n\n${tail}`)).toBe(text);
        expect(fromText(fromText(`${text}\n\n${tail}`))).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  test("any HTML is read without an exception, and leaves no element in the text", () => {
    const pieces = [
      "<div>",
      "</div>",
      "<blockquote type=cite>",
      "</blockquote>",
      "<div class=gmail_quote>",
      "<ul><li>",
      "<pre>",
      "<p>",
      "</p>",
      "<br>",
      "<a href='https://a.example'>",
      "</a>",
      "<td>",
      "<hr>",
      "a",
      "b ",
      "&nbsp;",
      "<div id=appendonsend>",
    ];
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((some) => some.join("")),
          fc.string({ unit: "binary" }),
        ),
        (html) => {
          const { text } = extractReply({ text: null, html });
          expect(typeof text).toBe("string");
          if (!html.includes("&")) expect(text).not.toMatch(/<\/?(?:div|blockquote|p|br|a|td|hr|pre|ul|li)\b/);
        },
      ),
      { numRuns: 400 },
    );
  });
});
