import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Stage } from "../support/app/test-context.js";

/** The check runs every second, and the presence of people counts one heartbeat after the first start. */
const fewSecondsMs = 8_000;

describe("in real time", () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.set({ CHECK_INTERVAL_SECONDS: "1" });
    await stage.desk.prefer({ visitorLeftDelaySeconds: 2, settleSeconds: 1 });
  });

  afterAll(async () => {
    await stage?.strike();
  });

  test("a visitor closes the page and gets the reply by mail two seconds later, as the agent sees at once", async () => {
    const updates = stage.desk.connection.subscribe("subscription { messageUpdated { text forwardedTo } }");
    const visitor = await stage.visitor();
    await visitor.say("Is my bike ready?");
    await stage.desk.reply(visitor, "It is, come by.");
    const arrived = stage.sink.next();
    await visitor.leave();
    const { dueAt, trigger } = await stage.desk.forwarding(visitor);
    expect(trigger).toBe("VISITOR_LEFT");
    await arrived;
    const lateMs = stage.now.getTime() - new Date(dueAt).getTime();
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThan(fewSecondsMs);
    const marked = await updates.until(({ messageUpdated }) => messageUpdated.forwardedTo !== null);
    expect(marked.messageUpdated).toEqual({ text: "It is, come by.", forwardedTo: visitor.email });
    expect(await stage.desk.delivery(visitor)).toMatchObject({ status: "SENT", trigger: "VISITOR_LEFT", late: false });
    expect(stage.mailCount(visitor)).toBe(1);
  });

  test("a visitor who comes back within the two seconds gets nothing", async () => {
    const visitor = await stage.visitor();
    await visitor.say("Is my bike ready?");
    const reply = await stage.desk.reply(visitor, "It is, come by.");
    await visitor.leave();
    await visitor.openPage();
    await visitor.read(reply);

    // By the time that somebody who left after them has got theirs, it would have gone out.
    const other = await stage.visitor();
    await other.say("And mine?");
    await stage.desk.reply(other, "Yours too.");
    const arrived = stage.sink.next();
    await other.leave();
    await arrived;
    expect(stage.mailCount(other)).toBe(1);
    expect(stage.mailCount(visitor)).toBe(0);
    expect(await stage.desk.deliveries(visitor)).toEqual([]);
    await visitor.leave();
  });
});
