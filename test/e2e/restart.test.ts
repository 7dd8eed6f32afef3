import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { TestContext } from "../support/app/test-context.js";
import type { TestVisitor } from "../support/app/test-visitor.js";
import { MailSink } from "../support/fakes/mail-sink.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";
import type { TestDatabase } from "../support/services/test-database.js";

describe("a program that was stopped", () => {
  let database: TestDatabase;
  let mail: MailSink;
  const running: TestContext[] = [];

  beforeEach(async () => {
    database = await createMigratedDatabase();
    mail = await MailSink.start();
  });

  afterEach(async () => {
    for (const context of running.splice(0)) await context.teardown();
    await mail.stop();
    await database.drop();
  });

  /** Starts the program on this test's database, with the clock set back. */
  async function start(agoSeconds: number): Promise<TestContext> {
    const context = await TestContext.setup({ DATABASE_URL: database.url, CHECK_INTERVAL_SECONDS: "1" }, { mail });
    context.app.services.clock.advance(-agoSeconds * 1000);
    running.push(context);
    return context;
  }

  /** Starts it now, plus one heartbeat, because presence is not evaluated before the first one. */
  const startAgain = () => start(-6);

  async function stop(context: TestContext): Promise<void> {
    await context.teardown();
    running.splice(running.indexOf(context), 1);
  }

  /** Runs the program some time ago: a visitor left and an agent replied, but nothing was sent yet. */
  async function leaveUnsent(agoSeconds: number): Promise<TestVisitor> {
    const context = await start(agoSeconds);
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    expect(await context.agent.deliveries(visitor)).toEqual([]);
    await stop(context);
    return visitor;
  }

  test("through the due time sends the reply on restart, once", async () => {
    const visitor = await leaveUnsent(1_200);
    const arrived = mail.next();
    const context = await startAgain();
    await arrived;
    await context.app.tick();
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "SENT", late: false });
    await stop(context);

    const again = await startAgain();
    await again.app.pass(3_600);
    expect(mail.mails).toHaveLength(1);
    expect(await again.agent.delivery(visitor)).toMatchObject({ status: "SENT" });
  });

  test("for hours sends the reply after the restart, marked as late", async () => {
    const visitor = await leaveUnsent(3 * 3_600);
    const arrived = mail.next();
    const context = await startAgain();
    await arrived;
    await context.app.tick();
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "SENT", late: true });
    expect(mail.mails).toHaveLength(1);
  });

  test("and is restarted as two processes sends the reply once", async () => {
    const visitor = await leaveUnsent(1_200);
    const arrived = mail.next();
    const [first, second] = await Promise.all([startAgain(), startAgain()]);
    await arrived;
    await Promise.all([first.app.tick(), second.app.tick()]);
    expect(await first.agent.delivery(visitor)).toMatchObject({ status: "SENT", attempts: 1 });
    expect(mail.mails).toHaveLength(1);
  });

  test("with a queued delivery sends it after the restart", async () => {
    mail.behave(() => ({ code: 451, message: "4.3.0 Try again later" }));
    const before = await start(1_200);
    const visitor = await before.visitorWhoLeft();
    await before.agent.reply(visitor, "It is, come by.");
    const { id } = await before.agent.forwardNow(visitor);
    await before.app.tick();
    await stop(before);

    mail.behave(() => null);
    const arrived = mail.next();
    const context = await startAgain();
    await arrived;
    await context.app.tick();
    expect(await context.agent.delivery(visitor)).toMatchObject({ id, status: "SENT", trigger: "REQUESTED" });
    expect(mail.mails).toHaveLength(1);
  });
});
