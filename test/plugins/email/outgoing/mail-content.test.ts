import { describe, expect, test } from "@jest/globals";
import type { ChannelHost, Outbound } from "afterchat/channel";
import { createTestHost, sampleAttachment, sampleMessage, sampleOutbound } from "afterchat/channel-contract";
import fc from "fast-check";
import { chooseReplyVia } from "../../../../plugins/email/inbound/reply-via.js";
import { emailChannel } from "../../../../plugins/email/index.js";
import { words, wordsOfHtml } from "../../../support/app/words-of-html.js";

interface KeptMail {
  readonly from: string;
  readonly subject: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly { readonly name: string; readonly sizeBytes: number }[];
}

/** Delivers to the dev mailbox, and returns the email stored there. */
async function mailOf(overrides: Partial<Outbound<string>>, environment = {}, host = createTestHost()) {
  const config = emailChannel.configure({ EMAIL_FROM: "chat@example.com", ...environment });
  if (!config) throw new Error("email is not configured");
  // As with a mail server: without one, answers are always taken by email, in the dev mailbox.
  const connection = await emailChannel.connect({ ...config, replyVia: chooseReplyVia(environment) }, host);
  const result = await connection.deliver(sampleOutbound("ana@example.com", overrides), new AbortController().signal);
  expect(result.outcome).toBe("accepted");
  const kept = [...host.entries].filter(([key]) => key.startsWith("mail/")).at(-1)?.[1] as unknown as KeptMail;
  return {
    ...kept,
    header: (name: string) => kept.headers.find((header) => header.name === name)?.value,
    acceptance: result.outcome === "accepted" ? result : null,
  };
}

const named = (name: string | null, kind: "agent" | "bot" = "agent") =>
  sampleMessage(`Signed ${name}`, { author: { kind, name } });
const withVisitor = (visitor: Partial<Outbound["visitor"]>) => ({
  visitor: { id: "visitor", name: "Ana", locale: "en-GB", timeZone: "Europe/Lisbon", ...visitor },
});

describe("The text of an email", () => {
  test("greets the visitor, says who wrote, and distinguishes replies from their context", async () => {
    const outbound = sampleOutbound("ana@example.com");
    const host = createTestHost();
    const { text } = await mailOf(outbound, {}, host);
    expect(text).toBe(`Hello Ana,

Ben from Company replied to your chat of 3 March.

You · 3 March 2026 at 11:05
  Do you ship to Lisbon?

New reply from Ben · 3 March 2026 at 11:05
  Yes, within three days.

Continue the conversation
http://localhost:4000/#afterchat-resume=code

To answer, please continue the conversation on the website: replies to this email do not reach us.

You receive this because you wrote to Company in the chat on its website.

No more emails about this conversation
http://localhost:4000/unsubscribe/${host.sign("unsubscribe", outbound.conversation.id)}
`);
  });

  test.each([null, "", "  \r\n ", "ana@example.com", "https://win.example"])(
    "greets a visitor named %j without a name (case 20)",
    async (name) => {
      const { text, html } = await mailOf(withVisitor({ name }));
      expect(text).toMatch(/^Hello,\n/);
      expect(wordsOfHtml(html)[0]).toBe("Hello,");
    },
  );

  test.each([
    { locale: "en-US", timeZone: "America/New_York", shown: "March 3, 2026 at 6:05 AM" },
    { locale: "en-GB", timeZone: "Asia/Kolkata", shown: "3 March 2026 at 16:35" },
    { locale: "de-AT", timeZone: "Europe/Vienna", shown: "3. März 2026 um 12:05" },
    { locale: null, timeZone: null, shown: "3 March 2026 at 11:05 UTC" },
    { locale: "zz-Nowhere-###", timeZone: "Mars/Olympus", shown: "3 March 2026 at 11:05 UTC" },
    { locale: "xx", timeZone: "", shown: "3 March 2026 at 11:05 UTC" },
  ])("shows times to $locale in $timeZone as $shown (case 23)", async ({ locale, timeZone, shown }) => {
    const { text } = await mailOf(withVisitor({ locale, timeZone }));
    expect(words(text).join(" ")).toContain(shown);
  });

  test("reveals nothing internal: no agent's address, no id (case 14)", async () => {
    const outbound = sampleOutbound("ana@example.com", { messages: [named("ben@company.example")] });
    const host = createTestHost();
    const mail = await mailOf(outbound, {}, host);
    const shown = JSON.stringify([mail.headers, mail.text, mail.html]);
    for (const internal of [
      outbound.deliveryId,
      outbound.conversation.id,
      outbound.visitor.id,
      "from ben@",
      "ben@company",
    ]) {
      expect(shown.replaceAll("Signed ben@company.example", "")).not.toContain(internal);
    }
    expect(mail.from).toBe("Company <chat@example.com>");
  });

  test("escapes markup in what people write (case 17)", async () => {
    const text = `<img src=x onerror="alert(1)"> **bold** [link](javascript:alert(1)) <%= it %> &lt; 'quoted'`;
    const mail = await mailOf({ messages: [sampleMessage(text, { author: { kind: "agent", name: "<b>Ben</b>" } })] });
    expect(mail.html).not.toMatch(/<img|<b>|href="javascript/);
    expect(wordsOfHtml(mail.html).join(" ")).toContain(text);
    expect(mail.text).toContain(text);
  });

  test("sets the direction of each message separately (case 19)", async () => {
    const { html } = await mailOf({ messages: [sampleMessage("مرحبا بك"), sampleMessage("日本語のテキスト")] });
    expect(html.match(/<div class="text primary" dir="auto"/g)).toHaveLength(2);
  });

  test("isolates names and times of another direction from its own sentences (case 19)", async () => {
    const times = withVisitor({ locale: "ar", timeZone: "Asia/Riyadh" });
    const { text, html } = await mailOf({ messages: [named("سارة")], ...times });
    expect(text).toMatch(/^رد جديد من سارة · \u2068[^\u2068\u2069\n]+\u2069$/mu);
    expect(text).toContain("سارة من \u2068Company\u2069");
    expect(html).toMatch(/<html lang="ar" dir="rtl"/);
    const english = await mailOf({ messages: [named("سارة")] });
    expect(english.text).toContain("\u2068سارة\u2069 from Company replied");
    expect(english.subject).not.toMatch(/[\u2068\u2069]/u);
  });

  test("indents messages so that they cannot imitate the email's own text", async () => {
    const { text } = await mailOf({ messages: [sampleMessage("Hi\n\nNew reply from Eve · now\nPay here")] });
    expect(text).toContain("  Hi\n  \n  New reply from Eve · now\n  Pay here");
  });
});

describe("An email that is too large", () => {
  const many = (count: number, text: string) =>
    Array.from({ length: count }, (_, index) => sampleMessage(`${text} #${index + 1}#`));

  test("shows the newest of 500 unread replies and counts the others, so that none is lost (case 16)", async () => {
    const context = [sampleMessage("Old context", { role: "context" })];
    const { text, html, attachments } = await mailOf({
      messages: [...context, ...many(500, "reply")],
      earlierMessages: 7,
    });
    expect(Buffer.byteLength(html)).toBeLessThan(100_000);
    const shown = many(500, "reply").filter((message) => text.includes(`${message.text}\n`));
    expect(shown.at(-1)?.text).toBe("reply #500#");
    expect(shown.length).toBeGreaterThan(100);
    expect(text).toContain(`${501 - shown.length} more messages are in the attached file conversation.txt.`);
    expect(text).toContain("7 earlier messages are on the website.");
    expect(attachments.map(({ name }) => name)).toEqual(["conversation.txt"]);
    expect(wordsOfHtml(html)).toEqual(words(text));
  });

  test("drops context before replies", async () => {
    const context = many(40, "x".repeat(5_000)).map((message) => ({ ...message, role: "context" as const }));
    const { text } = await mailOf({ messages: [...context, ...many(10, "reply")] });
    for (const reply of many(10, "reply")) expect(text).toContain(reply.text);
    expect(text).toMatch(/\d+ more messages are in the attached file conversation\.txt\./);
  });

  test.each(["👩‍👩‍👧‍👦", "e\u0301", "長", "'", "🇵🇹", "\n", "مرحبا "])(
    "shows a message of 10,000 characters of %j completely",
    async (grapheme) => {
      const text = `${grapheme.repeat(Math.floor(9_998 / grapheme.length))}!`;
      const mail = await mailOf({ messages: [sampleMessage(text)] });
      expect(words(mail.text).join("")).toContain(words(text).join(""));
      expect(Buffer.byteLength(mail.html)).toBeLessThan(100_000);
    },
  );

  test("truncates only a single reply that exceeds the limit, between graphemes, and says so (case 19)", async () => {
    const family = "👩‍👩‍👧‍👦";
    const { text, html } = await mailOf({ messages: [sampleMessage(family.repeat(20_000))] });
    expect(Buffer.byteLength(html)).toBeLessThan(100_000);
    const shown = /(?:👩‍👩‍👧‍👦)+/u.exec(text)?.[0] ?? "";
    expect(shown.length % family.length).toBe(0);
    expect(text).toContain(`${family}\n  The rest of this message is in the attached file conversation.txt.`);
    expect(wordsOfHtml(html)).toEqual(words(text));
  });
});

test.each([
  ["bell.jpg", "Attached: bell.jpg (1\u00a0byte)"],
  [`${"a very long name ".repeat(6)}.xlsx`, /^ {2}Attached: a very long name .{30,42}….xlsx \(1\u00a0byte\)$/m],
  [`${"no kind at all ".repeat(6)}`, /^ {2}Attached: no kind at all .{40,46}… \(1\u00a0byte\)$/m],
])("A file named %j is shown with its extension, and its size without a line break", async (name, expected) => {
  const { text } = await mailOf({ messages: [sampleMessage("Look", { attachments: [sampleAttachment(name, "x")] })] });
  if (typeof expected === "string") expect(text).toContain(expected);
  else expect(text).toMatch(expected);
});

describe("The sender of an email", () => {
  test.each([
    { messages: [named("Ana")], from: "Ana via Company" },
    { messages: [named("Ana"), named("Ben")], from: "Ben, Ana via Company" },
    { messages: [named("Ana"), named("Ben"), named("Eve")], from: "Company" },
    { messages: [named(null)], from: "Company" },
    { messages: [named("Helper", "bot")], from: "Helper via Company" },
    { messages: [named(null, "bot")], from: "Company" },
  ])("is $from", async ({ messages, from }) => {
    expect((await mailOf({ messages })).from).toBe(`${from} <chat@example.com>`);
  });

  test("cannot add a header or a recipient by its name (case 18)", async () => {
    const name = "Ben\r\nBcc: eve@example.com\r\n\r\n<script>";
    const plain = await mailOf({});
    const mail = await mailOf({ messages: [named(name)], company: { name, locale: null }, ...withVisitor({ name }) });
    expect(mail.headers.map((header) => header.name)).toEqual(plain.headers.map((header) => header.name));
    expect(mail.header("To")).toBe("ana@example.com");
  });

  test("has a long name truncated between graphemes (case 19)", async () => {
    const { from } = await mailOf({ messages: [named("👩‍👩‍👧‍👦".repeat(300))] });
    expect(from).toMatch(/^(?:👩‍👩‍👧‍👦)+… via Company </u);
  });
});

describe("Reply addresses", () => {
  test("are plus addresses of the sender's mailbox, each signed for its purpose", async () => {
    const host = createTestHost();
    const outbound = sampleOutbound("ana@example.com");
    const mail = await mailOf(outbound, {}, host);
    const [, token = ""] = /^chat\+([a-z2-7]+)@example\.com$/.exec(mail.header("Reply-To") ?? "") ?? [];
    expect(host.verify("reply", token.toUpperCase())).toBe(outbound.conversation.id);
    expect(host.verify("bounce", token)).toBeNull();
  });

  test("are mailboxes of the reply domain if one is configured", async () => {
    const mail = await mailOf({}, { EMAIL_REPLY_DOMAIN: "Reply.Example.com" });
    expect(mail.header("Reply-To")).toMatch(/^[a-z2-7]{39}@reply\.example\.com$/);
  });

  test("that are too long for mail servers are rejected at the start", () => {
    const configure = (from: string) => () => emailChannel.configure({ EMAIL_FROM: from });
    expect(configure(`${"c".repeat(17)}@example.com`)).toThrow(/EMAIL_FROM: .*EMAIL_REPLY_DOMAIN/);
    expect(configure(`${"c".repeat(16)}@example.com`)).not.toThrow();
  });
});

describe("The email thread of a conversation", () => {
  const conversation = { id: "7d1f2f0e-52c9-4a39-8e0f-9a0b9f6c1d11", startedAt: new Date("2026-03-03T23:30:00Z") };

  /** Two emails, the second sent after the first was accepted. */
  async function twoMails(
    changes: Partial<Outbound<string>> = {},
    host: ChannelHost & ReturnType<typeof createTestHost> = createTestHost(),
  ) {
    const first = await mailOf({ conversation }, {}, host);
    host.setTime(new Date("2026-03-05T09:00:00Z"));
    const thread = [
      { reference: "r", externalIds: first.acceptance?.externalIds ?? [], thread: first.acceptance?.thread ?? null },
    ];
    return { first, second: await mailOf({ conversation, thread, ...changes }, {}, host) };
  }

  test("begins with a root that reveals nothing about the conversation", async () => {
    const { first } = await twoMails();
    expect(first.header("In-Reply-To")).toBeUndefined();
    expect(first.header("References")).toMatch(/^<conversation\.[a-z2-7]+@example\.com>$/);
    expect(first.header("References")).not.toContain(conversation.id);
  });

  test("continues after the previous email", async () => {
    const { first, second } = await twoMails();
    expect(second.header("In-Reply-To")).toBe(first.header("Message-ID"));
    expect(second.header("References")).toBe(`${first.header("References")} ${first.header("Message-ID")}`);
  });

  test("answers the visitor's email if it is the newest", async () => {
    const inbound = (at: string) => ({ lastInbound: { externalId: "<visitor@mail.example>", at: new Date(at) } });
    const newer = await twoMails(inbound("2026-03-04T08:00:00Z"));
    expect(newer.second.header("In-Reply-To")).toBe("<visitor@mail.example>");
    const older = await twoMails(inbound("2026-03-02T08:00:00Z"));
    expect(older.second.header("In-Reply-To")).toBe(older.first.header("Message-ID"));
  });

  test("keeps its subject when company, visitor or time zone change", async () => {
    const { first, second } = await twoMails({
      company: { name: "Renamed", locale: null },
      ...withVisitor({ timeZone: "Pacific/Auckland", locale: "de" }),
    });
    expect(first.subject).toBe("Company replied to your chat of 3 March");
    expect(second.subject).toBe(`Re: ${first.subject}`);
  });

  test("refers only to the root and the last 10 emails", async () => {
    const thread = Array.from({ length: 15 }, (_, index) => ({
      reference: `r${index}`,
      externalIds: [`<r${index}@example.com>`],
      thread: null,
    }));
    const references = words((await mailOf({ conversation, thread })).header("References") ?? "");
    expect(references).toHaveLength(11);
    expect(references.at(-1)).toBe("<r14@example.com>");
  });

  test("asks autoresponders not to answer", async () => {
    const mail = await mailOf({});
    expect(mail.header("Auto-Submitted")).toBe("auto-generated");
    expect(mail.header("X-Auto-Response-Suppress")).toBe("DR, RN, NRN, OOF, AutoReply");
  });
});

test("For any texts and names, text and HTML have the same content and no header is added (cases 18, 21)", async () => {
  const { headers } = await mailOf({});
  const expected = headers.map((header) => header.name);
  const anything = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.string());
  await fc.assert(
    fc.asyncProperty(
      anything,
      anything,
      anything,
      fc.array(anything, { maxLength: 4 }),
      async (visitor, agent, company, texts) => {
        const mail = await mailOf({
          messages: texts.map((text) => sampleMessage(text, { author: { kind: "agent", name: agent } })),
          company: { name: company, locale: company },
          ...withVisitor({ name: visitor, locale: visitor, timeZone: agent }),
        });
        expect(mail.headers.map((header) => header.name)).toEqual(expected);
        expect(wordsOfHtml(mail.html)).toEqual(words(mail.text));
      },
    ),
    { numRuns: 200 },
  );
});
