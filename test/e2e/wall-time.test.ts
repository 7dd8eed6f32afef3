import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { TestContext } from "../support/app/test-context.js";

/** The trigger check runs every second, and presence is evaluated one heartbeat after the first start. */
const maxLateMs = 8_000;

describe("in real time", () => {
  let context: TestContext;

  beforeAll(async () => {
    context = await TestContext.setup({ CHECK_INTERVAL_SECONDS: "1" });
    await context.agent.updatePreference({ visitorLeftDelaySeconds: 2, settleSeconds: 1 });
  });

  afterAll(async () => {
    await context?.teardown();
  });

  test("a visitor closes the page and gets the reply by email two seconds later, and the agent sees it immediately", async () => {
    const updates = context.agent.connection.subscribe("subscription { messageUpdated { text forwardedTo } }");
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    await context.agent.reply(visitor, "It is, come by.");
    const arrived = context.mail.next();
    await visitor.leave();
    const { dueAt, trigger } = await context.agent.forwarding(visitor);
    expect(trigger).toBe("VISITOR_LEFT");
    await arrived;
    const lateMs = context.now.getTime() - new Date(dueAt).getTime();
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThan(maxLateMs);
    const forwarded = await updates.until(({ messageUpdated }) => messageUpdated.forwardedTo !== null);
    expect(forwarded.messageUpdated).toEqual({ text: "It is, come by.", forwardedTo: visitor.email });
    expect(await context.agent.delivery(visitor)).toMatchObject({
      status: "SENT",
      trigger: "VISITOR_LEFT",
      late: false,
    });
    expect(context.mailCount(visitor)).toBe(1);
  });

  test("a visitor who returns within two seconds gets nothing", async () => {
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    const reply = await context.agent.reply(visitor, "It is, come by.");
    await visitor.leave();
    await visitor.openPage();
    await visitor.read(reply);

    // By the time a visitor who left later has got their email, this one would have been sent.
    const other = await context.visitor();
    await other.say("And mine?");
    await context.agent.reply(other, "Yours too.");
    const arrived = context.mail.next();
    await other.leave();
    await arrived;
    expect(context.mailCount(other)).toBe(1);
    expect(context.mailCount(visitor)).toBe(0);
    expect(await context.agent.deliveries(visitor)).toEqual([]);
    await visitor.leave();
  });
});
