import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { addressOf } from "../../support/fakes/mail-sink.js";
import { describeWithMailServer } from "./describe-with-mail-server.js";
import { MailServerContext, type VisitorWithMailbox } from "./mail-server-context.js";
import { readStrictly } from "./strict-reader.js";

describeWithMailServer("Through a real Postfix,", () => {
  let mail: MailServerContext;

  beforeAll(async () => {
    mail = await MailServerContext.setup();
  });
  afterAll(async () => {
    await mail?.teardown();
  });

  describe("in a real mailbox, a forwarded reply", () => {
    test("names the author, and the addresses for replies and bounces", async () => {
      const ana = await mail.visitorWithMailbox();
      await mail.replyByEmail(ana, "Is my bike ready?", "It is, come by.");
      const { raw, parsed } = await ana.mailbox.mail();

      expect(parsed.to).toMatchObject({ value: [{ address: ana.mailbox.address, name: "" }] });
      expect(addressOf(parsed.from).address).toBe("chat@harbour.example");
      expect(addressOf(parsed.from).name).toMatch(/Harbour Bikes$/);
      expect(addressOf(parsed.replyTo).address).toMatch(/^chat\+[a-z2-7]{30,58}@harbour\.example$/);
      const [, returnPath = ""] = /^Return-Path: <(.*)>/m.exec(raw) ?? [];
      expect(returnPath).toMatch(/^chat\+[a-z2-7]{30,58}@harbour\.example$/);
      expect(returnPath).not.toBe(addressOf(parsed.replyTo).address);
      expect(parsed.messageId).toMatch(/^<[^<>\s@]+@harbour\.example>$/);
      expect(parsed.inReplyTo).toBeUndefined();
      expect(parsed.references).toMatch(/^<conversation\.[a-z2-7]+@harbour\.example>$/);
      expect(parsed.headers.get("auto-submitted")).toBe("auto-generated");
      expect(await mail.context.agent.delivery(ana.visitor)).toMatchObject({ status: "SENT" });
    });

    test("is in one thread with the previous one", async () => {
      const ana = await mail.visitorWithMailbox();
      await mail.replyByEmail(ana, "Is my bike ready?", "It is, come by.");
      await ana.mailbox.mails(1);
      await mail.context.agent.reply(ana.visitor, "We close at six.");
      await mail.context.app.pass(331);
      await ana.mailbox.mails(2);
      expect(await ana.mailbox.threads("REFERENCES")).toBe("(1 2)");
    });

    test("is in one thread with those of its conversation, and no others", async () => {
      const ana = await mail.visitorWithMailbox();
      await mail.replyByEmail(ana, "Is my bike ready?", "It is, come by.");
      await ana.mailbox.mails(1);
      const other = await mail.context.visitor({ email: ana.mailbox.address });
      await mail.replyByEmail({ ...ana, visitor: other }, "Do you sell bells?", "Big ones and small ones.");
      await ana.mailbox.mails(2);
      await mail.context.agent.reply(ana.visitor, "We close at six.");
      await mail.context.app.pass(331);

      const [first, , third] = await ana.mailbox.mails(3);
      expect(third?.parsed.inReplyTo).toBe(first?.parsed.messageId);
      expect(third?.parsed.references).toEqual([first?.parsed.references, first?.parsed.messageId]);
      expect(third?.parsed.subject).toBe(`Re: ${first?.parsed.subject}`);
      expect((await ana.mailbox.threads("REFS")).match(/\(.*?\)/g)?.sort()).toEqual(["(1 3)", "(2)"]);
      // By RFC 5256 the other conversation, which has the same subject, is a sibling and not a child.
      expect(await ana.mailbox.threads("REFERENCES")).toBe("((1 3)(2))");
    });

    test.each([
      { script: "Latin", name: "Zoë Ångström", text: "Olá – já está pronta: 25 €. „Schöne Grüße“, œuvre, ﬁ, ẞ" },
      { script: "Arabic", name: "مريم", text: "مرحبا بك، دراجتك جاهزة (رقم 42) — Harbour Bikes.\nنغلق الساعة ٦ مساءً." },
      {
        script: "Japanese",
        name: "明子",
        text: "自転車の準備ができました。\n明日の午後六時までにお越しください。𠮷野家「の前」",
      },
      { script: "emoji", name: "👩‍👩‍👧‍👦", text: "👍🏽 🚲 🇵🇹 👩‍👩‍👧‍👦 ❤️ \n1️⃣ e\u0301" },
      {
        script: "SMTP special cases",
        name: 'Ana "A." <x>',
        text: ".\n..\nFrom here on\n--\n=20=3D=\n\ttab  two\u00a0spaces",
      },
      { script: "one long line", name: "Ana", text: "word ".repeat(700).trim() },
      { script: "one long word", name: "Ana", text: "界".repeat(3_000) },
    ])("preserves the text: $script", async ({ name, text }) => {
      const ana = await mail.visitorWithMailbox({ name });
      await ana.visitor.say(text);
      // Otherwise a bot's mail would not repeat what the visitor wrote.
      await mail.context.agent.confirmAddress(ana.visitor);
      await ana.visitor.leave();
      await mail.context.agent.reply(ana.visitor, text, name);
      await mail.context.app.pass(331);
      const fetched = await ana.mailbox.mail();
      const parts = readStrictly(fetched.raw);

      expect(addressOf(fetched.parsed.from).name).toBe(`${name} via Harbour Bikes`);
      const indented = text.replace(/^/gm, "  ");
      expect(parts.text.split(indented)).toHaveLength(3);
      expect(parts.html.split(escaped(text))).toHaveLength(3);
      // A name in another direction is wrapped in isolates (UAX #9), which are invisible.
      expect(parts.text.replace(/[\u2068\u2069]/g, "")).toContain(`Hello ${name},`);
    });

    test("is a long transcript in the mode FULL_TRANSCRIPT", async () => {
      await mail.context.agent.updatePreference({ mode: "FULL_TRANSCRIPT" });
      const ana = await mail.visitorWithMailbox({ name: "Ana", locale: "pt-PT" });
      const messages = Array.from({ length: 60 }, (_, index) =>
        `${index + 1}. ${"Está tudo bem? – Sim, 調子はいいです! ".repeat(8)}`.trim(),
      );
      for (const message of messages.slice(0, -1)) await ana.visitor.say(message);
      await mail.replyByEmail(ana, "Última pergunta", messages.at(-1) ?? "");
      await mail.context.agent.updatePreference({ mode: "UNREAD_REPLIES" });
      const { text, html } = readStrictly((await ana.mailbox.mail()).raw);
      expect(messages.filter((message) => !text.includes(message))).toEqual([]);
      expect(messages.filter((message) => !html.includes(message))).toEqual([]);
    });
  });

  describe("a recipient that is refused", () => {
    /** A visitor with a reply that was attempted once, with this response of Postfix to RCPT. */
    async function attempted(reply: string): Promise<VisitorWithMailbox> {
      const ana = await mail.visitorWithMailbox();
      mail.server.refuse(ana.mailbox.address, reply);
      await mail.replyByEmail(ana, "Is my bike ready?", "It is, come by.");
      return ana;
    }

    test("because the mailbox does not exist (550 5.1.1): the delivery fails, and the address is suppressed", async () => {
      // The domain is local to this Postfix, so it knows its mailboxes.
      await mail.visitorWithMailbox();
      const visitor = await mail.context.visitor({ email: "nobody@visitor.example" });
      await visitor.say("Is my bike ready?");
      await visitor.leave();
      await mail.context.agent.reply(visitor, "It is, come by.");
      await mail.context.app.pass(331);
      const delivery = await mail.context.agent.delivery(visitor);
      expect(delivery).toMatchObject({ status: "FAILED", attempts: 1, failure: { code: "ADDRESS_INVALID" } });
      expect(delivery.failure.detail).toMatch(/^550 5\.1\.1 <nobody@visitor\.example>: Recipient address rejected/);
      expect(await mail.context.agent.forwarding(visitor)).toMatchObject({
        state: "ADDRESS_SUPPRESSED",
        pendingReplies: 1,
      });
    });

    test.each([
      { reply: "450 4.2.0 The mailbox is locked", code: "UNAVAILABLE" },
      { reply: "452 4.2.2 The mailbox is full", code: "UNAVAILABLE" },
      { reply: "450 4.7.1 Greylisted", code: "RATE_LIMITED" },
      { reply: "421 4.3.2 Too many mails", code: "RATE_LIMITED" },
    ])("temporarily ($reply) gets the mail on a retry", async ({ reply, code }) => {
      const ana = await attempted(reply);
      const delivery = await mail.context.agent.delivery(ana.visitor);
      expect(delivery).toMatchObject({ status: "QUEUED", attempts: 1, failure: { code } });
      const [, status, words] = /^(\d{3} [\d.]+) (.+)$/.exec(reply) ?? [];
      expect(delivery.failure.detail).toBe(`${status} <${ana.mailbox.address}>: Recipient address rejected: ${words}`);
      expect(await ana.mailbox.isEmpty()).toBe(true);

      mail.server.refuse(ana.mailbox.address, null);
      await mail.context.passUntil(delivery.nextAttemptAt);
      expect(await mail.context.agent.delivery(ana.visitor)).toMatchObject({
        status: "SENT",
        attempts: 2,
        failure: null,
      });
      expect((await ana.mailbox.mail()).parsed.text).toContain("It is, come by.");
    });

    test.each(["552 5.2.2 The mailbox is full", "554 5.7.1 Not from you"])(
      "permanently (%s): the delivery fails, but the address is not suppressed",
      async (reply) => {
        const ana = await attempted(reply);
        expect(await mail.context.agent.delivery(ana.visitor)).toMatchObject({ status: "FAILED", attempts: 1 });
        expect(await mail.context.agent.forwarding(ana.visitor)).toMatchObject({ state: "FAILED", pendingReplies: 1 });

        mail.server.refuse(ana.mailbox.address, null);
        await mail.context.agent.reply(ana.visitor, "We close at six.");
        await mail.context.app.pass(331);
        const { parsed } = await ana.mailbox.mail();
        expect(parsed.text).toContain("It is, come by.");
        expect(parsed.text).toContain("We close at six.");
      },
    );
  });
});

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "\n": "<br>",
};
const escaped = (text: string) => text.replace(/[&<>"'\n]/g, (character) => entities[character] ?? "");
