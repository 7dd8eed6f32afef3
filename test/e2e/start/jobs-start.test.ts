import { setTimeout as sleep } from "node:timers/promises";
import { expect, jest, test } from "@jest/globals";
import { createMongoStore, createPostgresStore } from "../../jobs/tested-stores.js";
import { Program } from "../../support/app/program.js";
import { type Address, TcpProxy } from "../../support/fakes/tcp-proxy.js";
import { freePort } from "../../support/servers/free-ports.js";
import { createMigratedDatabase } from "../../support/services/migrated-database.js";

// Starting processes is slow on a busy machine.
jest.setTimeout(60_000);

const password = "an admin's password";

const stores = [
  { name: "PostgreSQL", create: createPostgresStore, testIfAvailable: test.concurrent },
  {
    name: "MongoDB",
    create: createMongoStore,
    testIfAvailable: process.env.TEST_MONGO_URL === undefined ? test.concurrent.skip : test.concurrent,
  },
];

// Concurrently: most of their time is waiting.
for (const { name, create, testIfAvailable } of stores) {
  testIfAvailable(
    `The program with JOBS_URL on ${name}, unavailable at the start and again later: waits, logs it, and forwards replies again without a restart`,
    async () => {
      const database = await createMigratedDatabase();
      const store = await create();
      const url = new URL(store.jobsUrl);
      const target = { host: url.hostname, port: Number(url.port) };
      url.host = `127.0.0.1:${await freePort()}`;
      const program = await Program.launch({
        DATABASE_URL: database.url,
        JOBS_URL: url.href,
        APP_SECRET: "a secret of the tests that is long enough",
        ADMIN_PASSWORD: password,
        CHECK_INTERVAL_SECONDS: "1",
        CHANNELS: "email",
      });
      try {
        await interruptStore(program, target, Number(url.port));
      } finally {
        await program.end("SIGKILL");
        await store.remove();
        await database.drop();
      }
    },
  );
}

/** The store is at `target`; the program expects it at `port`, where it is not available yet. */
async function interruptStore(program: Program, target: Address, port: number): Promise<void> {
  await program.prints("the job store cannot be reached yet");
  const proxy = await TcpProxy.start(target, port);
  try {
    await program.prints("Afterchat is running.");
    await untilReady(program, 200);

    const unavailableAtMs = performance.now();
    await proxy.stop();
    await untilReady(program, 503);
    expect((await ready(program)).body).toEqual({ database: true, jobs: false });
    const agent = await program.signInAdmin(password);
    await agent.do(
      "mutation { updateForwardingPreference(input: { visitorLeftDelaySeconds: 0, settleSeconds: 0 }) { mode } }",
    );
    const { startSession } = await program.client.do("mutation { startSession(input: {}) { token } }");
    const visitor = program.client.as(startSession.token);
    await visitor.do('mutation { submitContactForm(input: { email: "ana@example.com" }) { id } }');
    const { sendMessage } = await visitor.do(
      'mutation { sendMessage(input: { text: "Is my bike ready?" }) { conversation { id } } }',
    );
    await visitor.do("mutation { leaveWebsite { online } }");
    const { id } = sendMessage.conversation;
    await agent.do('mutation ($id: ID!) { sendMessage(input: { conversationId: $id, text: "It is." }) { id } }', {
      id,
    });

    await proxy.listen();
    await untilReady(program, 200);
    const statuses = async (): Promise<string[]> =>
      (await agent.do("{ deliveries { nodes { status } } }")).deliveries.nodes.map(
        (delivery: { status: string }) => delivery.status,
      );
    while ((await statuses()).join() !== "SENT") await sleep(50);
    const linesAllowed = 1 + (performance.now() - unavailableAtMs) / 10_000;
    expect(program.output.match(/job store does not respond/g)?.length).toBeLessThanOrEqual(linesAllowed);
    expect(program.output).toContain("The job store responds again.");

    await proxy.stop();
    await untilReady(program, 503);
    const ending = await program.end("SIGTERM");
    expect(ending.code).toBe(0);
    expect(program.output).not.toContain("abandoned");
    expect(ending.afterMs).toBeLessThan(8_000);
  } finally {
    await proxy.stop();
  }
}

async function ready({ url }: Program): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${url}/ready`);
  return { status: response.status, body: await response.json() };
}

async function untilReady(program: Program, status: number): Promise<void> {
  while ((await ready(program)).status !== status) await sleep(50);
}
