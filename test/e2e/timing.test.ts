import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { planDueDeliveries } from "../../src/forwarding/deliveries/plan-deliveries.js";
import { TestContext } from "../support/app/test-context.js";

let context: TestContext;

beforeAll(async () => {
  context = await TestContext.setup();
});

afterAll(async () => {
  await context?.teardown();
});

/** Milliseconds from one moment to another. */
const between = (earlier: string, later: string) => new Date(later).getTime() - new Date(earlier).getTime();

describe("a visitor who left", () => {
  test("gets the reply once, exactly five minutes later", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    const { forwarding, visitor: seen } = await context.agent.conversation(visitor);
    expect(forwarding).toMatchObject({ state: "WAITING", trigger: "VISITOR_LEFT", pendingReplies: 1 });
    expect(between(seen.leftAt, forwarding.dueAt)).toBe(300_000);

    await context.passUntil(forwarding.dueAt, -1);
    expect(context.mailCount(visitor)).toBe(0);
    await context.passUntil(forwarding.dueAt);
    expect(context.mailCount(visitor)).toBe(1);
    expect(await context.agent.delivery(visitor)).toMatchObject({
      status: "SENT",
      trigger: "VISITOR_LEFT",
      dueAt: forwarding.dueAt,
      late: false,
    });

    await context.app.tick();
    await context.app.pass(3_600);
    expect(context.mailCount(visitor)).toBe(1);
  });

  test("who returns at 4:59 gets nothing", async () => {
    const visitor = await context.visitorWhoLeft();
    const reply = await context.agent.reply(visitor, "It is, come by.");
    const { dueAt } = await context.agent.forwarding(visitor);
    await context.passUntil(dueAt, -1);
    await visitor.openPage();
    await context.passUntil(dueAt);
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "WAITING", trigger: "INACTIVITY" });
    await visitor.read(reply);
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "NOTHING_PENDING", dueAt: null });
    await visitor.leave();
    await context.app.pass(3_600);
    expect(await context.agent.deliveries(visitor)).toEqual([]);
    expect(context.mailCount(visitor)).toBe(0);
  });

  test("with two tabs, one of them closed, is present; and away when the second one closes", async () => {
    const visitor = await context.visitor();
    await visitor.openPage();
    await visitor.say("Is my bike ready?");
    await context.agent.reply(visitor, "It is, come by.");
    await visitor.closePage();
    await context.app.pass(600);
    expect(await context.agent.conversation(visitor)).toMatchObject({
      visitor: { online: true, leftAt: null },
      forwarding: { state: "WAITING", trigger: "INACTIVITY" },
    });
    expect(context.mailCount(visitor)).toBe(0);

    await visitor.closePage();
    const { forwarding, visitor: seen } = await context.agent.conversation(visitor);
    expect(seen.online).toBe(false);
    expect(between(seen.leftAt, forwarding.dueAt)).toBe(300_000);
    await context.passUntil(forwarding.dueAt);
    expect(context.mailCount(visitor)).toBe(1);
  });

  test("by a browser crash is away since the last sign of life", async () => {
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    await context.app.advance(120);
    const before = context.now;
    await visitor.crash();
    const after = context.now;
    await context.agent.reply(visitor, "It is, come by.");
    const { forwarding, visitor: seen } = await context.agent.conversation(visitor);
    expect(new Date(seen.leftAt) >= before && new Date(seen.leftAt) <= after).toBe(true);
    expect(between(seen.leftAt, forwarding.dueAt)).toBe(300_000);
    await context.passUntil(forwarding.dueAt);
    expect(context.mailCount(visitor)).toBe(1);
  });

  test("by leaveWebsite, without a connection, is away from then on", async () => {
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    await visitor.leave();
    await visitor.recordActivity();
    await context.agent.reply(visitor, "It is, come by.");
    expect(await context.agent.conversation(visitor)).toMatchObject({ visitor: { online: true } });
    await context.app.advance(20);
    await visitor.client.do("mutation { leaveWebsite { online } }");
    const { forwarding, visitor: seen } = await context.agent.conversation(visitor);
    expect(seen.online).toBe(false);
    expect(between(seen.leftAt, forwarding.dueAt)).toBe(300_000);
  });

  test("gets a second email, in the same thread, for a reply after the first email", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    await context.app.pass(301);
    await context.app.advance(600);
    await context.agent.reply(visitor, "We close at six.");
    const { dueAt, asOf, trigger } = await context.agent.forwarding(visitor);
    expect(trigger).toBe("VISITOR_LEFT");
    expect(between(asOf, dueAt)).toBeGreaterThan(28_000);
    expect(between(asOf, dueAt)).toBeLessThanOrEqual(30_000);
    await context.passUntil(dueAt, -1);
    expect(context.mailCount(visitor)).toBe(1);
    await context.passUntil(dueAt);

    const [first, second, ...more] = context.mailsTo(visitor).map((mail) => mail.parsed);
    expect(more).toEqual([]);
    expect(second?.inReplyTo).toBe(first?.messageId);
    expect(second?.references).toContain(first?.messageId);
    expect(second?.messageId).not.toBe(first?.messageId);
    expect(second?.subject).toBe(`Re: ${first?.subject}`);
    expect(second?.text).toContain("New reply from Admin · ");
    const delivered = await context.agent.deliveries(visitor);
    expect(delivered.map((delivery) => delivery.messages)).toEqual([
      [{ text: "We close at six.", forwardedTo: visitor.email }],
      [{ text: "It is, come by.", forwardedTo: visitor.email }],
    ]);
  });

  test("gets the email after five minutes at the latest: steady typing cannot postpone it", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.app.advance(600);
    await context.agent.reply(visitor, "Line 0");
    const first = await context.agent.forwarding(visitor);
    let lines = 1;
    for (let dueAt = first.dueAt; context.now.getTime() + 20_000 < new Date(dueAt).getTime(); lines += 1) {
      await context.app.pass(20);
      expect(context.mailCount(visitor)).toBe(0);
      await context.agent.reply(visitor, `Line ${lines}`);
      ({ dueAt } = await context.agent.forwarding(visitor));
    }
    const { dueAt, pendingReplies } = await context.agent.forwarding(visitor);
    expect(pendingReplies).toBe(lines);
    // Five minutes after the first reply, not half a minute after the last one.
    expect(between(first.dueAt, dueAt)).toBe(270_000);
    await context.passUntil(dueAt, -1);
    expect(context.mailCount(visitor)).toBe(0);
    await context.passUntil(dueAt);
    expect(context.mailCount(visitor)).toBe(1);
    expect((await context.agent.delivery(visitor)).messages).toHaveLength(lines);
  });
});

describe("a visitor who is present", () => {
  test("but idle for 30 minutes gets the reply, page open or not", async () => {
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    await context.app.advance(60);
    await context.agent.reply(visitor, "It is, come by.");
    await context.app.advance(300);
    await visitor.recordActivity();
    const { dueAt, asOf, trigger } = await context.agent.forwarding(visitor);
    expect(trigger).toBe("INACTIVITY");
    expect(between(asOf, dueAt)).toBeGreaterThan(1_798_000);
    expect(between(asOf, dueAt)).toBeLessThanOrEqual(1_800_000);
    await context.passUntil(dueAt, -1);
    expect(context.mailCount(visitor)).toBe(0);
    await context.passUntil(dueAt);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "SENT", trigger: "INACTIVITY" });
    expect(await context.agent.conversation(visitor)).toMatchObject({ visitor: { online: true } });
    await visitor.leave();
  });

  test("in an idle tab gets replies that come every 29 minutes by email", async () => {
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    await context.agent.reply(visitor, "We are looking.");
    const { dueAt } = await context.agent.forwarding(visitor);
    await context.app.pass(29 * 60);
    await context.agent.reply(visitor, "It is, come by.");
    expect((await context.agent.forwarding(visitor)).dueAt).toBe(dueAt);
    await context.passUntil(dueAt);
    expect(await context.agent.delivery(visitor)).toMatchObject({
      trigger: "INACTIVITY",
      messages: [{ text: "We are looking." }, { text: "It is, come by." }],
    });
    await visitor.leave();
  });

  test("gets the reply once when the last agent goes offline", async () => {
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    await context.agent.reply(visitor, "It is, come by.");
    await context.app.pass(60);
    expect(context.mailCount(visitor)).toBe(0);
    await context.agent.setAvailability("OFFLINE");
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "WAITING", trigger: "AGENTS_OFFLINE" });
    await context.app.tick();
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "SENT", trigger: "AGENTS_OFFLINE" });
    await context.app.pass(60);
    expect(context.mailCount(visitor)).toBe(1);
    await context.agent.setAvailability("ONLINE");
    await visitor.leave();
  });

  test("gets the reply once when the agent's connection flaps, and not for a drop of less than half a minute", async () => {
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    await context.agent.reply(visitor, "It is, come by.");
    await context.app.advance(60);
    for (let drop = 0; drop < 3; drop += 1) {
      await context.agent.disconnect();
      await context.app.pass(25);
      await context.agent.connect();
      await context.app.pass(10);
    }
    expect(context.mailCount(visitor)).toBe(0);

    await context.agent.disconnect();
    await context.app.pass(31);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "SENT", trigger: "AGENTS_OFFLINE" });
    for (const availability of ["OFFLINE", "ONLINE", "OFFLINE", "ONLINE"] as const) {
      await context.agent.setAvailability(availability);
      await context.app.tick();
    }
    await context.agent.connect();
    await context.app.tick();
    expect(context.mailCount(visitor)).toBe(1);
    await visitor.leave();
  });
});

describe("between due and sent:", () => {
  test("a visitor who reads the reply while it is queued gets nothing", async () => {
    const other = await context.visitorWhoLeft();
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(other, "Yours is not.");
    const reply = await context.agent.reply(visitor, "It is, come by.");
    const { dueAt } = await context.agent.forwarding(visitor);
    await context.passUntil(dueAt, -10);
    // The server requests a pause of a minute, so that what becomes due meanwhile is queued and not sent yet.
    context.mail.behave(() => ({ code: 421, message: "4.7.0 Too many mails" }));
    await context.agent.forwardNow(other);
    await context.app.tick();
    await context.passUntil(dueAt);
    context.mail.behave(() => null);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "QUEUED", attempts: 0 });
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "SENDING" });

    await visitor.read(reply);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "CANCELLED", nextAttemptAt: null });
    await context.app.pass(300);
    expect(context.mailCount(other)).toBe(1);
    expect(context.mailCount(visitor)).toBe(0);
  });

  test("reading and sending concurrently ends in one of the two", async () => {
    const visitors = await Promise.all(Array.from({ length: 8 }, () => context.visitorWhoLeft()));
    const replies = await Promise.all(visitors.map((visitor) => context.agent.reply(visitor, "It is, come by.")));
    await context.app.advance(301);
    await Promise.all([
      context.app.tick(),
      ...visitors.map((visitor, index) => visitor.read(replies[index] ?? "")),
      planDueDeliveries(context.app.services),
    ]);
    await context.app.tick();
    for (const visitor of visitors) {
      const deliveries = await context.agent.deliveries(visitor);
      const sent = deliveries.filter((delivery) => delivery.status === "SENT");
      expect(deliveries.every((delivery) => ["SENT", "CANCELLED"].includes(delivery.status))).toBe(true);
      expect(context.mailCount(visitor)).toBe(sent.length);
      expect(sent.length).toBeLessThanOrEqual(1);
    }
  });

  test("replies read meanwhile are removed from the email, and new ones are added", async () => {
    const visitor = await context.visitorWhoLeft();
    const first = await context.agent.reply(visitor, "We are looking.");
    await context.agent.reply(visitor, "It is, come by.");
    context.mail.behave((recipient) =>
      recipient === visitor.email ? { code: 451, message: "4.3.0 Try later" } : null,
    );
    await context.app.pass(301);
    expect((await context.agent.delivery(visitor)).messages).toHaveLength(2);
    context.mail.behave(() => null);
    await visitor.read(first);
    await context.agent.reply(visitor, "We close at six.");
    await context.app.pass(120);
    expect(await context.agent.delivery(visitor)).toMatchObject({
      status: "SENT",
      messages: [{ text: "It is, come by." }, { text: "We close at six." }],
    });
    const { messages } = await context.agent.conversation(visitor);
    expect(messages.nodes.map((message: { forwardedTo: string | null }) => message.forwardedTo)).toEqual([
      null,
      null,
      visitor.email,
      visitor.email,
    ]);
  });

  test("a queued delivery is cancelled when an admin switches to NOTHING, and planned again when they switch back", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    context.mail.behave(() => ({ code: 451, message: "4.3.0 Try again later" }));
    await context.app.pass(301);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "QUEUED", attempts: 1 });
    await context.agent.updatePreference({ mode: "NOTHING" });
    context.mail.behave(() => null);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "CANCELLED" });
    expect(await context.agent.forwarding(visitor)).toMatchObject({
      state: "DISABLED",
      dueAt: null,
      pendingReplies: 1,
    });
    await context.app.pass(3_600);
    expect(context.mailCount(visitor)).toBe(0);

    await context.agent.updatePreference({ mode: "UNREAD_REPLIES" });
    await context.app.tick();
    expect((await context.agent.deliveries(visitor)).map((delivery) => delivery.status)).toEqual(["SENT", "CANCELLED"]);
    expect(context.mailCount(visitor)).toBe(1);
  });

  test("a delivery that is over an hour late is marked as late, before and after it is sent", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    context.mail.behave((recipient) =>
      recipient === visitor.email ? { code: 451, message: "4.3.0 Try later" } : null,
    );
    await context.app.pass(301);
    const { dueAt } = await context.agent.delivery(visitor);
    await context.passUntil(dueAt, 3_599);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "QUEUED", late: false });
    await context.passUntil(dueAt, 3_601);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "QUEUED", late: true });
    context.mail.behave(() => null);
    await context.app.pass(18 * 60);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "SENT", late: true, dueAt });
    expect(context.mailCount(visitor)).toBe(1);
  });
});

describe("the system clock", () => {
  test.each([
    { jump: "a day ahead", byMs: 86_400_000 },
    { jump: "a day back", byMs: -86_400_000 },
  ])("does not change due times when it jumps $jump", async ({ byMs }) => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    const before = await context.agent.forwarding(visitor);
    jest.useFakeTimers({ now: Date.now() + byMs, advanceTimers: true, doNotFake: [...everythingButDate] });
    try {
      await context.app.tick();
      const after = await context.agent.forwarding(visitor);
      expect(after.dueAt).toBe(before.dueAt);
      expect(Math.abs(between(before.asOf, after.asOf))).toBeLessThan(10_000);
      await context.passUntil(before.dueAt, -1);
      expect(context.mailCount(visitor)).toBe(0);
      await context.passUntil(before.dueAt);
      expect(context.mailCount(visitor)).toBe(1);
    } finally {
      jest.useRealTimers();
    }
  });
});

const everythingButDate = [
  "hrtime",
  "nextTick",
  "performance",
  "queueMicrotask",
  "setImmediate",
  "clearImmediate",
  "setInterval",
  "clearInterval",
  "setTimeout",
  "clearTimeout",
] as const;
