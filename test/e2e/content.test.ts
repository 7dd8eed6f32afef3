import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { adminEmail } from "../support/app/test-app.js";
import { TestContext } from "../support/app/test-context.js";
import type { TestVisitor } from "../support/app/test-visitor.js";
import { words, wordsOfHtml } from "../support/app/words-of-html.js";
import { addressOf } from "../support/fakes/mail-sink.js";

let context: TestContext;

beforeAll(async () => {
  context = await TestContext.setup();
});

afterAll(async () => {
  await context?.teardown();
});

/** The only mail sent to the visitor after they leave. */
async function mailAfterLeaving(visitor: TestVisitor) {
  await visitor.leave();
  await context.app.pass(331);
  const [mail, ...others] = context.mailsTo(visitor);
  if (mail === undefined || others.length > 0) throw new Error(`One mail was expected, not ${others.length + 1}`);
  const { text, html, headerLines, attachments } = mail.parsed;
  if (!text || !html) throw new Error("A mail has both text and HTML");
  return { ...mail, text, html, attachments, headers: headerLines.map((header) => header.line) };
}

const numbered = (text: string, count: number) => Array.from({ length: count }, (_, index) => `${text} #${index + 1}#`);

describe("a forwarded email", () => {
  test("contains nothing internal: no agent's address, no id, no failure text", async () => {
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    await context.agent.reply(visitor, "It is, come by.");
    context.mail.behave((recipient) =>
      recipient === visitor.email ? { code: 451, message: "4.3.0 node-seven has no room" } : null,
    );
    await visitor.leave();
    await context.app.pass(331);
    expect((await context.agent.delivery(visitor)).failure.detail).toContain("node-seven");
    context.mail.behave(() => null);
    const { text, html, headers, envelopeFrom } = await mailAfterLeaving(visitor);
    const whole = [envelopeFrom, ...headers, text, html].join("\n").toLowerCase();

    const { conversation } = await context.agent.client.do(
      `query ($id: ID!) { conversation(id: $id) {
        id visitor { id } messages { nodes { id author { ... on Agent { id } ... on Visitor { id } } deliveries { id } } } } }`,
      { id: visitor.conversationId },
    );
    const ids = JSON.stringify(conversation).match(/[0-9a-f]{8}-[0-9a-f-]{27}/g) ?? [];
    expect(new Set(ids).size).toBe(6);
    for (const internal of [...ids, adminEmail, "node-seven", "forwarded to"]) expect(whole).not.toContain(internal);
  });

  test.each([
    { messages: 9, whole: true },
    { messages: 10, whole: true },
    { messages: 11, whole: false },
  ])("shows the whole of a short conversation: $messages messages, $whole", async ({ messages, whole }) => {
    const visitor = await context.visitor();
    const questions = numbered("question", messages - 1);
    for (const question of questions) await visitor.say(question);
    await context.agent.reply(visitor, "It is, come by.");
    const { text } = await mailAfterLeaving(visitor);
    expect(text).toContain("It is, come by.");
    const shown = questions.filter((question) => text.includes(question));
    expect(shown).toEqual(whole ? questions : questions.slice(-4));
    if (whole) expect(text).not.toContain("earlier message");
    else expect(text).toContain("6 earlier messages are on the website.");
  });

  test("includes or counts all 500 unread replies: none is lost", async () => {
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    const replies = numbered("reply", 500);
    for (let first = 0; first < replies.length; first += 20) {
      await Promise.all(replies.slice(first, first + 20).map((reply) => context.agent.reply(visitor, reply)));
    }
    const { text, html, attachments: attached } = await mailAfterLeaving(visitor);
    const shown = replies.filter((reply) => text.includes(reply));
    // Including the visitor's question.
    expect(text).toContain(`${501 - shown.length} more messages are in the attached file conversation.txt.`);
    for (const reply of replies) expect(attached[0]?.content.toString()).toContain(`  ${reply}\n`);
    expect(shown.length).toBeGreaterThan(100);
    expect(Buffer.byteLength(html)).toBeLessThan(102_000);
    expect(wordsOfHtml(html)).toEqual(words(text));
    expect((await context.agent.delivery(visitor)).messages).toHaveLength(500);
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "NOTHING_PENDING", pendingReplies: 0 });
  });

  test("escapes HTML and Markdown in messages and names", async () => {
    const typed = `<img src=x onerror="alert(1)"> **bold** [link](javascript:alert(1)) <%= it %> &lt; 'quoted'`;
    const visitor = await context.visitor({ name: "<b>Ana</b>" });
    await visitor.say(typed);
    await context.agent.confirmAddress(visitor);
    await context.agent.reply(visitor, `</td></table><script>alert(2)</script> ${typed}`, "<i>Robo</i>");
    const { text, html } = await mailAfterLeaving(visitor);
    expect(html).not.toMatch(/<img|<script|<b>|<i>|href="javascript/);
    expect(wordsOfHtml(html).join(" ")).toContain(typed);
    expect(text).toContain(typed);
    expect(wordsOfHtml(html)).toEqual(words(text));
  });

  test.each([
    "Ana\r\nBcc: eve@example.com",
    "Ana\u2028Bcc: eve@example.com",
    '"Ana" <eve@example.com>, Ben',
    "=?utf-8?q?Ana?=",
  ])("prevents injection of headers and recipients through a name: %j", async (name) => {
    const visitor = await context.visitor({ name });
    await visitor.say("Is my bike ready?");
    await context.agent.confirmAddress(visitor);
    await context.agent.reply(visitor, "It is, come by.", name.slice(0, 100));
    const { parsed, headers, envelopeTo } = await mailAfterLeaving(visitor);
    expect(envelopeTo).toEqual([visitor.email]);
    expect(addressOf(parsed.to)).toEqual({ address: visitor.email, name: "" });
    expect(addressOf(parsed.from).address).toBe("chat@harbour.example");
    expect(parsed.headers.has("bcc")).toBe(false);
    expect(headers.filter((line) => /^(to|from|cc|bcc|subject):/i.test(line))).toHaveLength(3);
  });

  test("truncates a long name between graphemes, and preserves emoji, right-to-left and CJK text", async () => {
    const family = "👩‍👩‍👧‍👦";
    const texts = [
      family.repeat(800),
      "مرحبا بك، دراجتك جاهزة",
      "自転車の準備ができました",
      "e\u0301".repeat(4_000),
      "🇵🇹🇯🇵",
    ];
    const visitor = await context.visitor({ name: `Zoë ${"👍🏽".repeat(70)}` });
    await visitor.say(texts[1] ?? "");
    await context.agent.confirmAddress(visitor);
    for (const text of texts) await context.agent.reply(visitor, text, family.repeat(8));
    const { parsed, text, html } = await mailAfterLeaving(visitor);
    for (const typed of texts) {
      expect(text).toContain(typed);
      expect(html).toContain(typed);
    }
    expect(text).toMatch(/^Hello Zoë (👍🏽)+…,\n/u);
    expect(addressOf(parsed.from).name).toBe(`${family.repeat(8)} via Harbour Bikes`);
    for (const whole of [text, html, parsed.subject]) expect(whole).not.toContain("\ufffd");
  });

  test.each([{ name: null }, { name: "  " }, { name: "ana@example.com" }])(
    "has a neutral greeting for a visitor with the name $name",
    async ({ name }) => {
      const visitor = await context.visitor({ name });
      await visitor.say("Is my bike ready?");
      await context.agent.reply(visitor, "It is, come by.");
      const { text, html } = await mailAfterLeaving(visitor);
      expect(text).toMatch(/^Hello,\n/);
      expect(wordsOfHtml(html)[0]).toBe("Hello,");
    },
  );

  test("has the same content in its text and HTML parts", async () => {
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?\n\nIt was due   on Monday & I need it.");
    await context.agent.reply(visitor, 'It is:\n  - "brakes"\n  - gears <new>\n\nCome by.');
    const { text, html } = await mailAfterLeaving(visitor);
    expect(wordsOfHtml(html)).toEqual(words(text));
    expect(text).toContain('  It is:\n    - "brakes"\n    - gears <new>\n  \n  Come by.');
  });

  test("shows times in the visitor's time zone and language", async () => {
    const visitor = await context.visitor({ locale: "de-AT", timeZone: "Asia/Kolkata" });
    await visitor.say("Ist mein Rad fertig?");
    await context.agent.reply(visitor, "Ja.");
    const { conversation } = await context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { lastMessage { sentAt } } }",
      { id: visitor.conversationId },
    );
    const { text } = await mailAfterLeaving(visitor);
    const moment = new Intl.DateTimeFormat("de-AT", {
      dateStyle: "long",
      timeStyle: "short",
      timeZone: "Asia/Kolkata",
    });
    expect(words(text).join(" ")).toContain(moment.format(new Date(conversation.lastMessage.sentAt)));
  });

  test("links to this conversation only", async () => {
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    await context.agent.reply(visitor, "It is, come by.");
    const { text } = await mailAfterLeaving(visitor);
    const code = /#afterchat-resume=(\S+)/.exec(text)?.[1];
    const { startSession } = await context.app.client.do(
      "mutation ($code: String!) { startSession(input: { resume: $code }) { kind visitor { email } conversation { id messages { nodes { text } } } } }",
      { code },
    );
    expect(startSession).toEqual({
      kind: "GUEST",
      visitor: { email: `a***${visitor.email.slice(visitor.email.indexOf("@"))}` },
      conversation: {
        id: visitor.conversationId,
        messages: { nodes: [{ text: "Is my bike ready?" }, { text: "It is, come by." }] },
      },
    });
  });
});
