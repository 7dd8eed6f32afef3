import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { TestContext } from "../support/app/test-context.js";
import type { TestVisitor } from "../support/app/test-visitor.js";
import { MailSink } from "../support/fakes/mail-sink.js";

const busy = { code: 451, message: "4.3.0 Try again later" };
const unwanted = { code: 550, message: "5.7.1 Not wanted here" };

let context: TestContext;
let mail: MailSink;
/** While closed, the server delays accepting a mail. */
let gate: PromiseWithResolvers<void>;
let reached: PromiseWithResolvers<void>;

beforeAll(async () => {
  openGate();
  mail = await MailSink.start({
    onMailFrom: (_address, _session, callback) => {
      reached.resolve();
      void gate.promise.then(() => callback());
    },
  });
  context = await TestContext.setup({}, { mail });
});

afterEach(async () => {
  context.mail.behave(() => null);
  context.mail.respondToContent(() => null);
  gate.resolve();
  await context.agent.updatePreference({ mode: "UNREAD_REPLIES" });
});

afterAll(async () => {
  await context?.teardown();
  await mail?.stop();
});

function openGate(): void {
  gate = Promise.withResolvers();
  gate.resolve();
  reached = Promise.withResolvers();
}

function closeGate(): void {
  gate = Promise.withResolvers();
  reached = Promise.withResolvers();
}

/** A visitor who left, with a reply that the server refused temporarily. */
async function visitorWithQueued(): Promise<TestVisitor> {
  const visitor = await context.visitorWhoLeft();
  await context.agent.reply(visitor, "It is, come by.");
  context.mail.behave((recipient) => (recipient === visitor.email ? busy : null));
  await context.app.pass(301);
  context.mail.behave(() => null);
  return visitor;
}

/** A visitor who left, with a reply that the server refused permanently. */
async function visitorWithFailed(): Promise<TestVisitor> {
  const visitor = await context.visitorWhoLeft();
  await context.agent.reply(visitor, "It is, come by.");
  context.mail.behave((recipient) => (recipient === visitor.email ? unwanted : null));
  await context.app.pass(301);
  context.mail.behave(() => null);
  return visitor;
}

describe("forwardNow", () => {
  test("sends immediately, even if the visitor is present and the reply is new", async () => {
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    await context.agent.reply(visitor, "It is, come by.");
    expect(await context.agent.forwardNow(visitor)).toMatchObject({
      status: "QUEUED",
      trigger: "REQUESTED",
      address: visitor.email,
      messages: [{ text: "It is, come by." }],
    });
    await context.app.tick();
    expect(context.mailCount(visitor)).toBe(1);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "SENT", trigger: "REQUESTED", late: false });
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "NOTHING_PENDING" });
    await visitor.leave();
    await context.app.pass(3_600);
    expect(context.mailCount(visitor)).toBe(1);
  });

  test("overrides a hold and ends it", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    await context.agent.hold(visitor);
    await context.agent.forwardNow(visitor);
    await context.app.tick();
    expect(context.mailCount(visitor)).toBe(1);
    await context.agent.reply(visitor, "We close at six.");
    expect((await context.agent.forwarding(visitor)).state).toBe("WAITING");
  });

  test("sends a reply again that a failed delivery carried", async () => {
    const visitor = await visitorWithFailed();
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "FAILED", dueAt: null });
    await context.agent.forwardNow(visitor);
    await context.app.tick();
    expect(context.mailCount(visitor)).toBe(1);
    expect((await context.agent.deliveries(visitor)).map((delivery) => delivery.status)).toEqual(["SENT", "FAILED"]);
  });

  test("makes a QUEUED delivery due immediately and returns it", async () => {
    const visitor = await visitorWithQueued();
    const queued = await context.agent.delivery(visitor);
    expect(new Date(queued.nextAttemptAt) > context.now).toBe(true);
    const broughtForward = await context.agent.forwardNow(visitor);
    expect(broughtForward).toMatchObject({ id: queued.id, status: "QUEUED", trigger: "VISITOR_LEFT" });
    expect(new Date(broughtForward.nextAttemptAt) <= context.now).toBe(true);
    await context.app.tick();
    expect(await context.agent.delivery(visitor)).toMatchObject({ id: queued.id, status: "SENT", attempts: 2 });
    expect(context.mailCount(visitor)).toBe(1);
  });

  test("returns a SENDING delivery without sending another", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    closeGate();
    const { id } = await context.agent.forwardNow(visitor);
    await reached.promise;
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "SENDING" });
    expect(await context.agent.forwardNow(visitor)).toMatchObject({ id, status: "SENDING" });
    gate.resolve();
    await context.app.tick();
    expect(await context.agent.delivery(visitor)).toMatchObject({ id, status: "SENT", attempts: 1 });
    expect(context.mailCount(visitor)).toBe(1);
  });

  test.each<{ reason: string; setup: () => Promise<TestVisitor> }>([
    {
      reason: "NOTHING_PENDING",
      setup: async () => {
        const visitor = await context.visitorWhoLeft();
        await visitor.read(await context.agent.reply(visitor, "It is, come by."));
        return visitor;
      },
    },
    {
      reason: "DISABLED",
      setup: async () => {
        const visitor = await context.visitorWhoLeft();
        await context.agent.reply(visitor, "It is, come by.");
        await context.agent.updatePreference({ mode: "NOTHING" });
        return visitor;
      },
    },
    {
      reason: "NO_ADDRESS",
      setup: async () => {
        const visitor = await context.visitorWhoLeft({ email: null });
        await context.agent.reply(visitor, "It is, come by.");
        return visitor;
      },
    },
    {
      reason: "ADDRESS_SUPPRESSED",
      setup: async () => {
        const visitor = await context.visitorWhoLeft();
        await context.agent.reply(visitor, "It is, come by.");
        context.mail.behave(() => ({ code: 550, message: "5.1.1 No such user" }));
        await context.app.pass(301);
        context.mail.behave(() => null);
        return visitor;
      },
    },
  ])("is refused with the state $reason", async ({ reason, setup }) => {
    const visitor = await setup();
    expect((await context.agent.forwarding(visitor)).state).toBe(reason);
    const error = await context.agent.failToForward(visitor);
    expect(error.extensions).toMatchObject({ code: "DELIVERY_NOT_POSSIBLE", reason });
    await context.app.tick();
    expect(context.mailCount(visitor)).toBe(0);
  });
});

describe("a hold", () => {
  test("holds all replies until it is released, then sends what is due immediately", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    expect(await context.agent.hold(visitor)).toMatchObject({ state: "HELD", dueAt: null, pendingReplies: 1 });
    await context.app.pass(3_600);
    await context.agent.reply(visitor, "We close at six.");
    await context.app.pass(3_600);
    expect(context.mailCount(visitor)).toBe(0);
    expect(await context.agent.release(visitor)).toMatchObject({ state: "WAITING", trigger: "VISITOR_LEFT" });
    await context.app.tick();
    expect(context.mailCount(visitor)).toBe(1);
    expect((await context.agent.delivery(visitor)).messages).toHaveLength(2);
  });

  test("ends when the visitor reads the replies: the next one is not held", async () => {
    const visitor = await context.visitorWhoLeft();
    const reply = await context.agent.reply(visitor, "It is, come by.");
    await context.agent.hold(visitor);
    await visitor.read(reply);
    expect((await context.agent.forwarding(visitor)).state).toBe("NOTHING_PENDING");
    await context.agent.reply(visitor, "We close at six.");
    expect((await context.agent.forwarding(visitor)).state).toBe("WAITING");
  });

  test("has no effect when nothing is pending", async () => {
    const visitor = await context.visitorWhoLeft();
    expect((await context.agent.hold(visitor)).state).toBe("NOTHING_PENDING");
    await context.agent.reply(visitor, "It is, come by.");
    expect((await context.agent.forwarding(visitor)).state).toBe("WAITING");
  });

  test("cancels a QUEUED delivery; after the release another delivery sends the reply", async () => {
    const visitor = await visitorWithQueued();
    expect(await context.agent.hold(visitor)).toMatchObject({ state: "HELD" });
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "CANCELLED", nextAttemptAt: null });
    await context.app.pass(3_600);
    expect(context.mailCount(visitor)).toBe(0);
    await context.agent.release(visitor);
    await context.app.tick();
    expect((await context.agent.deliveries(visitor)).map((delivery) => delivery.status)).toEqual(["SENT", "CANCELLED"]);
    expect(context.mailCount(visitor)).toBe(1);
  });

  test("is too late for a SENDING delivery", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    closeGate();
    await context.agent.forwardNow(visitor);
    await reached.promise;
    expect((await context.agent.hold(visitor)).state).toBe("SENDING");
    gate.resolve();
    await context.app.tick();
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "SENT" });
    await context.agent.reply(visitor, "We close at six.");
    expect((await context.agent.forwarding(visitor)).state).toBe("WAITING");
  });
});

describe("retryDelivery", () => {
  test("sends the same delivery again under the same Message-ID", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    context.mail.respondToContent((mail) => (mail.envelopeTo.includes(visitor.email) ? unwanted : null));
    await context.app.pass(301);
    const failed = await context.agent.delivery(visitor);
    expect(failed).toMatchObject({ status: "FAILED", failure: { code: "CONTENT_REJECTED" } });
    expect(failed.failure.detail).toContain("Not wanted here");

    context.mail.respondToContent(() => null);
    expect(await context.agent.retry(failed.id)).toMatchObject({ id: failed.id, status: "QUEUED", failure: null });
    await context.app.tick();
    expect(await context.agent.delivery(visitor)).toMatchObject({ id: failed.id, status: "SENT", failure: null });
    const refused = context.mail.refused.find((mail) => mail.envelopeTo.includes(visitor.email));
    expect(context.mailsTo(visitor).map((mail) => mail.parsed.messageId)).toEqual([refused?.parsed.messageId]);
    expect((await context.agent.conversation(visitor)).messages.nodes[1].forwardedTo).toBe(visitor.email);
  });

  test("includes replies written since the failure", async () => {
    const visitor = await visitorWithFailed();
    const { id } = await context.agent.delivery(visitor);
    await context.agent.reply(visitor, "We close at six.");
    await context.agent.retry(id);
    await context.app.tick();
    expect((await context.agent.delivery(visitor)).messages).toHaveLength(2);
    expect(context.mailCount(visitor)).toBe(1);
  });

  test("is a CONFLICT for a sent delivery", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    const { id } = await context.agent.forwardNow(visitor);
    await context.app.tick();
    expect((await context.agent.failToRetry(id)).extensions.code).toBe("CONFLICT");
    expect(context.mailCount(visitor)).toBe(1);
  });

  test("is a CONFLICT while another delivery is open, and when a later one carried its replies", async () => {
    const visitor = await visitorWithFailed();
    const { id } = await context.agent.delivery(visitor);
    await context.agent.reply(visitor, "We close at six.");
    context.mail.behave((recipient) => (recipient === visitor.email ? busy : null));
    await context.app.pass(61);
    expect((await context.agent.deliveries(visitor)).map((delivery) => delivery.status)).toEqual(["QUEUED", "FAILED"]);
    expect((await context.agent.failToRetry(id)).extensions.code).toBe("CONFLICT");

    context.mail.behave(() => null);
    await context.agent.forwardNow(visitor);
    await context.app.tick();
    expect((await context.agent.deliveries(visitor)).map((delivery) => delivery.status)).toEqual(["SENT", "FAILED"]);
    expect((await context.agent.failToRetry(id)).extensions.code).toBe("CONFLICT");
    expect(context.mailCount(visitor)).toBe(1);
  });

  test("is not possible when nothing of it is pending or forwarding is disabled", async () => {
    const visitor = await visitorWithFailed();
    const { id } = await context.agent.delivery(visitor);
    await context.agent.updatePreference({ mode: "NOTHING" });
    expect((await context.agent.failToRetry(id)).extensions).toMatchObject({
      code: "DELIVERY_NOT_POSSIBLE",
      reason: "DISABLED",
    });
    await context.agent.updatePreference({ mode: "UNREAD_REPLIES" });
    const { messages } = await context.agent.conversation(visitor);
    await visitor.read(messages.nodes[1].id);
    expect((await context.agent.failToRetry(id)).extensions).toMatchObject({
      code: "DELIVERY_NOT_POSSIBLE",
      reason: "NOTHING_PENDING",
    });
  });

  test.each(["01a20435-003c-71a5-bfc4-e0d5957405d3", "no id"])("is NOT_FOUND for the id %s", async (id) => {
    expect((await context.agent.failToRetry(id)).extensions.code).toBe("NOT_FOUND");
  });

  test("retries for another 24 hours", async () => {
    const visitor = await visitorWithFailed();
    const { id } = await context.agent.delivery(visitor);
    await context.passDays(1.1);
    context.mail.behave((recipient) => (recipient === visitor.email ? busy : null));
    await context.agent.retry(id);
    await context.app.tick();
    await context.app.pass(11 * 3_600);
    await context.app.pass(12 * 3_600);
    await context.agent.signInAgain();
    expect(await context.agent.delivery(visitor)).toMatchObject({ id, status: "QUEUED", attempts: 3 });
    await context.app.pass(3_700);
    expect(await context.agent.delivery(visitor)).toMatchObject({ id, status: "FAILED", attempts: 4, late: true });
    expect(context.mailCount(visitor)).toBe(0);
  });
});
