import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { checkChannels } from "../../src/channels/health/check-channels.js";
import { Stage } from "../support/app/test-context.js";
import type { VisitorAtPage } from "../support/app/test-visitor.js";
import { CERTIFICATE, CERTIFICATE_KEY } from "../support/fakes/certificate.js";
import { MailSink, type Refusal } from "../support/fakes/mail-sink.js";

const busy = { code: 451, message: "4.3.0 Try again later" };
const unwanted = { code: 550, message: "5.7.1 Not wanted here" };
const unknown = { code: 550, message: "5.1.1 No such user" };

describe("a mail server that refuses", () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.set();
  });

  afterEach(() => {
    stage.sink.behave(() => null);
  });

  afterAll(async () => {
    await stage?.strike();
  });

  /** Only this visitor's mails are refused from now on. */
  const refuse = (visitor: VisitorAtPage, refusal: Refusal | null) =>
    stage.sink.behave((recipient) => (recipient === visitor.email ? refusal : null));

  test("for now is asked again after 1, 2, 4, 8, 15 and 15 minutes, more or less", async () => {
    const visitor = await stage.visitorWhoLeft();
    await stage.desk.reply(visitor, "It is, come by.");
    refuse(visitor, busy);
    const { dueAt } = await stage.desk.forwarding(visitor);
    await stage.passUntil(dueAt);
    for (const [index, minutes] of [1, 2, 4, 8, 15, 15].entries()) {
      const { status, attempts, nextAttemptAt, failure } = await stage.desk.delivery(visitor);
      expect({ status, attempts, failure }).toEqual({
        status: "QUEUED",
        attempts: index + 1,
        failure: { code: "UNAVAILABLE", detail: "451 4.3.0 Try again later" },
      });
      const waitMinutes = (new Date(nextAttemptAt).getTime() - stage.now.getTime()) / 60_000;
      expect(waitMinutes).toBeGreaterThan(minutes * 0.75);
      expect(waitMinutes).toBeLessThanOrEqual(minutes * 1.2);
      await stage.passUntil(nextAttemptAt, -1);
      expect((await stage.desk.delivery(visitor)).attempts).toBe(index + 1);
      await stage.passUntil(nextAttemptAt);
    }
    refuse(visitor, null);
    await stage.program.pass(18 * 60);
    expect(await stage.desk.delivery(visitor)).toMatchObject({ status: "SENT", attempts: 8, failure: null, dueAt });
    expect(stage.mailCount(visitor)).toBe(1);
  });

  test("for good is not asked again", async () => {
    const visitor = await stage.visitorWhoLeft();
    await stage.desk.reply(visitor, "It is, come by.");
    refuse(visitor, unwanted);
    await stage.program.pass(301);
    refuse(visitor, null);
    await stage.program.pass(3_600);
    expect(await stage.desk.delivery(visitor)).toMatchObject({
      status: "FAILED",
      attempts: 1,
      nextAttemptAt: null,
      failure: { code: "UNKNOWN", detail: "550 5.7.1 Not wanted here" },
    });
    expect(stage.mailCount(visitor)).toBe(0);
  });

  test("one reply (550) does not make it planned again; a later reply travels and takes the refused one along", async () => {
    const visitor = await stage.visitorWhoLeft();
    await stage.desk.reply(visitor, "It is, come by.");
    refuse(visitor, unwanted);
    await stage.program.pass(301);
    refuse(visitor, null);
    expect(await stage.desk.forwarding(visitor)).toMatchObject({ state: "FAILED", dueAt: null, pendingReplies: 1 });
    await stage.program.pass(7_200);
    expect(stage.mailCount(visitor)).toBe(0);

    await stage.desk.reply(visitor, "We close at six.");
    const { state, dueAt } = await stage.desk.forwarding(visitor);
    expect(state).toBe("WAITING");
    await stage.passUntil(dueAt);
    const [second, first] = await stage.desk.deliveries(visitor);
    expect(second).toMatchObject({
      status: "SENT",
      messages: [{ text: "It is, come by." }, { text: "We close at six." }],
    });
    expect(first).toMatchObject({ status: "FAILED", messages: [{ text: "It is, come by." }] });
    const text = stage.mailsTo(visitor)[0]?.parsed.text ?? "";
    expect(text.match(/^New reply from /gm)).toHaveLength(2);
    expect((await stage.desk.forwarding(visitor)).state).toBe("NOTHING_PENDING");
  });

  test("an address that does not exist suppresses it for everyone who has it; a new address gets what is unread", async () => {
    const visitor = await stage.visitorWhoLeft();
    const other = await stage.visitorWhoLeft({ email: visitor.email });
    await stage.desk.reply(visitor, "It is, come by.");
    refuse(visitor, unknown);
    await stage.program.pass(301);
    refuse(visitor, null);
    expect(await stage.desk.delivery(visitor)).toMatchObject({
      status: "FAILED",
      failure: { code: "ADDRESS_INVALID" },
    });
    await stage.desk.reply(visitor, "We close at six.");
    await stage.desk.reply(other, "Yours is ready too.");
    expect((await stage.desk.forwarding(visitor)).state).toBe("ADDRESS_SUPPRESSED");
    expect((await stage.desk.forwarding(other)).state).toBe("ADDRESS_SUPPRESSED");
    await stage.program.pass(3_600);
    expect(stage.mailCount(visitor)).toBe(0);

    await visitor.client.do('mutation { submitContactForm(input: { email: "ana-new@example.com" }) { email } }');
    expect(await stage.desk.forwarding(visitor)).toMatchObject({ state: "WAITING", address: "ana-new@example.com" });
    await stage.program.tick();
    expect((await stage.desk.deliveries(visitor))[0]).toMatchObject({ status: "SENT", address: "ana-new@example.com" });
    expect((await stage.desk.deliveries(visitor))[0]?.messages).toHaveLength(2);
    expect((await stage.desk.forwarding(other)).state).toBe("ADDRESS_SUPPRESSED");
  });

  test("suppresses by soft bounces only at the fifth in a row", async () => {
    const visitor = await stage.visitorWhoLeft();
    await stage.program.advance(301);
    const replyRefused = async (refusal: Refusal | null) => {
      await stage.desk.reply(visitor, "It is, come by.");
      refuse(visitor, refusal);
      await stage.program.pass(31);
      return (await stage.desk.forwarding(visitor)).state;
    };
    for (let bounce = 1; bounce <= 4; bounce += 1) expect(await replyRefused(unwanted)).toBe("FAILED");
    expect(await replyRefused(null)).toBe("NOTHING_PENDING");
    for (let bounce = 1; bounce <= 4; bounce += 1) expect(await replyRefused(unwanted)).toBe("FAILED");
    expect(await replyRefused(unwanted)).toBe("ADDRESS_SUPPRESSED");
    expect(await replyRefused(null)).toBe("ADDRESS_SUPPRESSED");
    expect(stage.mailCount(visitor)).toBe(1);
  });

  test("more mails for a while (421) slows the channel, over connections that have served before too", async () => {
    const visitors = await Promise.all(Array.from({ length: 3 }, () => stage.visitorWhoLeft()));
    for (const visitor of visitors) await stage.desk.reply(visitor, "It is, come by.");
    await stage.program.pass(301);
    for (const visitor of visitors) await stage.desk.reply(visitor, "We close at six.");
    const [first, second, third] = visitors as [VisitorAtPage, VisitorAtPage, VisitorAtPage];
    stage.sink.behave(() => ({ code: 421, message: "4.7.0 Too many mails" }));
    await stage.desk.forwardNow(first);
    await stage.program.tick();
    expect((await stage.desk.deliveries(first))[0]).toMatchObject({
      status: "QUEUED",
      failure: { code: "RATE_LIMITED" },
    });
    stage.sink.behave(() => null);
    await stage.program.pass(31);
    for (const visitor of [second, third]) {
      expect((await stage.desk.deliveries(visitor))[0]).toMatchObject({ status: "QUEUED", attempts: 0 });
    }
    await stage.program.pass(60);
    expect(visitors.map((visitor) => stage.mailCount(visitor))).toEqual([2, 2, 2]);
  });

  test("for a whole day is given up on: FAILED, and the agent sees why", async () => {
    const visitor = await stage.visitorWhoLeft();
    await stage.desk.reply(visitor, "It is, come by.");
    refuse(visitor, busy);
    await stage.program.pass(301);
    const { dueAt } = await stage.desk.delivery(visitor);
    for (let hours = 1; hours < 24; hours += 1) await stage.passUntil(dueAt, hours * 3_600);
    await stage.desk.signIn();
    expect(await stage.desk.delivery(visitor)).toMatchObject({ status: "QUEUED", late: true });
    await stage.passUntil(dueAt, 24 * 3_600 + 1_200);
    expect(await stage.desk.delivery(visitor)).toMatchObject({
      status: "FAILED",
      late: true,
      nextAttemptAt: null,
      failure: { code: "UNAVAILABLE" },
    });
    expect((await stage.desk.forwarding(visitor)).state).toBe("FAILED");
    expect(stage.mailCount(visitor)).toBe(0);
  });
});

describe("a mail server that refuses the credentials", () => {
  const password = "a mailer's password";
  const trusted = getCACertificates("default");
  let stage: Stage;
  let accepts = true;

  beforeAll(async () => {
    setDefaultCACertificates([...trusted, CERTIFICATE]);
    const sink = await MailSink.start({
      authOptional: false,
      disabledCommands: [],
      key: CERTIFICATE_KEY,
      cert: CERTIFICATE,
      onAuth: (login, _session, callback) => {
        if (accepts && login.password === password) callback(null, { user: login.username ?? "" });
        else callback(Object.assign(new Error("5.7.8 Who are you"), { responseCode: 535 }));
      },
    });
    const withLogin = sink.url.replace("://", `://mailer:${encodeURIComponent(password)}@`);
    stage = await Stage.set({ EMAIL_SMTP_URL: withLogin }, sink);
  });

  afterAll(async () => {
    await stage?.strike();
    setDefaultCACertificates(trusted);
  });

  async function health() {
    const { channels } = await stage.desk.client.do("{ channels { id health { status detail } } }");
    return channels.find((channel: { id: string }) => channel.id === "email").health;
  }

  test("over a weekend gives up nothing", async () => {
    const queued = await stage.visitorWhoLeft();
    await stage.desk.reply(queued, "It is, come by.");
    accepts = false;
    await stage.program.pass(301);
    expect(await stage.desk.delivery(queued)).toMatchObject({
      status: "QUEUED",
      attempts: 1,
      failure: { code: "CREDENTIALS_INVALID" },
    });
    const paused = await health();
    expect(paused.status).toBe("PAUSED");
    expect(JSON.stringify(paused)).not.toContain(password);

    const waiting = await stage.visitorWhoLeft();
    await stage.desk.reply(waiting, "Yours is ready too.");
    expect((await stage.desk.forwarding(waiting)).state).toBe("CHANNEL_UNAVAILABLE");
    expect((await stage.desk.failToForward(waiting)).extensions).toMatchObject({
      code: "DELIVERY_NOT_POSSIBLE",
      reason: "CHANNEL_UNAVAILABLE",
    });
    for (let hours = 0; hours < 60; hours += 5) {
      await stage.program.pass(5 * 3_600);
      await checkChannels(stage.program.app.services);
    }
    await stage.passDays(0.1);
    expect((await health()).status).toBe("PAUSED");
    expect(await stage.desk.delivery(queued)).toMatchObject({ status: "QUEUED", attempts: 1, late: true });
    expect(await stage.desk.deliveries(waiting)).toEqual([]);

    // Monday: the password is right again, and the server busy at first. The pause does not count as trying.
    accepts = true;
    stage.sink.behave(() => busy);
    await checkChannels(stage.program.app.services);
    expect((await health()).status).toBe("READY");
    await stage.program.tick();
    expect(await stage.desk.delivery(queued)).toMatchObject({ status: "QUEUED", attempts: 2 });
    stage.sink.behave(() => null);
    await stage.program.pass(180);
    for (const visitor of [queued, waiting]) {
      expect(await stage.desk.delivery(visitor)).toMatchObject({ status: "SENT", late: true });
      expect(stage.mailCount(visitor)).toBe(1);
    }
  });
});
