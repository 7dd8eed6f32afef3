import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { makeDataDirectory } from "../support/app/data-directory.js";
import type { GraphqlClient } from "../support/app/graphql-client.js";
import { Program } from "../support/app/program.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";
import type { TestDatabase } from "../support/services/test-database.js";

// Thousands of large answers, on a machine that does other things as well.
jest.setTimeout(240_000);

const adminPassword = "an admin's password";
const inbox = `query {
  conversations(first: 100) {
    nodes {
      id lastActivityAt unreadByAgents visitor { id name email } lastMessage { id text sentAt }
      messages(last: 10) { nodes { id text sentAt } }
    }
  }
}`;
const sendMutation = "mutation ($text: String!) { sendMessage(input: { text: $text }) { id } }";

let database: TestDatabase;
let directory: Awaited<ReturnType<typeof makeDataDirectory>>;
let attacked: Program;
let admin: GraphqlClient;

beforeAll(async () => {
  database = await createMigratedDatabase();
  directory = await makeDataDirectory();
  attacked = await start({ NODE_OPTIONS: "--max-old-space-size=512" });
  admin = await attacked.signInAdmin(adminPassword);
  await admin.do("mutation { updateContactForm(input: { whenOffline: OFF }) { current } }");
  const text = "A long message. ".repeat(120);
  for (let conversation = 0; conversation < 100; conversation += 1) {
    const visitor = await attacked.client.startSession();
    for (let message = 0; message < 5; message += 1) await visitor.do(sendMutation, { text });
  }
});

afterAll(async () => {
  await Program.killAll();
  await database?.drop();
  await directory?.remove();
});

function start(settings: Readonly<Record<string, string>> = {}): Promise<Program> {
  return Program.start({
    DATABASE_URL: database.url,
    DATA_DIR: directory.path,
    APP_SECRET: "a secret of the tests that is long enough",
    ADMIN_PASSWORD: adminPassword,
    CHANNELS: "console",
    // The connections of a proxy are not limited: the requests are.
    TRUST_PROXY: "loopback",
    ...settings,
  });
}

interface Answered {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly code: string | null;
}

async function askForInbox(): Promise<Answered> {
  const response = await fetch(`${attacked.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${admin.token}` },
    body: JSON.stringify({ query: inbox }),
  });
  const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
  return {
    status: response.status,
    retryAfter: response.headers.get("retry-after"),
    code: errors?.[0]?.extensions.code ?? null,
  };
}

async function healthMs({ url }: Program): Promise<number> {
  const beganAt = performance.now();
  expect((await fetch(`${url}/health`)).status).toBe(200);
  return performance.now() - beganAt;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

describe("A caller who sends far more requests at once than can be answered", () => {
  test.each([1_500, 2_000])("gets 503 for most of %d, while others are served and memory stays low", async (count) => {
    const idle = await start();
    const honest = await attacked.client.startSession();
    await honest.do(sendMutation, { text: "Before" });
    // As busy as a server ever is by itself.
    for (let time = 0; time < 10; time += 1) await Promise.all(Array.from({ length: 10 }, askForInbox));
    const before = await attacked.memory();

    let isOver = false;
    const attack = Promise.all(Array.from({ length: count }, askForInbox)).finally(() => {
      isOver = true;
    });
    const delays: { readonly attacked: number; readonly idle: number }[] = [];
    const sent: number[] = [];
    while (!isOver) {
      // Both through this process, which is busy with the attack itself.
      const [attackedMs, idleMs] = await Promise.all([healthMs(attacked), healthMs(idle)]);
      delays.push({ attacked: attackedMs, idle: idleMs });
      const beganAt = performance.now();
      await honest.do(sendMutation, { text: `Beside the attack ${sent.length}` });
      sent.push(performance.now() - beganAt);
    }

    const answers = await attack;
    const refused = answers.filter(({ status }) => status === 503);
    const after = await attacked.memory();
    expect(refused.length).toBeGreaterThan(0);
    for (const { retryAfter, code } of refused) {
      expect(retryAfter).toBe("2");
      expect(code).toBe("SERVICE_UNAVAILABLE");
    }
    expect(answers.filter(({ status }) => status === 200).length).toBe(count - refused.length);
    // Without a limit it is 2.6 GB, or the end of the process.
    expect(after.highest - before.now).toBeLessThan(100);
    expect(median(delays.map(({ attacked }) => attacked))).toBeLessThan(250 + median(delays.map(({ idle }) => idle)));
    expect(sent.length).toBeGreaterThan(0);
    expect(median(sent)).toBeLessThan(3_000);
    await idle.end("SIGTERM");
    expect(attacked.hasEnded).toBe(false);
    expect((await askForInbox()).status).toBe(200);
  });
});
