import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { checkChannels } from "../../src/channels/health/check-channels.js";
import { TestContext } from "../support/app/test-context.js";
import type { TestVisitor } from "../support/app/test-visitor.js";
import { CERTIFICATE, CERTIFICATE_KEY } from "../support/fakes/certificate.js";
import { MailSink, type Refusal } from "../support/fakes/mail-sink.js";

const busy = { code: 451, message: "4.3.0 Try again later" };
const unwanted = { code: 550, message: "5.7.1 Not wanted here" };
const unknown = { code: 550, message: "5.1.1 No such user" };

describe("an SMTP refusal", () => {
  let context: TestContext;

  beforeAll(async () => {
    context = await TestContext.setup();
  });

  afterEach(() => {
    context.mail.behave(() => null);
  });

  afterAll(async () => {
    await context?.teardown();
  });

  /** From now on, refuses mails to this visitor only. */
  const refuse = (visitor: TestVisitor, refusal: Refusal | null) =>
    context.mail.behave((recipient) => (recipient === visitor.email ? refusal : null));

  test("that is temporary is retried after about 1, 2, 4, 8, 15 and 15 minutes", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    refuse(visitor, busy);
    const { dueAt } = await context.agent.forwarding(visitor);
    await context.passUntil(dueAt);
    for (const [index, minutes] of [1, 2, 4, 8, 15, 15].entries()) {
      const { status, attempts, nextAttemptAt, failure } = await context.agent.delivery(visitor);
      expect({ status, attempts, failure }).toEqual({
        status: "QUEUED",
        attempts: index + 1,
        failure: { code: "UNAVAILABLE", detail: "451 4.3.0 Try again later" },
      });
      const waitMinutes = (new Date(nextAttemptAt).getTime() - context.now.getTime()) / 60_000;
      expect(waitMinutes).toBeGreaterThan(minutes * 0.75);
      expect(waitMinutes).toBeLessThanOrEqual(minutes * 1.2);
      await context.passUntil(nextAttemptAt, -1);
      expect((await context.agent.delivery(visitor)).attempts).toBe(index + 1);
      await context.passUntil(nextAttemptAt);
    }
    refuse(visitor, null);
    await context.app.pass(18 * 60);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "SENT", attempts: 8, failure: null, dueAt });
    expect(context.mailCount(visitor)).toBe(1);
  });

  test("that is permanent is not retried", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    refuse(visitor, unwanted);
    await context.app.pass(301);
    refuse(visitor, null);
    await context.app.pass(3_600);
    expect(await context.agent.delivery(visitor)).toMatchObject({
      status: "FAILED",
      attempts: 1,
      nextAttemptAt: null,
      failure: { code: "UNKNOWN", detail: "550 5.7.1 Not wanted here" },
    });
    expect(context.mailCount(visitor)).toBe(0);
  });

  test("of a reply (550) is not planned again; a later reply is sent together with the refused one", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    refuse(visitor, unwanted);
    await context.app.pass(301);
    refuse(visitor, null);
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "FAILED", dueAt: null, pendingReplies: 1 });
    await context.app.pass(7_200);
    expect(context.mailCount(visitor)).toBe(0);

    await context.agent.reply(visitor, "We close at six.");
    const { state, dueAt } = await context.agent.forwarding(visitor);
    expect(state).toBe("WAITING");
    await context.passUntil(dueAt);
    const [second, first] = await context.agent.deliveries(visitor);
    expect(second).toMatchObject({
      status: "SENT",
      messages: [{ text: "It is, come by." }, { text: "We close at six." }],
    });
    expect(first).toMatchObject({ status: "FAILED", messages: [{ text: "It is, come by." }] });
    const text = context.mailsTo(visitor)[0]?.parsed.text ?? "";
    expect(text.match(/^New reply from /gm)).toHaveLength(2);
    expect((await context.agent.forwarding(visitor)).state).toBe("NOTHING_PENDING");
  });

  test("of an unknown address suppresses it for all visitors who have it; a new address gets the unread replies", async () => {
    const visitor = await context.visitorWhoLeft();
    const other = await context.visitorWhoLeft({ email: visitor.email });
    await context.agent.reply(visitor, "It is, come by.");
    refuse(visitor, unknown);
    await context.app.pass(301);
    refuse(visitor, null);
    expect(await context.agent.delivery(visitor)).toMatchObject({
      status: "FAILED",
      failure: { code: "ADDRESS_INVALID" },
    });
    await context.agent.reply(visitor, "We close at six.");
    await context.agent.reply(other, "Yours is ready too.");
    expect((await context.agent.forwarding(visitor)).state).toBe("ADDRESS_SUPPRESSED");
    expect((await context.agent.forwarding(other)).state).toBe("ADDRESS_SUPPRESSED");
    await context.app.pass(3_600);
    expect(context.mailCount(visitor)).toBe(0);

    await visitor.client.do('mutation { submitContactForm(input: { email: "ana-new@example.com" }) { email } }');
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "WAITING", address: "ana-new@example.com" });
    await context.app.tick();
    expect((await context.agent.deliveries(visitor))[0]).toMatchObject({
      status: "SENT",
      address: "ana-new@example.com",
    });
    expect((await context.agent.deliveries(visitor))[0]?.messages).toHaveLength(2);
    expect((await context.agent.forwarding(other)).state).toBe("ADDRESS_SUPPRESSED");
  });

  test("that is a soft bounce suppresses the address only at the fifth in a row", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.app.advance(301);
    const replyRefused = async (refusal: Refusal | null) => {
      await context.agent.reply(visitor, "It is, come by.");
      refuse(visitor, refusal);
      await context.app.pass(31);
      return (await context.agent.forwarding(visitor)).state;
    };
    for (let bounce = 1; bounce <= 4; bounce += 1) expect(await replyRefused(unwanted)).toBe("FAILED");
    expect(await replyRefused(null)).toBe("NOTHING_PENDING");
    for (let bounce = 1; bounce <= 4; bounce += 1) expect(await replyRefused(unwanted)).toBe("FAILED");
    expect(await replyRefused(unwanted)).toBe("ADDRESS_SUPPRESSED");
    expect(await replyRefused(null)).toBe("ADDRESS_SUPPRESSED");
    expect(context.mailCount(visitor)).toBe(1);
  });

  test("for too many mails (421) slows the channel down, on reused connections too", async () => {
    const visitors = await Promise.all(Array.from({ length: 3 }, () => context.visitorWhoLeft()));
    for (const visitor of visitors) await context.agent.reply(visitor, "It is, come by.");
    await context.app.pass(301);
    for (const visitor of visitors) await context.agent.reply(visitor, "We close at six.");
    const [first, second, third] = visitors as [TestVisitor, TestVisitor, TestVisitor];
    context.mail.behave(() => ({ code: 421, message: "4.7.0 Too many mails" }));
    await context.agent.forwardNow(first);
    await context.app.tick();
    expect((await context.agent.deliveries(first))[0]).toMatchObject({
      status: "QUEUED",
      failure: { code: "RATE_LIMITED" },
    });
    context.mail.behave(() => null);
    await context.app.pass(31);
    for (const visitor of [second, third]) {
      expect((await context.agent.deliveries(visitor))[0]).toMatchObject({ status: "QUEUED", attempts: 0 });
    }
    await context.app.pass(60);
    expect(visitors.map((visitor) => context.mailCount(visitor))).toEqual([2, 2, 2]);
  });

  test("that lasts a whole day makes the delivery FAILED, and the agent sees why", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    refuse(visitor, busy);
    await context.app.pass(301);
    const { dueAt } = await context.agent.delivery(visitor);
    for (let hours = 1; hours < 24; hours += 1) await context.passUntil(dueAt, hours * 3_600);
    await context.agent.signInAgain();
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "QUEUED", late: true });
    await context.passUntil(dueAt, 24 * 3_600 + 1_200);
    expect(await context.agent.delivery(visitor)).toMatchObject({
      status: "FAILED",
      late: true,
      nextAttemptAt: null,
      failure: { code: "UNAVAILABLE" },
    });
    expect((await context.agent.forwarding(visitor)).state).toBe("FAILED");
    expect(context.mailCount(visitor)).toBe(0);
  });
});

describe("an SMTP server that refuses the credentials", () => {
  const password = "a mailer's password";
  const trusted = getCACertificates("default");
  let context: TestContext;
  let mail: MailSink;
  let acceptsLogin = true;

  beforeAll(async () => {
    setDefaultCACertificates([...trusted, CERTIFICATE]);
    mail = await MailSink.start({
      authOptional: false,
      disabledCommands: [],
      key: CERTIFICATE_KEY,
      cert: CERTIFICATE,
      onAuth: (login, _session, callback) => {
        if (acceptsLogin && login.password === password) callback(null, { user: login.username ?? "" });
        else callback(Object.assign(new Error("5.7.8 Authentication failed"), { responseCode: 535 }));
      },
    });
    const withLogin = mail.url.replace("://", `://mailer:${encodeURIComponent(password)}@`);
    context = await TestContext.setup({ EMAIL_SMTP_URL: withLogin }, { mail });
  });

  afterAll(async () => {
    await context?.teardown();
    await mail?.stop();
    setDefaultCACertificates(trusted);
  });

  async function health() {
    const { channels } = await context.agent.client.do("{ channels { id health { status detail } } }");
    return channels.find((channel: { id: string }) => channel.id === "email").health;
  }

  test("for a weekend fails no delivery", async () => {
    const queued = await context.visitorWhoLeft();
    await context.agent.reply(queued, "It is, come by.");
    acceptsLogin = false;
    await context.app.pass(301);
    expect(await context.agent.delivery(queued)).toMatchObject({
      status: "QUEUED",
      attempts: 1,
      failure: { code: "CREDENTIALS_INVALID" },
    });
    const paused = await health();
    expect(paused.status).toBe("PAUSED");
    expect(JSON.stringify(paused)).not.toContain(password);

    const waiting = await context.visitorWhoLeft();
    await context.agent.reply(waiting, "Yours is ready too.");
    expect((await context.agent.forwarding(waiting)).state).toBe("CHANNEL_UNAVAILABLE");
    expect((await context.agent.failToForward(waiting)).extensions).toMatchObject({
      code: "DELIVERY_NOT_POSSIBLE",
      reason: "CHANNEL_UNAVAILABLE",
    });
    for (let hours = 0; hours < 60; hours += 5) {
      await context.app.pass(5 * 3_600);
      await checkChannels(context.app.services);
    }
    await context.passDays(0.1);
    expect((await health()).status).toBe("PAUSED");
    expect(await context.agent.delivery(queued)).toMatchObject({ status: "QUEUED", attempts: 1, late: true });
    expect(await context.agent.deliveries(waiting)).toEqual([]);

    // Monday: the password is accepted again, and the server is busy at first. The pause does not count towards the retries.
    acceptsLogin = true;
    context.mail.behave(() => busy);
    await checkChannels(context.app.services);
    expect((await health()).status).toBe("READY");
    await context.app.tick();
    expect(await context.agent.delivery(queued)).toMatchObject({ status: "QUEUED", attempts: 2 });
    context.mail.behave(() => null);
    await context.app.pass(180);
    for (const visitor of [queued, waiting]) {
      expect(await context.agent.delivery(visitor)).toMatchObject({ status: "SENT", late: true });
      expect(context.mailCount(visitor)).toBe(1);
    }
  });
});
