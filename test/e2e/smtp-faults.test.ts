import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { checkChannels } from "../../src/channels/health/check-channels.js";
import type { Data } from "../support/app/graphql-client.js";
import { TestContext } from "../support/app/test-context.js";
import type { TestVisitor } from "../support/app/test-visitor.js";
import { FaultySmtpServer } from "../support/fakes/faulty-smtp-server.js";

let server: FaultySmtpServer;
let context: TestContext;

beforeAll(async () => {
  server = await FaultySmtpServer.start();
  context = await TestContext.setup({ EMAIL_SMTP_URL: server.url });
});

afterEach(() => {
  server.behave();
  server.release();
});

afterAll(async () => {
  await context?.teardown();
  await server?.stop();
});

/** A visitor who left, with a reply that was attempted once. */
async function attempted(): Promise<{ visitor: TestVisitor; delivery: Data }> {
  const visitor = await context.visitorWhoLeft();
  await context.agent.reply(visitor, "It is, come by.");
  await attemptNow(visitor);
  return { visitor, delivery: await context.agent.delivery(visitor) };
}

async function attemptNow(visitor: TestVisitor): Promise<void> {
  await context.agent.forwardNow(visitor);
  await context.app.tick();
}

function secondsUntil(moment: string): number {
  return (new Date(moment).getTime() - context.now.getTime()) / 1000;
}

describe("An SMTP server that is down", () => {
  test("leaves the delivery QUEUED, and gets the mail once when it is back", async () => {
    await server.stop();
    const { visitor, delivery } = await attempted();
    expect(delivery).toMatchObject({ status: "QUEUED", attempts: 1, sentAt: null, failure: { code: "UNAVAILABLE" } });
    // A minute, plus or minus jitter.
    expect(secondsUntil(delivery.nextAttemptAt)).toBeGreaterThan(40);
    expect(secondsUntil(delivery.nextAttemptAt)).toBeLessThanOrEqual(72);
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "SENDING", pendingReplies: 1 });

    await context.passUntil(delivery.nextAttemptAt);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "QUEUED", attempts: 2 });
    await server.listen();
    await context.passUntil((await context.agent.delivery(visitor)).nextAttemptAt);
    expect(await context.agent.delivery(visitor)).toMatchObject({
      status: "SENT",
      attempts: 3,
      nextAttemptAt: null,
      failure: null,
      late: false,
    });
    expect(server.mailsTo(visitor.email)).toHaveLength(1);
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "NOTHING_PENDING" });
  });

  test("for longer than a day makes the delivery FAILED and late; an agent can retry it", async () => {
    await server.stop();
    const { visitor, delivery } = await attempted();
    await context.app.advance(24 * 3600);
    await context.agent.signInAgain();
    await context.app.tick();
    expect(await context.agent.delivery(visitor)).toMatchObject({
      id: delivery.id,
      status: "FAILED",
      late: true,
      failure: { code: "UNAVAILABLE" },
    });
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "FAILED", pendingReplies: 1 });

    await server.listen();
    await context.app.pass(3600);
    expect(server.mailsTo(visitor.email)).toHaveLength(0);
    expect(await context.agent.retry(delivery.id)).toMatchObject({ id: delivery.id, status: "QUEUED", failure: null });
    await context.app.tick();
    expect(await context.agent.delivery(visitor)).toMatchObject({ id: delivery.id, status: "SENT", attempts: 1 });
    expect(server.mailsTo(visitor.email)).toHaveLength(1);
  });
});

describe("A slow SMTP server", () => {
  test("keeps the delivery SENDING until it responds, then SENT", async () => {
    server.behave({ MAIL: "hang" });
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    await context.agent.forwardNow(visitor);
    const sending = context.app.tick();
    await server.hanging();
    expect(await context.agent.delivery(visitor)).toMatchObject({
      status: "SENDING",
      attempts: 1,
      nextAttemptAt: null,
    });
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "SENDING" });
    // A delivery in progress is returned, not sent again; it is too late to hold it.
    expect(await context.agent.forwardNow(visitor)).toMatchObject({ status: "SENDING" });
    expect(await context.agent.hold(visitor)).toMatchObject({ state: "SENDING" });

    server.behave();
    server.release();
    await sending;
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "SENT" });
    expect(server.mailsTo(visitor.email)).toHaveLength(1);
  });

  test("that never sends a greeting is abandoned after ten seconds and retried", async () => {
    server.dropConnections();
    server.behave({ CONNECT: "hang" });
    const { visitor, delivery } = await attempted();
    expect(delivery).toMatchObject({ status: "QUEUED", attempts: 1, failure: { code: "TIMED_OUT" } });
    server.behave();
    server.dropConnections();
    await context.passUntil(delivery.nextAttemptAt);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "SENT", attempts: 2 });
    expect(server.mailsTo(visitor.email)).toHaveLength(1);
  });
});

describe("An SMTP server that refuses", () => {
  test("temporarily (4xx) is retried; the failure holds its response on one line", async () => {
    server.behave({ RCPT: "451 4.3.0 Try again later" });
    const { visitor, delivery } = await attempted();
    expect(delivery).toMatchObject({
      status: "QUEUED",
      attempts: 1,
      failure: { code: "UNAVAILABLE", detail: "451 4.3.0 Try again later" },
    });
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "SENDING", pendingReplies: 1 });
    server.behave();
    await context.passUntil(delivery.nextAttemptAt);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "SENT", attempts: 2, failure: null });
  });

  test("permanently (5xx) is not retried; a hard bounce suppresses the address for all visitors who have it", async () => {
    server.behave({ RCPT: "550 5.1.1 No such mailbox" });
    const { visitor, delivery } = await attempted();
    expect(delivery).toMatchObject({
      status: "FAILED",
      attempts: 1,
      nextAttemptAt: null,
      failure: { code: "ADDRESS_INVALID", detail: "550 5.1.1 No such mailbox" },
    });
    expect(await context.agent.forwarding(visitor)).toMatchObject({
      state: "ADDRESS_SUPPRESSED",
      address: visitor.email,
      pendingReplies: 1,
    });
    const other = await context.visitorWhoLeft({ email: visitor.email });
    await context.agent.reply(other, "Yours is ready too.");
    expect(await context.agent.forwarding(other)).toMatchObject({ state: "ADDRESS_SUPPRESSED" });

    server.behave();
    await context.app.pass(3600);
    expect(await context.agent.delivery(visitor)).toMatchObject({ id: delivery.id, status: "FAILED" });
    expect(await context.agent.deliveries(other)).toEqual([]);
    for (const failure of [await context.agent.failToForward(visitor), await context.agent.failToRetry(delivery.id)]) {
      expect(failure.extensions).toMatchObject({ code: "DELIVERY_NOT_POSSIBLE", reason: "ADDRESS_SUPPRESSED" });
    }

    // Nothing is lost: a new address gets it.
    await visitor.client.do('mutation { submitContactForm(input: { email: "new@example.com" }) { id } }');
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "WAITING", address: "new@example.com" });
    await context.app.pass(3600);
    expect(server.mailsTo("new@example.com")).toHaveLength(1);
  });

  test("a mail (550) is not retried automatically; a later reply is sent together with the refused one", async () => {
    server.behave({ RCPT: "550 Not today" });
    const { visitor, delivery } = await attempted();
    expect(delivery).toMatchObject({ status: "FAILED", failure: { detail: "550 Not today" } });
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "FAILED", dueAt: null, pendingReplies: 1 });
    server.behave();
    await context.app.pass(3600);
    expect(server.mailsTo(visitor.email)).toHaveLength(0);

    await context.agent.reply(visitor, "We close at six.");
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "WAITING", pendingReplies: 2 });
    await context.app.pass(3600);
    const [mail, ...more] = server.mailsTo(visitor.email);
    expect(more).toEqual([]);
    expect(mail?.raw).toContain("It is, come by.");
    expect(mail?.raw).toContain("We close at six.");
    const [later, refused] = await context.agent.deliveries(visitor);
    expect([later?.status, refused?.status]).toEqual(["SENT", "FAILED"]);
    expect((await context.agent.failToRetry(delivery.id)).extensions.code).toBe("CONFLICT");
  });

  test("five times in a row with soft bounces suppresses the address; a success resets the count", async () => {
    const { visitor } = await attempted();
    const refuse = async (times: number): Promise<string[]> => {
      server.behave({ RCPT: "550 Not today" });
      const states: string[] = [];
      for (let time = 0; time < times; time += 1) {
        await context.agent.reply(visitor, `Try ${time + 1}`);
        await attemptNow(visitor);
        states.push((await context.agent.forwarding(visitor)).state);
      }
      server.behave();
      return states;
    };
    expect(await refuse(4)).toEqual(["FAILED", "FAILED", "FAILED", "FAILED"]);
    await context.agent.reply(visitor, "Once more");
    await attemptNow(visitor);
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "NOTHING_PENDING" });
    expect(await refuse(5)).toEqual(["FAILED", "FAILED", "FAILED", "FAILED", "ADDRESS_SUPPRESSED"]);
  });
});

describe("An SMTP server that may have accepted the mail", () => {
  test("gets the same mail again, with the same Message-ID and text; later replies follow in another mail", async () => {
    server.behave({ CONTENT: "drop" });
    const { visitor, delivery } = await attempted();
    expect(delivery).toMatchObject({ status: "QUEUED", attempts: 1, failure: { code: "UNAVAILABLE" } });
    await context.agent.reply(visitor, "We close at six.");
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "SENDING", pendingReplies: 2 });

    server.behave();
    await context.passUntil(delivery.nextAttemptAt);
    const [first, second] = server.mailsTo(visitor.email);
    expect(first?.messageId).toMatch(/^<.+@.+>$/);
    expect(second?.messageId).toBe(first?.messageId);
    expect(second?.raw).toContain("It is, come by.");
    expect(second?.raw).not.toContain("We close at six.");
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "SENT", attempts: 2 });

    await context.app.pass(3600);
    const [, , third, ...more] = server.mailsTo(visitor.email);
    expect(third?.raw).toContain("We close at six.");
    expect(third?.messageId).not.toBe(first?.messageId);
    expect(more).toEqual([]);
  });

  test("never gets that mail for a new address", async () => {
    server.behave({ CONTENT: "drop" });
    const { visitor, delivery } = await attempted();
    await visitor.client.do('mutation { submitContactForm(input: { email: "moved@example.com" }) { id } }');
    server.behave();
    await context.app.pass(3600);
    const deliveries = await context.agent.deliveries(visitor);
    const again = server.mails.filter((mail) => mail.messageId === server.mailsTo(visitor.email)[0]?.messageId);
    // The new address cancels the queued delivery as usual; what may have arrived is never repeated to another address.
    expect(new Set(again.map((mail) => mail.recipient))).toEqual(new Set([visitor.email]));
    expect(deliveries.find(({ id }) => id === delivery.id)?.status).toBe("CANCELLED");
    expect(server.mailsTo("moved@example.com")).toHaveLength(1);
  });
});

describe("An SMTP server that limits the rate", () => {
  test.each([
    ["421 4.3.2 Too many connections", 60],
    ["451 4.7.1 Greylisted, come back later", 300],
  ])("with %s leaves the delivery QUEUED, RATE_LIMITED, with its nextAttemptAt", async (reply, seconds) => {
    server.behave({ RCPT: reply });
    const { visitor, delivery } = await attempted();
    expect(delivery).toMatchObject({ status: "QUEUED", attempts: 1, failure: { code: "RATE_LIMITED", detail: reply } });
    expect(secondsUntil(delivery.nextAttemptAt)).toBeGreaterThan(seconds - 10);
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "SENDING", pendingReplies: 1 });

    server.behave();
    await context.passUntil(delivery.nextAttemptAt, -10);
    expect(server.mailsTo(visitor.email)).toHaveLength(0);
    await context.passUntil(delivery.nextAttemptAt);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "SENT", attempts: 2, failure: null });
  });
});

describe("An SMTP server that refuses the credentials", () => {
  test("pauses the channel, visible to agents; over a weekend no delivery fails", async () => {
    server.behave({ MAIL: "530 5.7.0 Authentication required" });
    const { visitor, delivery } = await attempted();
    expect(delivery).toMatchObject({ status: "QUEUED", failure: { code: "CREDENTIALS_INVALID" } });
    expect(await emailHealth()).toMatchObject({ status: "PAUSED" });
    const later = await context.visitorWhoLeft();
    await context.agent.reply(later, "Yours is ready too.");
    expect(await context.agent.forwarding(later)).toMatchObject({ state: "CHANNEL_UNAVAILABLE", pendingReplies: 1 });

    await context.app.pass(60 * 3600);
    await context.agent.signInAgain();
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "QUEUED", attempts: 1, late: true });
    expect(await context.agent.deliveries(later)).toEqual([]);

    server.behave();
    await checkChannels(context.app.services);
    expect(await emailHealth()).toMatchObject({ status: "READY" });
    await context.app.tick();
    expect(await context.agent.delivery(visitor)).toMatchObject({
      id: delivery.id,
      status: "SENT",
      attempts: 2,
      late: true,
    });
    expect(await context.agent.delivery(later)).toMatchObject({ status: "SENT", late: true });
  });
});

async function emailHealth(): Promise<Data> {
  const { channels } = await context.agent.client.do("{ channels { id health { status detail } } }");
  return channels.find((channel: Data) => channel.id === "email").health;
}
