import { describe, expect, test } from "@jest/globals";
import { createTestHost, sampleOutbound } from "afterchat/channel-contract";
import { chooseReplyVia } from "../../../../plugins/email/inbound/reply-via.js";
import { emailChannel } from "../../../../plugins/email/index.js";
import { languages } from "../../../../plugins/email/translations/translations.js";
import { words, wordsOfHtml } from "../../../support/app/words-of-html.js";

interface KeptMail {
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly unknown[];
}

/** Delivers a notice to the dev mailbox, and returns the email stored there. */
async function noticeIn(locale: string, environment = {}): Promise<KeptMail> {
  const host = createTestHost();
  const config = emailChannel.configure({ EMAIL_FROM: "chat@example.com", ...environment });
  if (!config) throw new Error("email is not configured");
  // As with a mail server: without one, answers are always taken by email, in the dev mailbox.
  const connection = await emailChannel.connect({ ...config, replyVia: chooseReplyVia(environment) }, host);
  const outbound = sampleOutbound("ana@example.com", {
    kind: "notice",
    messages: [],
    withholdsVisitor: true,
    visitor: { id: "visitor", name: null, locale, timeZone: "Europe/Lisbon" },
  });
  const result = await connection.deliver(outbound, new AbortController().signal);
  expect(result.outcome).toBe("accepted");
  const [kept] = [...host.entries].filter(([key]) => key.startsWith("mail/"));
  if (kept === undefined) throw new Error("No email was stored");
  return kept[1] as unknown as KeptMail;
}

describe.each(Object.entries(languages))("A notice in %s", (language, sentences) => {
  test("says that there is a reply, where to read it and why one gets it, and nothing else", async () => {
    const { text, html, subject, from, attachments } = await noticeIn(language);
    const withoutMarks = text.replace(/[\u2066-\u2069]/g, "");
    const paragraphs = withoutMarks.trim().split("\n\n");
    const said = (sentence: string) => sentence.replaceAll("{company}", "Company");
    expect(withoutMarks).toContain("http://localhost:4000/#afterchat-resume=code");
    expect(html).toContain('href="http://localhost:4000/#afterchat-resume=code"');
    expect(paragraphs.slice(2)).toEqual([
      `${sentences.continueConversation}\nhttp://localhost:4000/#afterchat-resume=code`,
      sentences.readOnWebsite,
      said(sentences.footerUnproven),
      expect.stringMatching(/^.+\nhttp:\/\/localhost:4000\/unsubscribe\/\S+$/),
    ]);
    // A greeting without a name, and one sentence that names the company and the day.
    expect(paragraphs[0]).toBe(sentences.greeting);
    expect(paragraphs[1]).toContain("Company");
    expect(paragraphs).toHaveLength(6);
    expect(subject).toContain("Company");
    expect(from).toBe("Company <chat@example.com>");
    expect(attachments).toEqual([]);
    expect(html).not.toContain('class="message');
    expect(wordsOfHtml(html)).toEqual(words(text));
  });

  test("inserts the company and nothing else", () => {
    expect(sentences.readOnWebsite).not.toMatch(/[{}]/);
    expect(sentences.footerUnproven.match(/\{\w+\}/g)).toEqual(["{company}"]);
  });
});

test("a notice does not ask for an answer by email, even where answers arrive", async () => {
  const { text } = await noticeIn("en", { EMAIL_REPLY_DOMAIN: "reply.example.com" });
  expect(text).not.toContain(languages.en.answerByEmail);
  expect(text).toContain(languages.en.readOnWebsite);
});
