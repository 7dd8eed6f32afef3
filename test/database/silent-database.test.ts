import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { makeDataDirectory } from "../support/app/data-directory.js";
import type { GraphqlClient } from "../support/app/graphql-client.js";
import { Program } from "../support/app/program.js";
import { TcpProxy } from "../support/fakes/tcp-proxy.js";
import { inDatabase } from "../support/services/in-database.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";
import type { TestDatabase } from "../support/services/test-database.js";

// The time-outs of the database are real ones.
jest.setTimeout(120_000);

const adminPassword = "an admin's password";
const sendMutation = "mutation ($text: String!) { sendMessage(input: { text: $text }) { id } }";

let database: TestDatabase;
let proxy: TcpProxy;
let directory: Awaited<ReturnType<typeof makeDataDirectory>>;
let url: URL;

beforeAll(async () => {
  database = await createMigratedDatabase();
  url = new URL(database.url);
  proxy = await TcpProxy.start({ host: url.hostname, port: Number(url.port || 5432) });
  url.host = `127.0.0.1:${proxy.port}`;
  directory = await makeDataDirectory();
});

afterEach(async () => {
  proxy.resume();
  await Program.killAll();
});

afterAll(async () => {
  await proxy?.stop();
  await database?.drop();
  await directory?.remove();
});

async function start(): Promise<Program> {
  const program = await Program.start({
    DATABASE_URL: url.href,
    DATA_DIR: directory.path,
    APP_SECRET: "a secret of the tests that is long enough",
    ADMIN_PASSWORD: adminPassword,
    CHANNELS: "console",
  });
  await until(async () => (await ready(program)).status === 200);
  return program;
}

async function ready(program: Program): Promise<{ status: number; afterMs: number }> {
  const beganAt = performance.now();
  const { status } = await fetch(`${program.url}/ready`);
  return { status, afterMs: performance.now() - beganAt };
}

async function until(reached: () => Promise<boolean>): Promise<void> {
  while (!(await reached()));
}

/** How many website connections are recorded, asked past the proxy. */
function presenceRows(): Promise<number> {
  return inDatabase(database.url, async (client) => (await client.query("SELECT FROM connections")).rowCount ?? 0);
}

describe("A database whose connections fall silent without a reset", () => {
  test("makes the program not ready within two seconds, fails requests in time, and is used again once it answers", async () => {
    const program = await start();
    const admin = await program.signInAdmin(adminPassword);
    await admin.do("mutation { updateContactForm(input: { whenOffline: OFF }) { current } }");
    const visitors: GraphqlClient[] = [];
    for (let visitor = 0; visitor < 12; visitor += 1) visitors.push(await program.client.startSession());

    proxy.silence();
    const beganAt = performance.now();
    // More than the pool has connections.
    const sends = visitors.map((visitor) => visitor.ask(sendMutation, { text: "Is anybody there?" }));
    for (let time = 0; time < 3; time += 1) {
      const answer = await ready(program);
      expect(answer.status).toBe(503);
      expect(answer.afterMs).toBeLessThan(2_000);
    }
    const health = await fetch(`${program.url}/health`);
    expect(health.status).toBe(200);
    for (const { errors } of await Promise.all(sends)) {
      expect(errors?.[0]?.extensions.code).toBe("INTERNAL_SERVER_ERROR");
    }
    // 20 seconds, and something for a busy machine: TCP would try for a quarter of an hour.
    expect(performance.now() - beganAt).toBeLessThan(30_000);

    proxy.resume();
    await until(async () => (await ready(program)).status === 200);
    for (const visitor of visitors) await visitor.do(sendMutation, { text: "I am here." });
    const connection = await visitors[0]?.connect();
    await until(async () => (await presenceRows()) > 0);
    await connection?.close();
    await until(async () => (await presenceRows()) === 0);
    expect(await program.end("SIGTERM")).toMatchObject({ code: 0 });
  });

  test("does not keep the program from ending: SIGTERM takes about three seconds", async () => {
    const program = await start();
    const visitor = await program.client.startSession();
    proxy.silence();
    const unanswered = visitor.ask(sendMutation, { text: "Is anybody there?" }).catch(() => null);
    const { code, afterMs } = await program.end("SIGTERM");
    expect(program.output).toContain("the database does not answer");
    expect(code).toBe(1);
    expect(afterMs).toBeLessThan(6_000);
    await unanswered;
  });

  test("is waited for at the start, as one that cannot be reached", async () => {
    proxy.silence();
    const program = await Program.launch({
      DATABASE_URL: url.href,
      DATA_DIR: directory.path,
      APP_SECRET: "a secret of the tests that is long enough",
      CHANNELS: "console",
    });
    await program.prints("cannot be reached yet");
    proxy.resume();
    await program.prints("Afterchat is running.");
    await program.end("SIGTERM");
  });
});
