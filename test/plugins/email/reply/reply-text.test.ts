import { describe, expect, test } from "@jest/globals";
import { parseMail } from "../../../../plugins/email/inbound/parse-mail.js";
import { extractReply } from "../../../../plugins/email/reply/extract-reply.js";
import { readExpected, readFixture } from "../read-fixture.js";
import { quotedTails } from "./quoted-tails.js";
import { unseenQuotedTails } from "./quoted-tails-unseen.js";

/**
 * What a table of tails cannot say, by the name of the mail in fixtures/replies/text: answers below, between and without
 * quotes, signatures, and words that must stay.
 */
const answeredMails: Readonly<Record<string, string>> = {
  "an answer below the quote stands alone": "answer-below-the-quote",
  "answers between the quotes keep the questions": "answers-between-quotes",
  "answers between quotes from the first line on": "answers-between-quotes-from-the-first-line-on",
  "a quote that the person chose, with the answer below": "own-quote-above-the-answer",
  "a wrapped rest of a quoted line is no answer": "wrapped-quote-line",
  "a signature behind its delimiter": "signature-behind-its-delimiter",
  "a signature below the quote": "signature-below-the-quote",
  "a signature behind a line of underscores": "signature-behind-a-line-of-underscores",
  "a closing with a name stays": "closing-with-a-name",
  "rules between paragraphs stay": "rules-between-paragraphs",
  "a list with hyphens and numbers stays": "list-with-hyphens-and-numbers",
  "code with a greater-than sign stays": "code-with-a-greater-than-sign",
  "a sentence that says who wrote when stays": "sentence-like-an-attribution",
  "a journey from one place to another is no header block": "journey-like-a-header-block",
  "an address form is no header block": "address-form-like-a-header-block",
  "words about being sent from something stay": "words-like-a-phone-signature",
  "a disclaimer without a delimiter stays, for it may be the person's": "disclaimer-without-a-delimiter",
  "a gateway's disclaimer below the quote goes": "gateway-disclaimer-below-the-quote",
  "a postscript below the quote stays": "postscript-below-the-quote",
  "a mailing list's or antivirus's footer goes": "mailing-list-or-antivirus-footer",
  "an encrypted mail's wrapping": "encrypted-mail-wrapping",
  "quotes marked with initials": "quotes-marked-with-initials",
  "only a phone's signature and a quote: the whole is shown": "nothing-new-but-a-phone-signature",
  "a forward without a word of one's own: the whole is shown": "nothing-new-but-a-forward",
  "a plain short answer": "plain-short-answer",
  "an arrow and a heart are words": "arrow-and-heart",
  "a colon and a time are no attribution": "opening-hours-like-an-attribution",
  "a colleague's words that the person tells stay": "told-words-of-a-colleague",
  "a sentence that begins like an attribution stays": "sentence-that-begins-like-an-attribution",
  "a log between rules stays": "log-between-rules",
  "a table of pipes stays": "table-of-pipes",
  "a session with prompts stays": "session-with-prompts",
  "a mailing list's footer goes": "mailing-list-footer",
};

/** As above, but shown to the rules only when they were done. */
const unseenAnsweredMails: Readonly<Record<string, string>> = {
  "an answer below a German quote": "answer-below-a-german-quote",
  "an answer between French quotes": "answer-between-french-quotes",
  "an answer below a quoted header block": "answer-below-a-quoted-header-block",
  "a signature with a long dash": "signature-with-a-long-dash",
  "a postscript behind a rule stays": "postscript-behind-a-rule",
  "a quotation with a date inside a sentence stays": "date-inside-a-sentence",
  "a line from a log stays": "line-from-a-log",
  "a Dutch phone's signature": "dutch-phone-signature",
  "a Polish phone's signature": "polish-phone-signature",
  "a Russian phone's signature": "russian-phone-signature",
  "a Japanese answer without anything else": "short-japanese-answer",
};

const fromText = (text: string) => extractReply({ text, html: null });

describe("The new text of an answered plain-text email", () => {
  const answer = "Blue, please.\n\nThe large one.";
  test.each(Object.entries({ ...quotedTails, ...unseenQuotedTails }))(
    "ends where the quote of %s begins",
    (_, tail) => {
      expect(fromText(`${answer}\n\n${tail}`)).toEqual({ text: answer, layer: "wording" });
      expect(fromText(`${answer}\n${tail}`.replaceAll("\n", "\r\n")).text).toBe(answer);
    },
  );

  test.each(Object.entries({ ...answeredMails, ...unseenAnsweredMails }))("%s", async (_, name) => {
    const path = `replies/text/${name}.eml`;
    const { body } = await parseMail(readFixture(path), new AbortController().signal);
    expect(body.html).toBeNull();
    expect(extractReply(body).text).toBe(readExpected(path));
  });

  test("Windows line ends and no-break spaces", () => {
    const attribution =
      "Le\u00a0mar. 4 mars 2025 à\u00a009:12, Livres Lanterne <boutique@lanterne.example> a écrit\u00a0:";
    expect(fromText(`Blue.\r\n\r\n${attribution}\r\n\r\n> Quelle couleur ?\r\n`).text).toBe("Blue.");
  });

  test("is the whole email when nothing in it is new, which is reported", () => {
    const tail = "On Tue, Mar 4, 2025 at 9:12 AM Lantern Books <shop@lantern.example> wrote:\n\n> Which colour?";
    expect(fromText(tail)).toEqual({ text: tail, layer: "nothing-new" });
  });

  test("is reported as untouched when nothing was removed", () => {
    expect(fromText("\n\n  Blue.\n\n")).toEqual({ text: "  Blue.", layer: "untouched" });
    expect(fromText("> Which colour?")).toEqual({ text: "> Which colour?", layer: "untouched" });
    expect(fromText("")).toEqual({ text: "", layer: "untouched" });
    expect(extractReply({ text: null, html: null })).toEqual({ text: "", layer: "untouched" });
  });
});
