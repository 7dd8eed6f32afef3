import { describe, expect, test } from "@jest/globals";
import { parseMail } from "../../../../plugins/email/inbound/parse-mail.js";
import { extractReply } from "../../../../plugins/email/reply/extract-reply.js";
import { readExpected, readFixture } from "../read-fixture.js";
import { quotedTails } from "./quoted-tails.js";
import { unseenQuotedTails } from "./quoted-tails-unseen.js";

/**
 * Emails that a table of quoted tails cannot cover, by their name in fixtures/replies/text: answers below, between and
 * without quotes, signatures, and text that must be kept.
 */
const answeredMails: Readonly<Record<string, string>> = {
  "an answer below the quote is shown without it": "answer-below-the-quote",
  "answers between the quotes keep the questions": "answers-between-quotes",
  "answers between quotes, starting with a quote": "answers-between-quotes-from-the-first-line-on",
  "a quote selected by the person, with the answer below": "own-quote-above-the-answer",
  "the wrapped rest of a quoted line is not an answer": "wrapped-quote-line",
  "a signature below its delimiter": "signature-behind-its-delimiter",
  "a signature below the quote": "signature-below-the-quote",
  "a signature below a line of underscores": "signature-behind-a-line-of-underscores",
  "a closing with a name is kept": "closing-with-a-name",
  "rules between paragraphs are kept": "rules-between-paragraphs",
  "a list with hyphens and numbers is kept": "list-with-hyphens-and-numbers",
  "code with a greater-than sign is kept": "code-with-a-greater-than-sign",
  "a sentence about who wrote when is kept": "sentence-like-an-attribution",
  "a journey from one place to another is not a header block": "journey-like-a-header-block",
  "an address form is not a header block": "address-form-like-a-header-block",
  "text about being sent from somewhere is kept": "words-like-a-phone-signature",
  "a disclaimer without a delimiter is kept, as it may be the person's": "disclaimer-without-a-delimiter",
  "a gateway's disclaimer below the quote is removed": "gateway-disclaimer-below-the-quote",
  "a postscript below the quote is kept": "postscript-below-the-quote",
  "the footer of a mailing list or antivirus is removed": "mailing-list-or-antivirus-footer",
  "the armour of a signed email is removed": "encrypted-mail-wrapping",
  "quotes marked with initials are removed": "quotes-marked-with-initials",
  "an email with only a phone's signature and a quote is shown completely": "nothing-new-but-a-phone-signature",
  "a forward without a text of its own is shown completely": "nothing-new-but-a-forward",
  "a plain short answer": "plain-short-answer",
  "an arrow and a heart are kept": "arrow-and-heart",
  "a colon and a time are not an attribution": "opening-hours-like-an-attribution",
  "a colleague's text in the person's own is kept": "told-words-of-a-colleague",
  "a sentence that begins like an attribution is kept": "sentence-that-begins-like-an-attribution",
  "a log between rules is kept": "log-between-rules",
  "a table of pipes is kept": "table-of-pipes",
  "a session with prompts is kept": "session-with-prompts",
  "a mailing list's footer is removed": "mailing-list-footer",
};

/** As above, but not used while the rules were written. */
const unseenAnsweredMails: Readonly<Record<string, string>> = {
  "an answer below a German quote": "answer-below-a-german-quote",
  "an answer between French quotes": "answer-between-french-quotes",
  "an answer below a quoted header block": "answer-below-a-quoted-header-block",
  "a signature with a long dash": "signature-with-a-long-dash",
  "a postscript below a rule is kept": "postscript-behind-a-rule",
  "a date inside a sentence is kept": "date-inside-a-sentence",
  "a line from a log is kept": "line-from-a-log",
  "a Dutch phone's signature": "dutch-phone-signature",
  "a Polish phone's signature": "polish-phone-signature",
  "a Russian phone's signature": "russian-phone-signature",
  "a short Japanese answer": "short-japanese-answer",
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
    const { body } = await parseMail(readFixture(path));
    expect(body.html).toBeNull();
    expect(extractReply(body).text).toBe(readExpected(path));
  });

  test("is found with Windows line endings and no-break spaces", () => {
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
