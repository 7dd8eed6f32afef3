import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { Stage } from "../support/app/test-context.js";

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.set();
});

afterAll(() => stage?.strike());

/** As a crash of the database does: every connection breaks, and what is UNLOGGED is empty. */
async function crashDatabase(): Promise<void> {
  const connectionString = stage.program.app.services.config.databaseUrl ?? "";
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`);
    await client.query("TRUNCATE connections, presence_epoch");
  } finally {
    await client.end();
  }
}

describe("A database that restarts while people are connected", () => {
  test("makes nobody leave: visitor and agent are still there, and nothing is sent", async () => {
    const visitor = await stage.visitor();
    await visitor.say("Is my bike ready?");
    await stage.desk.reply(visitor, "It is, come by.");
    await crashDatabase();
    for (let heartbeats = 0; heartbeats < 8; heartbeats += 1) await stage.program.pass(5);

    const { visitor: shown } = await stage.desk.conversation(visitor);
    expect(shown).toMatchObject({ online: true, leftAt: null });
    const { agents } = await stage.desk.client.do("{ agents { online } }");
    expect(agents).toEqual([{ online: true }]);
    await stage.program.pass(600);
    expect(await stage.desk.deliveries(visitor)).toEqual([]);
    expect(await stage.desk.forwarding(visitor)).toMatchObject({ state: "WAITING", trigger: "INACTIVITY" });

    // Leaving still counts, by the connections that were entered again.
    await visitor.leave();
    await stage.program.pass(300);
    expect(stage.mailsTo(visitor)).toHaveLength(1);
  });

  test("finds those who left meanwhile away, and nobody else", async () => {
    const staying = await stage.visitor();
    const leaving = await stage.visitor();
    for (const visitor of [staying, leaving]) {
      await visitor.say("Is my bike ready?");
      await stage.desk.reply(visitor, "It is, come by.");
    }
    await crashDatabase();
    await leaving.crash();
    for (let heartbeats = 0; heartbeats < 80; heartbeats += 1) await stage.program.pass(5);
    expect(stage.mailsTo(leaving)).toHaveLength(1);
    expect(stage.mailsTo(staying)).toHaveLength(0);
    await staying.leave();
  });

  test("loses no message, and subscriptions go on", async () => {
    const visitor = await stage.visitor();
    await visitor.say("Is my bike ready?");
    const page = await visitor.client.connect();
    const heard = page.subscribe("subscription { messageAdded { text } }");
    const next = heard.next();
    await page.subscribe("{ viewer { ... on Visitor { id } } }").next();
    await crashDatabase();
    await stage.desk.reply(visitor, "It is, come by.");
    expect((await next).data).toEqual({ messageAdded: { text: "It is, come by." } });
    await page.close();
    await visitor.leave();
  });
});
