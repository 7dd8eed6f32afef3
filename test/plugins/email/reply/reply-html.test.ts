import { describe, expect, test } from "@jest/globals";
import { extractReply } from "../../../../plugins/email/reply/extract-reply.js";
import { htmlMails, unseenHtmlMails } from "./html-mails.js";

describe("the new text of an answered HTML mail", () => {
  test.each(Object.entries({ ...htmlMails, ...unseenHtmlMails }))("%s", (_, mail) => {
    const reply = extractReply({ text: mail.text ?? null, html: mail.html });
    expect(reply.text).toBe(mail.expected);
    if (mail.layer !== undefined) expect(reply.layer).toBe(mail.layer);
  });

  test("is read from the plain text when the HTML says nothing of quotes", () => {
    const text = "*Blue*, please.\n\nOn 3/4/25 09:12, Lantern Books wrote:\n> Which colour?";
    expect(extractReply({ text, html: "<p><b>Blue</b>, please.</p><p>Which colour?</p>" })).toEqual({
      text: "*Blue*, please.",
      layer: "wording",
    });
  });

  test("is read from the HTML when the plain text is empty", () => {
    expect(extractReply({ text: " \n", html: "<p>Blue, please.</p>" }).text).toBe("Blue, please.");
  });

  test("holds nothing of the HTML but its words", () => {
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
