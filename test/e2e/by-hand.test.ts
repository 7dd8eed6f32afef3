import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { Stage } from "../support/app/test-context.js";
import type { VisitorAtPage } from "../support/app/test-visitor.js";
import { MailSink } from "../support/fakes/mail-sink.js";

const busy = { code: 451, message: "4.3.0 Try again later" };
const unwanted = { code: 550, message: "5.7.1 Not wanted here" };

let stage: Stage;
/** While closed, the server keeps a mail waiting before it takes it. */
let gate: PromiseWithResolvers<void>;
let reached: PromiseWithResolvers<void>;

beforeAll(async () => {
  openGate();
  const sink = await MailSink.start({
    onMailFrom: (_address, _session, callback) => {
      reached.resolve();
      void gate.promise.then(() => callback());
    },
  });
  stage = await Stage.set({}, sink);
});

afterEach(async () => {
  stage.sink.behave(() => null);
  stage.sink.judge(() => null);
  gate.resolve();
  await stage.desk.prefer({ mode: "UNREAD_REPLIES" });
});

afterAll(async () => {
  await stage?.strike();
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

/** A visitor who left, and whose reply the server has put off. */
async function visitorWithQueued(): Promise<VisitorAtPage> {
  const visitor = await stage.visitorWhoLeft();
  await stage.desk.reply(visitor, "It is, come by.");
  stage.sink.behave((recipient) => (recipient === visitor.email ? busy : null));
  await stage.program.pass(301);
  stage.sink.behave(() => null);
  return visitor;
}

/** A visitor who left, and whose reply the server has refused for good. */
async function visitorWithFailed(): Promise<VisitorAtPage> {
  const visitor = await stage.visitorWhoLeft();
  await stage.desk.reply(visitor, "It is, come by.");
  stage.sink.behave((recipient) => (recipient === visitor.email ? unwanted : null));
  await stage.program.pass(301);
  stage.sink.behave(() => null);
  return visitor;
}

describe("forwardNow", () => {
  test("sends at once, whatever the clocks say: present visitor, fresh reply", async () => {
    const visitor = await stage.visitor();
    await visitor.say("Is my bike ready?");
    await stage.desk.reply(visitor, "It is, come by.");
    expect(await stage.desk.forwardNow(visitor)).toMatchObject({
      status: "QUEUED",
      trigger: "REQUESTED",
      address: visitor.email,
      messages: [{ text: "It is, come by." }],
    });
    await stage.program.tick();
    expect(stage.mailCount(visitor)).toBe(1);
    expect(await stage.desk.delivery(visitor)).toMatchObject({ status: "SENT", trigger: "REQUESTED", late: false });
    expect(await stage.desk.forwarding(visitor)).toMatchObject({ state: "NOTHING_PENDING" });
    await visitor.leave();
    await stage.program.pass(3_600);
    expect(stage.mailCount(visitor)).toBe(1);
  });

  test("overrides a hold, and ends it", async () => {
    const visitor = await stage.visitorWhoLeft();
    await stage.desk.reply(visitor, "It is, come by.");
    await stage.desk.hold(visitor);
    await stage.desk.forwardNow(visitor);
    await stage.program.tick();
    expect(stage.mailCount(visitor)).toBe(1);
    await stage.desk.reply(visitor, "We close at six.");
    expect((await stage.desk.forwarding(visitor)).state).toBe("WAITING");
  });

  test("overrides that a refused delivery has carried the reply already", async () => {
    const visitor = await visitorWithFailed();
    expect(await stage.desk.forwarding(visitor)).toMatchObject({ state: "FAILED", dueAt: null });
    await stage.desk.forwardNow(visitor);
    await stage.program.tick();
    expect(stage.mailCount(visitor)).toBe(1);
    expect((await stage.desk.deliveries(visitor)).map((delivery) => delivery.status)).toEqual(["SENT", "FAILED"]);
  });

  test("makes a QUEUED delivery due now and returns it", async () => {
    const visitor = await visitorWithQueued();
    const queued = await stage.desk.delivery(visitor);
    expect(new Date(queued.nextAttemptAt) > stage.now).toBe(true);
    const hastened = await stage.desk.forwardNow(visitor);
    expect(hastened).toMatchObject({ id: queued.id, status: "QUEUED", trigger: "VISITOR_LEFT" });
    expect(new Date(hastened.nextAttemptAt) <= stage.now).toBe(true);
    await stage.program.tick();
    expect(await stage.desk.delivery(visitor)).toMatchObject({ id: queued.id, status: "SENT", attempts: 2 });
    expect(stage.mailCount(visitor)).toBe(1);
  });

  test("returns a SENDING delivery and sends no other", async () => {
    const visitor = await stage.visitorWhoLeft();
    await stage.desk.reply(visitor, "It is, come by.");
    closeGate();
    const { id } = await stage.desk.forwardNow(visitor);
    await reached.promise;
    expect(await stage.desk.forwarding(visitor)).toMatchObject({ state: "SENDING" });
    expect(await stage.desk.forwardNow(visitor)).toMatchObject({ id, status: "SENDING" });
    gate.resolve();
    await stage.program.tick();
    expect(await stage.desk.delivery(visitor)).toMatchObject({ id, status: "SENT", attempts: 1 });
    expect(stage.mailCount(visitor)).toBe(1);
  });

  test.each<{ reason: string; standing: () => Promise<VisitorAtPage> }>([
    {
      reason: "NOTHING_PENDING",
      standing: async () => {
        const visitor = await stage.visitorWhoLeft();
        await visitor.read(await stage.desk.reply(visitor, "It is, come by."));
        return visitor;
      },
    },
    {
      reason: "DISABLED",
      standing: async () => {
        const visitor = await stage.visitorWhoLeft();
        await stage.desk.reply(visitor, "It is, come by.");
        await stage.desk.prefer({ mode: "NOTHING" });
        return visitor;
      },
    },
    {
      reason: "NO_ADDRESS",
      standing: async () => {
        const visitor = await stage.visitorWhoLeft({ email: null });
        await stage.desk.reply(visitor, "It is, come by.");
        return visitor;
      },
    },
    {
      reason: "ADDRESS_SUPPRESSED",
      standing: async () => {
        const visitor = await stage.visitorWhoLeft();
        await stage.desk.reply(visitor, "It is, come by.");
        stage.sink.behave(() => ({ code: 550, message: "5.1.1 No such user" }));
        await stage.program.pass(301);
        stage.sink.behave(() => null);
        return visitor;
      },
    },
  ])("is refused with the state $reason", async ({ reason, standing }) => {
    const visitor = await standing();
    expect((await stage.desk.forwarding(visitor)).state).toBe(reason);
    const error = await stage.desk.failToForward(visitor);
    expect(error.extensions).toMatchObject({ code: "DELIVERY_NOT_POSSIBLE", reason });
    await stage.program.tick();
    expect(stage.mailCount(visitor)).toBe(0);
  });
});

describe("a hold", () => {
  test("keeps replies back, later ones too, until it is released; then what was due goes at once", async () => {
    const visitor = await stage.visitorWhoLeft();
    await stage.desk.reply(visitor, "It is, come by.");
    expect(await stage.desk.hold(visitor)).toMatchObject({ state: "HELD", dueAt: null, pendingReplies: 1 });
    await stage.program.pass(3_600);
    await stage.desk.reply(visitor, "We close at six.");
    await stage.program.pass(3_600);
    expect(stage.mailCount(visitor)).toBe(0);
    expect(await stage.desk.release(visitor)).toMatchObject({ state: "WAITING", trigger: "VISITOR_LEFT" });
    await stage.program.tick();
    expect(stage.mailCount(visitor)).toBe(1);
    expect((await stage.desk.delivery(visitor)).messages).toHaveLength(2);
  });

  test("ends when the visitor reads: the next reply is not held", async () => {
    const visitor = await stage.visitorWhoLeft();
    const reply = await stage.desk.reply(visitor, "It is, come by.");
    await stage.desk.hold(visitor);
    await visitor.read(reply);
    expect((await stage.desk.forwarding(visitor)).state).toBe("NOTHING_PENDING");
    await stage.desk.reply(visitor, "We close at six.");
    expect((await stage.desk.forwarding(visitor)).state).toBe("WAITING");
  });

  test("of nothing holds nothing", async () => {
    const visitor = await stage.visitorWhoLeft();
    expect((await stage.desk.hold(visitor)).state).toBe("NOTHING_PENDING");
    await stage.desk.reply(visitor, "It is, come by.");
    expect((await stage.desk.forwarding(visitor)).state).toBe("WAITING");
  });

  test("cancels a QUEUED delivery; after its release the reply travels by another", async () => {
    const visitor = await visitorWithQueued();
    expect(await stage.desk.hold(visitor)).toMatchObject({ state: "HELD" });
    expect(await stage.desk.delivery(visitor)).toMatchObject({ status: "CANCELLED", nextAttemptAt: null });
    await stage.program.pass(3_600);
    expect(stage.mailCount(visitor)).toBe(0);
    await stage.desk.release(visitor);
    await stage.program.tick();
    expect((await stage.desk.deliveries(visitor)).map((delivery) => delivery.status)).toEqual(["SENT", "CANCELLED"]);
    expect(stage.mailCount(visitor)).toBe(1);
  });

  test("comes too late for a SENDING delivery", async () => {
    const visitor = await stage.visitorWhoLeft();
    await stage.desk.reply(visitor, "It is, come by.");
    closeGate();
    await stage.desk.forwardNow(visitor);
    await reached.promise;
    expect((await stage.desk.hold(visitor)).state).toBe("SENDING");
    gate.resolve();
    await stage.program.tick();
    expect(await stage.desk.delivery(visitor)).toMatchObject({ status: "SENT" });
    await stage.desk.reply(visitor, "We close at six.");
    expect((await stage.desk.forwarding(visitor)).state).toBe("WAITING");
  });
});

describe("retryDelivery", () => {
  test("sends the same delivery again under the same Message-ID", async () => {
    const visitor = await stage.visitorWhoLeft();
    await stage.desk.reply(visitor, "It is, come by.");
    stage.sink.judge((mail) => (mail.envelopeTo.includes(visitor.email) ? unwanted : null));
    await stage.program.pass(301);
    const failed = await stage.desk.delivery(visitor);
    expect(failed).toMatchObject({ status: "FAILED", failure: { code: "CONTENT_REJECTED" } });
    expect(failed.failure.detail).toContain("Not wanted here");

    stage.sink.judge(() => null);
    expect(await stage.desk.retry(failed.id)).toMatchObject({ id: failed.id, status: "QUEUED", failure: null });
    await stage.program.tick();
    expect(await stage.desk.delivery(visitor)).toMatchObject({ id: failed.id, status: "SENT", failure: null });
    const refused = stage.sink.refused.find((mail) => mail.envelopeTo.includes(visitor.email));
    expect(stage.mailsTo(visitor).map((mail) => mail.parsed.messageId)).toEqual([refused?.parsed.messageId]);
    expect((await stage.desk.conversation(visitor)).messages.nodes[1].forwardedTo).toBe(visitor.email);
  });

  test("takes along what was written since", async () => {
    const visitor = await visitorWithFailed();
    const { id } = await stage.desk.delivery(visitor);
    await stage.desk.reply(visitor, "We close at six.");
    await stage.desk.retry(id);
    await stage.program.tick();
    expect((await stage.desk.delivery(visitor)).messages).toHaveLength(2);
    expect(stage.mailCount(visitor)).toBe(1);
  });

  test("is a CONFLICT for a delivery that was sent", async () => {
    const visitor = await stage.visitorWhoLeft();
    await stage.desk.reply(visitor, "It is, come by.");
    const { id } = await stage.desk.forwardNow(visitor);
    await stage.program.tick();
    expect((await stage.desk.failToRetry(id)).extensions.code).toBe("CONFLICT");
    expect(stage.mailCount(visitor)).toBe(1);
  });

  test("is a CONFLICT while another delivery is open, and when a later one carried its replies", async () => {
    const visitor = await visitorWithFailed();
    const { id } = await stage.desk.delivery(visitor);
    await stage.desk.reply(visitor, "We close at six.");
    stage.sink.behave((recipient) => (recipient === visitor.email ? busy : null));
    await stage.program.pass(61);
    expect((await stage.desk.deliveries(visitor)).map((delivery) => delivery.status)).toEqual(["QUEUED", "FAILED"]);
    expect((await stage.desk.failToRetry(id)).extensions.code).toBe("CONFLICT");

    stage.sink.behave(() => null);
    await stage.desk.forwardNow(visitor);
    await stage.program.tick();
    expect((await stage.desk.deliveries(visitor)).map((delivery) => delivery.status)).toEqual(["SENT", "FAILED"]);
    expect((await stage.desk.failToRetry(id)).extensions.code).toBe("CONFLICT");
    expect(stage.mailCount(visitor)).toBe(1);
  });

  test("is not possible when nothing of it is pending, or while a state stands in the way", async () => {
    const visitor = await visitorWithFailed();
    const { id } = await stage.desk.delivery(visitor);
    await stage.desk.prefer({ mode: "NOTHING" });
    expect((await stage.desk.failToRetry(id)).extensions).toMatchObject({
      code: "DELIVERY_NOT_POSSIBLE",
      reason: "DISABLED",
    });
    await stage.desk.prefer({ mode: "UNREAD_REPLIES" });
    const { messages } = await stage.desk.conversation(visitor);
    await visitor.read(messages.nodes[1].id);
    expect((await stage.desk.failToRetry(id)).extensions).toMatchObject({
      code: "DELIVERY_NOT_POSSIBLE",
      reason: "NOTHING_PENDING",
    });
  });

  test.each(["01a20435-003c-71a5-bfc4-e0d5957405d3", "no id"])("finds nothing under %s", async (id) => {
    expect((await stage.desk.failToRetry(id)).extensions.code).toBe("NOT_FOUND");
  });

  test("gives it another 24 hours", async () => {
    const visitor = await visitorWithFailed();
    const { id } = await stage.desk.delivery(visitor);
    await stage.passDays(1.1);
    stage.sink.behave((recipient) => (recipient === visitor.email ? busy : null));
    await stage.desk.retry(id);
    await stage.program.tick();
    await stage.program.pass(11 * 3_600);
    await stage.program.pass(12 * 3_600);
    await stage.desk.signIn();
    expect(await stage.desk.delivery(visitor)).toMatchObject({ id, status: "QUEUED", attempts: 3 });
    await stage.program.pass(3_700);
    expect(await stage.desk.delivery(visitor)).toMatchObject({ id, status: "FAILED", attempts: 4, late: true });
    expect(stage.mailCount(visitor)).toBe(0);
  });
});
