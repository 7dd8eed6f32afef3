import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeWithMailServer } from "./describe-with-mail-server.js";
import { type Correspondent, MailStage } from "./mail-stage.js";

describeWithMailServer("A real Postfix that refuses a recipient", () => {
  let mail: MailStage;

  beforeAll(async () => {
    mail = await MailStage.set();
  });
  afterAll(async () => {
    await mail?.strike();
  });

  /** A visitor whose mail was tried once while Postfix answers RCPT so. */
  async function tried(reply: string): Promise<Correspondent> {
    const ana = await mail.correspondent();
    mail.server.refuse(ana.mailbox.address, reply);
    await mail.answerByMail(ana, "Is my bike ready?", "It is, come by.");
    return ana;
  }

  test("because there is no such mailbox (550 5.1.1) fails the delivery and suppresses the address", async () => {
    // The domain is this Postfix's, so it knows who is missing.
    await mail.correspondent();
    const visitor = await mail.stage.visitor({ email: "nobody@visitor.example" });
    await visitor.say("Is my bike ready?");
    await visitor.leave();
    await mail.stage.desk.reply(visitor, "It is, come by.");
    await mail.stage.program.pass(331);
    const delivery = await mail.stage.desk.delivery(visitor);
    expect(delivery).toMatchObject({ status: "FAILED", attempts: 1, failure: { code: "ADDRESS_INVALID" } });
    expect(delivery.failure.detail).toMatch(/^550 5\.1\.1 <nobody@visitor\.example>: Recipient address rejected/);
    expect(await mail.stage.desk.forwarding(visitor)).toMatchObject({ state: "ADDRESS_SUPPRESSED", pendingReplies: 1 });
  });

  test.each([
    { reply: "450 4.2.0 The mailbox is locked", code: "UNAVAILABLE" },
    { reply: "452 4.2.2 The mailbox is full", code: "UNAVAILABLE" },
    { reply: "450 4.7.1 Greylisted", code: "RATE_LIMITED" },
    { reply: "421 4.3.2 Too many mails", code: "RATE_LIMITED" },
  ])("for now ($reply) gets it once it takes it", async ({ reply, code }) => {
    const ana = await tried(reply);
    const delivery = await mail.stage.desk.delivery(ana.visitor);
    expect(delivery).toMatchObject({ status: "QUEUED", attempts: 1, failure: { code } });
    const [, status, words] = /^(\d{3} [\d.]+) (.+)$/.exec(reply) ?? [];
    expect(delivery.failure.detail).toBe(`${status} <${ana.mailbox.address}>: Recipient address rejected: ${words}`);
    expect(await ana.mailbox.isEmpty()).toBe(true);

    mail.server.refuse(ana.mailbox.address, null);
    await mail.stage.passUntil(delivery.nextAttemptAt);
    expect(await mail.stage.desk.delivery(ana.visitor)).toMatchObject({ status: "SENT", attempts: 2, failure: null });
    expect((await ana.mailbox.mail()).parsed.text).toContain("It is, come by.");
  });

  test.each(["552 5.2.2 The mailbox is full", "554 5.7.1 Not from you"])(
    "for good (%s) fails the delivery; the address may still be good",
    async (reply) => {
      const ana = await tried(reply);
      expect(await mail.stage.desk.delivery(ana.visitor)).toMatchObject({ status: "FAILED", attempts: 1 });
      expect(await mail.stage.desk.forwarding(ana.visitor)).toMatchObject({ state: "FAILED", pendingReplies: 1 });

      mail.server.refuse(ana.mailbox.address, null);
      await mail.stage.desk.reply(ana.visitor, "We close at six.");
      await mail.stage.program.pass(331);
      const { parsed } = await ana.mailbox.mail();
      expect(parsed.text).toContain("It is, come by.");
      expect(parsed.text).toContain("We close at six.");
    },
  );
});
