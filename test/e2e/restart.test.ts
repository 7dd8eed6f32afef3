import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { Stage } from "../support/app/test-context.js";
import type { VisitorAtPage } from "../support/app/test-visitor.js";
import { MailSink } from "../support/fakes/mail-sink.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";
import type { TestDatabase } from "../support/services/test-database.js";

describe("a program that was stopped", () => {
  let database: TestDatabase;
  let sink: MailSink;
  const running: Stage[] = [];

  beforeEach(async () => {
    database = await createMigratedDatabase();
    sink = await MailSink.start();
  });

  afterEach(async () => {
    for (const stage of running.splice(0)) await stage.close();
    await sink.stop();
    await database.drop();
  });

  /** Starts the program on this test's database, so long ago. */
  async function start(agoSeconds: number): Promise<Stage> {
    const stage = await Stage.set({ DATABASE_URL: database.url, CHECK_INTERVAL_SECONDS: "1" }, sink);
    stage.program.app.services.clock.advance(-agoSeconds * 1000);
    running.push(stage);
    return stage;
  }

  /** Starts it now, or rather a heartbeat after the very first start, before which nobody's presence is judged. */
  const startAgain = () => start(-6);

  async function stop(stage: Stage): Promise<void> {
    await stage.close();
    running.splice(running.indexOf(stage), 1);
  }

  /** A visitor left and was answered while the program ran, so long ago. */
  async function leaveUnsent(agoSeconds: number): Promise<VisitorAtPage> {
    const stage = await start(agoSeconds);
    const visitor = await stage.visitorWhoLeft();
    await stage.desk.reply(visitor, "It is, come by.");
    expect(await stage.desk.deliveries(visitor)).toEqual([]);
    await stop(stage);
    return visitor;
  }

  test("through the due time sends on restart, once", async () => {
    const visitor = await leaveUnsent(1_200);
    const arrived = sink.next();
    const stage = await startAgain();
    await arrived;
    await stage.program.tick();
    expect(await stage.desk.delivery(visitor)).toMatchObject({ status: "SENT", late: false });
    await stop(stage);

    const again = await startAgain();
    await again.program.pass(3_600);
    expect(sink.mails).toHaveLength(1);
    expect(await again.desk.delivery(visitor)).toMatchObject({ status: "SENT" });
  });

  test("for hours sends on restart and flags that it is late", async () => {
    const visitor = await leaveUnsent(3 * 3_600);
    const arrived = sink.next();
    const stage = await startAgain();
    await arrived;
    await stage.program.tick();
    expect(await stage.desk.delivery(visitor)).toMatchObject({ status: "SENT", late: true });
    expect(sink.mails).toHaveLength(1);
  });

  test("is started again twice at once, and sends once", async () => {
    const visitor = await leaveUnsent(1_200);
    const arrived = sink.next();
    const [one, other] = await Promise.all([startAgain(), startAgain()]);
    await arrived;
    await Promise.all([one.program.tick(), other.program.tick()]);
    expect(await one.desk.delivery(visitor)).toMatchObject({ status: "SENT", attempts: 1 });
    expect(sink.mails).toHaveLength(1);
  });

  test("with a delivery in its queue sends that one on restart", async () => {
    sink.behave(() => ({ code: 451, message: "4.3.0 Try again later" }));
    const before = await start(1_200);
    const visitor = await before.visitorWhoLeft();
    await before.desk.reply(visitor, "It is, come by.");
    const { id } = await before.desk.forwardNow(visitor);
    await before.program.tick();
    await stop(before);

    sink.behave(() => null);
    const arrived = sink.next();
    const stage = await startAgain();
    await arrived;
    await stage.program.tick();
    expect(await stage.desk.delivery(visitor)).toMatchObject({ id, status: "SENT", trigger: "REQUESTED" });
    expect(sink.mails).toHaveLength(1);
  });
});
