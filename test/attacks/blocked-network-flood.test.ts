import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import WebSocket from "ws";
import { makeDataDirectory } from "../support/app/data-directory.js";
import type { GraphqlClient } from "../support/app/graphql-client.js";
import { Program } from "../support/app/program.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";
import type { TestDatabase } from "../support/services/test-database.js";

// Thousands of requests, on a machine that does other things as well.
jest.setTimeout(120_000);

const adminPassword = "an admin's password";
const requests = 2_000;
const sockets = 200;
const parallel = 10;

let database: TestDatabase;
let directory: Awaited<ReturnType<typeof makeDataDirectory>>;
let program: Program;
let admin: GraphqlClient;

beforeAll(async () => {
  database = await createMigratedDatabase();
  directory = await makeDataDirectory();
  program = await Program.start({
    DATABASE_URL: database.url,
    DATA_DIR: directory.path,
    APP_SECRET: "a secret of the tests that is long enough",
    ADMIN_PASSWORD: adminPassword,
    CHANNELS: "console",
    TRUST_PROXY: "loopback",
  });
  admin = await program.signInAdmin(adminPassword);
  await admin.do("mutation { updateContactForm(input: { whenOffline: OFF }) { current } }");
});
afterAll(async () => {
  await Program.killAll();
  await database?.drop();
  await directory?.remove();
});

/** From another address of the blocked networks at each call. */
const addressOf = (index: number) =>
  index % 2 === 0
    ? `198.51.${Math.floor(index / 256) % 256}.${index % 256}`
    : `2001:db8:${(index % 65_536).toString(16)}::1`;

async function ask(address: string, query: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${program.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": address },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, text: await response.text() };
}

/** The code with which a socket is closed. */
function openSocket(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${program.url.replace("http", "ws")}/graphql`, "graphql-transport-ws", {
      headers: { "x-forwarded-for": address },
    });
    socket.once("error", reject);
    socket.once("open", () => socket.send(JSON.stringify({ type: "connection_init" })));
    socket.once("close", resolve);
  });
}

async function inParallel(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) {
      next += 1;
      await work(next);
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

test("thousands of requests and sockets from blocked networks delay nobody, and leave nothing", async () => {
  const block = 'mutation ($range: String!) { blockNetwork(input: { range: $range, note: "Flood" }) { range } }';
  for (const range of ["198.51.0.0/16", "2001:db8::/32"]) await admin.do(block, { range });
  await inParallel(300, (index) => ask(addressOf(index), "mutation { startSession(input: {}) { token } }"));
  const before = await program.memory();
  const honest = await program.client.startSession();
  const statuses = new Map<number, number>();
  const closed = new Map<number, number>();
  const count = (counts: Map<number, number>, key: number) => counts.set(key, (counts.get(key) ?? 0) + 1);
  let isOver = false;
  const attack = Promise.all([
    inParallel(requests, async (index) =>
      count(statuses, (await ask(addressOf(index), "mutation { startSession(input: {}) { token } }")).status),
    ),
    inParallel(sockets, async (index) => count(closed, await openSocket(addressOf(index)))),
  ]).finally(() => {
    isOver = true;
  });
  const healthMs: number[] = [];
  let written = 0;
  while (!isOver) {
    const beganAt = performance.now();
    expect((await fetch(`${program.url}/health`)).status).toBe(200);
    healthMs.push(performance.now() - beganAt);
    await honest.do('mutation { sendMessage(input: { text: "Is my bike ready?" }) { id } }');
    written += 1;
  }
  await attack;
  expect(Object.fromEntries(statuses)).toEqual({ 403: requests });
  expect(Object.fromEntries(closed)).toEqual({ 4403: sockets });
  expect(median(healthMs)).toBeLessThan(250);
  expect(written).toBeGreaterThan(10);
  const after = await program.memory();
  expect(after.highest - before.now).toBeLessThan(100);
  const { conversations } = await admin.do("{ conversations { nodes { id } } }");
  expect(conversations.nodes).toHaveLength(1);
  process.stdout.write(
    `median of /health ${Math.round(median(healthMs))} ms, highest ${Math.round(Math.max(...healthMs))} ms, ${written} honest messages, memory +${Math.round(after.highest - before.now)} MiB\n`,
  );
});
