import { describe, expect, test } from "@jest/globals";
import { parseMail } from "../../../../plugins/email/inbound/parse-mail.js";
import { extractReply } from "../../../../plugins/email/reply/extract-reply.js";
import { readExpected, readFixture } from "../read-fixture.js";

interface HtmlMail {
  readonly name: string;
  readonly layer?: string;
}

/** HTML emails in the format of email clients, with invented text; `name` is that in fixtures/replies/html. */
const htmlMails: Readonly<Record<string, HtmlMail>> = {
  Gmail: { name: "gmail", layer: "structure" },
  "Gmail with answers between": { name: "gmail-with-answers-between" },
  "Gmail with the answer below": { name: "gmail-with-the-answer-below" },
  "Gmail's forward": { name: "gmail-forward" },
  "Gmail with a signature": { name: "gmail-with-a-signature" },
  "Outlook on the web": { name: "outlook-on-the-web", layer: "structure" },
  "Outlook on Windows, in a language that is not in the table": {
    name: "outlook-on-windows-unknown-language",
    layer: "structure",
  },
  "Outlook on Windows in German, with the text part beside it": { name: "outlook-on-windows-in-german" },
  "Outlook on phones": { name: "outlook-on-phones" },
  "an old Outlook for Mac": { name: "outlook-for-mac-old" },
  "Apple Mail": { name: "apple-mail" },
  "Apple Mail with answers between": { name: "apple-mail-with-answers-between" },
  Thunderbird: { name: "thunderbird" },
  Yahoo: { name: "yahoo" },
  Proton: { name: "proton" },
  "GMX and web.de": { name: "gmx-and-web-de" },
  Zoho: { name: "zoho" },
  "Outlook's copy of a Gmail quote": { name: "outlook-copy-of-a-gmail-quote" },
  "a bare blockquote below an attribution": { name: "bare-blockquote-below-an-attribution" },
  "an indentation by the person": { name: "own-indentation", layer: "untouched" },
  "lists, tables, links and emoji": { name: "lists-tables-links" },
};

/** As above, but not used while the rules were written. */
const unseenHtmlMails: Readonly<Record<string, HtmlMail>> = {
  "Gmail in Japanese": { name: "gmail-in-japanese" },
  "Outlook on the web, answered twice": { name: "outlook-on-the-web-answered-twice" },
  Zimbra: { name: "zimbra" },
  QQ: { name: "qq" },
  "Mail.ru": { name: "mail-ru" },
  Samsung: { name: "samsung" },
  "an email with only a signature": { name: "nothing-but-a-signature" },
};

describe("The new text of an answered HTML email", () => {
  test.each(Object.entries({ ...htmlMails, ...unseenHtmlMails }))("%s", async (_, { name, layer }) => {
    const path = `replies/html/${name}.eml`;
    const { body } = await parseMail(readFixture(path));
    const reply = extractReply(body);
    expect(reply.text).toBe(readExpected(path));
    if (layer !== undefined) expect(reply.layer).toBe(layer);
  });

  test("is read from the plain text when the HTML does not mark quotes", () => {
    const text = "*Blue*, please.\n\nOn 3/4/25 09:12, Lantern Books wrote:\n> Which colour?";
    expect(extractReply({ text, html: "<p><b>Blue</b>, please.</p><p>Which colour?</p>" })).toEqual({
      text: "*Blue*, please.",
      layer: "wording",
    });
  });

  test("is read from the HTML when the plain text is empty", () => {
    expect(extractReply({ text: " \n", html: "<p>Blue, please.</p>" }).text).toBe("Blue, please.");
  });

  test("contains only the visible text of the HTML", () => {
    const html = `Blue <script>alert("x")</script><style>p{}</style><img src=x onerror=alert(1)><a href="javascript:alert(1)">here</a><!-- no -->`;
    expect(extractReply({ text: null, html }).text).toBe("Blue here");
  });

  test("is found at any depth of nesting", () => {
    const deep = (html: string) => `${"<div>".repeat(200_000)}${html}`;
    expect(extractReply({ text: null, html: deep("Blue") }).text).toBe("Blue");
    expect(extractReply({ text: null, html: `Blue${deep('<blockquote type="cite">Which?</blockquote>')}` }).text).toBe(
      "Blue",
    );
  });
});
