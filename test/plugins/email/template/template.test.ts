import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import type { Outbound } from "afterchat/channel";
import { createTestHost, sampleMessage, sampleOutbound } from "afterchat/channel-contract";
import { chooseReplyVia } from "../../../../plugins/email/inbound/reply-via.js";
import { emailChannel } from "../../../../plugins/email/index.js";
import { extractReply } from "../../../../plugins/email/reply/extract-reply.js";
import { markerLine, markerName } from "../../../../plugins/email/reply/marker.js";
import { SettingsError } from "../../../../src/settings-error.js";
import { compileTemplate } from "./compile-template.js";

const sources = new URL("../../../../../plugins/email/template/", import.meta.url);
const shop = fileURLToPath(new URL("custom-templates/shop.js", import.meta.url));
const answerable = { EMAIL_REPLY_DOMAIN: "reply.example.com" };

async function mailOf(overrides: Partial<Outbound<string>>, environment: Readonly<Record<string, string>> = {}) {
  const host = createTestHost();
  const config = emailChannel.configure({ EMAIL_FROM: "chat@example.com", ...environment });
  if (!config) throw new Error("email is not configured");
  // As with a mail server: without one, answers are always taken by email, in the dev mailbox.
  const connection = await emailChannel.connect({ ...config, replyVia: chooseReplyVia(environment) }, host);
  await connection.deliver(sampleOutbound("ana@example.com", overrides), new AbortController().signal);
  const [mail] = [...host.entries].filter(([key]) => key.startsWith("mail/")).map(([, value]) => value);
  const { subject, html, text } = mail as { subject: string; html: string; text: string };
  return { subject, html, text, logs: host.logs };
}

test("The committed template is compiled from its source (npm run email:template updates it)", async () => {
  const { MAIL, MESSAGE } = await import("../../../../plugins/email/template/compiled.js");
  const compiled = await compileTemplate(new URL("mail.mjml", sources));
  expect(compiled).toContain(JSON.stringify(MAIL));
  expect(compiled).toContain(JSON.stringify(MESSAGE));
  expect(await readFile(new URL("compiled.ts", sources), "utf8")).toBe(compiled);
});

test("An email loads nothing by itself: nobody learns that it is read", async () => {
  const { html } = await mailOf({}, answerable);
  expect(html).not.toMatch(/<link\b|@import|url\(|\bsrc=|\bbackground=/i);
});

describe("How a visitor answers", () => {
  test.each(["en-GB", "de", "ar", "ja"])(
    "by email: above a marker line in the email's language, %s",
    async (locale) => {
      const visitor = { id: "visitor", name: "Ana", locale, timeZone: null };
      const { text, html } = await mailOf({ visitor }, answerable);
      expect(text.split("\n")[0]).toBe(markerLine(locale));
      expect(html).toContain(`id="${markerName}" class="${markerName}`);
      expect(html.indexOf(markerName)).toBeLessThan(html.indexOf(markerLine(locale)));
      const quoted = text.replace(/^/gm, "> ");
      expect(extractReply({ text: `Thank you!\n\n${quoted}`, html: null }).text).toBe("Thank you!");
    },
  );

  test.each([
    "EMAIL_REPLY_DOMAIN",
    "EMAIL_SMTP_LISTEN",
    "EMAIL_LMTP_LISTEN",
    "EMAIL_IMAP_URL",
    "EMAIL_WEBHOOK_SECRET",
    "EMAIL_MAILGUN_SIGNING_KEY",
    "EMAIL_POSTMARK_SECRET",
    "EMAIL_SENDGRID_PUBLIC_KEY",
  ])("by email is offered only with an inbound source, such as %s", (variable) => {
    expect(chooseReplyVia({ [variable]: "x" })).toBe("email");
    expect(chooseReplyVia({ [variable]: " ", EMAIL_FROM: "chat@example.com" })).toBe("website");
  });

  test("is on the website without an inbound source, and the email says so", async () => {
    const { text, html } = await mailOf({});
    expect(text).not.toContain(markerLine("en"));
    for (const body of [text, html]) expect(body).toContain("replies to this email do not reach us");
  });
});

describe("A custom template", () => {
  const custom = { EMAIL_TEMPLATE: shop, ...answerable };
  const withText = (text: string) => ({ messages: [sampleMessage(text)] });

  test("renders subject, HTML and text; the reply marker is kept", async () => {
    const { subject, html, text, logs } = await mailOf(withText("Yes"), custom);
    expect(subject).toBe("News from Bcc: eve@example.com");
    expect(html).toMatch(
      new RegExp(`<BODY class="shop"><div id="${markerName}".*Please write.*</div></BODY></html>$`, "s"),
    );
    expect(text).toBe(
      `${markerLine("en")}\n\nHello Ana,\nYes\nhttp://localhost:4000/#afterchat-resume=code\nYou receive this because you wrote to Company in the chat on its website.`,
    );
    expect(logs).toEqual([]);
  });

  test.each(["throw", "nonsense", "too large"])(
    "that fails (%s) is replaced by the built-in one and logged",
    async (text) => {
      const mail = await mailOf(withText(text), custom);
      expect(mail.text).toContain(`  ${text}\n`);
      expect(mail.subject).toBe("Company replied to your chat of 3 March");
      expect(mail.logs.map(({ level }) => level)).toEqual(["error"]);
    },
  );

  test("that is not a template is replaced by the built-in one and logged", async () => {
    const mail = await mailOf(
      {},
      { EMAIL_TEMPLATE: fileURLToPath(new URL("../../../support/fakes/certificate.js", import.meta.url)) },
    );
    expect(mail.text).toContain("Yes, within three days.");
    expect(mail.logs.map(({ level }) => level)).toEqual(["error"]);
  });

  test.each(["./nowhere.js", "no-such-package-here"])("that does not exist, %s, stops the start", (EMAIL_TEMPLATE) => {
    expect(() => emailChannel.configure({ EMAIL_TEMPLATE })).toThrow(SettingsError);
    expect(() => emailChannel.configure({ EMAIL_TEMPLATE })).toThrow(/EMAIL_TEMPLATE: /);
  });
});
