import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { TestContext } from "../support/app/test-context.js";
import { inDatabase } from "../support/services/in-database.js";

let context: TestContext;

beforeAll(async () => {
  context = await TestContext.setup();
});

afterAll(() => context?.teardown());

/** Has the effects of a database crash: every connection is closed, and UNLOGGED tables are empty. */
async function crashDatabase(): Promise<void> {
  await inDatabase(context.app.services.config.databaseUrl ?? "", async (client) => {
    await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`);
    await client.query("TRUNCATE connections, presence_epoch");
  });
}

describe("A database restart while visitors and agents are connected", () => {
  test("keeps visitor and agent online, and nothing is sent", async () => {
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    await context.agent.reply(visitor, "It is, come by.");
    await crashDatabase();
    for (let heartbeats = 0; heartbeats < 8; heartbeats += 1) await context.app.pass(5);

    const { visitor: shown } = await context.agent.conversation(visitor);
    expect(shown).toMatchObject({ online: true, leftAt: null });
    const { agents } = await context.agent.client.do("{ agents { online } }");
    expect(agents).toEqual([{ online: true }]);
    await context.app.pass(600);
    expect(await context.agent.deliveries(visitor)).toEqual([]);
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "WAITING", trigger: "INACTIVITY" });

    // Leaving is still detected, from the connections that were registered again.
    await visitor.leave();
    await context.app.pass(300);
    expect(context.mailsTo(visitor)).toHaveLength(1);
  });

  test("marks only visitors who left during the restart as away", async () => {
    const staying = await context.visitor();
    const leaving = await context.visitor();
    for (const visitor of [staying, leaving]) {
      await visitor.say("Is my bike ready?");
      await context.agent.reply(visitor, "It is, come by.");
    }
    await crashDatabase();
    await leaving.crash();
    for (let heartbeats = 0; heartbeats < 80; heartbeats += 1) await context.app.pass(5);
    expect(context.mailsTo(leaving)).toHaveLength(1);
    expect(context.mailsTo(staying)).toHaveLength(0);
    await staying.leave();
  });

  test("loses no message, and subscriptions continue", async () => {
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    const page = await visitor.client.connect();
    const messages = page.subscribe("subscription { messageAdded { text } }");
    const next = messages.next();
    await page.subscribe("{ viewer { ... on Visitor { id } } }").next();
    await crashDatabase();
    await context.agent.reply(visitor, "It is, come by.");
    expect((await next).data).toEqual({ messageAdded: { text: "It is, come by." } });
    await page.close();
    await visitor.leave();
  });
});
