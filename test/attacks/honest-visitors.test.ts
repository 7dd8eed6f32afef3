import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { rateLimits } from "../../src/limits/limit-table.js";
import { secondsIn } from "../limits/rate-cases.js";
import { makeDataDirectory } from "../support/app/data-directory.js";
import type { Connection, GraphqlClient } from "../support/app/graphql-client.js";
import { Program } from "../support/app/program.js";
import { post } from "../support/app/upload.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";
import type { TestDatabase } from "../support/services/test-database.js";

// Thousands of requests, on a machine that does other things as well.
jest.setTimeout(120_000);

let database: TestDatabase;
let directory: Awaited<ReturnType<typeof makeDataDirectory>>;

beforeAll(async () => {
  database = await createMigratedDatabase();
  directory = await makeDataDirectory();
});

afterEach(() => Program.killAll());

afterAll(async () => {
  await database?.drop();
  await directory?.remove();
});

function start(settings: Readonly<Record<string, string>> = {}): Promise<Program> {
  return Program.start({
    DATABASE_URL: database.url,
    DATA_DIR: directory.path,
    APP_SECRET: "a secret of the tests that is long enough",
    CHANNELS: "email",
    ...settings,
  });
}

/** What somebody does who has a question: every step must succeed. */
async function chat(arrived: GraphqlClient, number: number): Promise<Connection> {
  const visitor = await arrived.startSession({ locale: "en-GB" });
  const page = await visitor.connect();
  const events = page.subscribe("subscription { messageAdded { id } }");
  const { sendMessage } = await visitor.do(
    `mutation ($input: SubmitContactFormInput!) {
      recordActivity(page: "/bikes") { id }
      submitContactForm(input: $input) { id }
      sendMessage(input: { text: "Is my bike ready?" }) { id conversation { id } }
    }`,
    { input: { email: `visitor-${number}@example.com` } },
  );
  const conversationId: string = sendMessage.conversation.id;
  for (let message = 2; message <= 4; message += 1) {
    await visitor.do(
      `mutation ($id: ID!, $text: String!) {
        begins: setTyping(conversationId: $id)
        continues: setTyping(conversationId: $id)
        sendMessage(input: { conversationId: $id, text: $text }) { id }
      }`,
      { id: conversationId, text: "It is the green one. ".repeat(20) },
    );
  }
  if (number % 10 === 0) expect((await post(visitor, { content: "Notes" })).status).toBe(201);
  // The next page: the session goes on, and the visitor reads.
  const next = await visitor.startSession({ token: visitor.token });
  await next.do("mutation ($input: MarkReadInput!) { markRead(input: $input) { id } }", {
    input: { conversationId, messageId: sendMessage.id },
  });
  await events.end();
  return page;
}

/** Does `work` for 0 to `count` - 1, some at the same time. */
async function each<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      results.push(await work(index));
    }
  };
  await Promise.all(Array.from({ length: 12 }, worker));
  return results;
}

describe("An office of 200 people behind one address", () => {
  test("chats, and nobody is refused", async () => {
    const program = await start();
    const pages = await each(200, (number) => chat(program.client, number));
    expect(pages).toHaveLength(200);
    for (const page of pages) await page.close();
  });
});

describe("A shop behind a CDN that TRUST_PROXY names", () => {
  test("serves more visitors than one network may be, and refuses the one among them who attacks", async () => {
    const edge = "203.0.113.80";
    // The CDN's network, and a proxy on this machine.
    const program = await start({ TRUST_PROXY: "loopback,203.0.113.0/24" });
    const through = (address: string) => program.client.from(`${address}, ${edge}`);
    const { points } = rateLimits.sessionsOfNetwork;
    const addressOf = (number: number) =>
      number % 2 === 0 ? `10.1.${number >> 8}.${number & 255}` : `2001:db8:0:${number.toString(16)}::7`;
    const attacker = "2001:db8:ffff:1:";
    let refused = 0;
    // Whoever has a /64 has 2^64 addresses in it.
    const attack = each(points + 50, async (number) => {
      const answer = await through(`${attacker}:${number.toString(16)}`).ask(
        "mutation { startSession(input: {}) { kind } }",
      );
      if (secondsIn(answer) !== null) refused += 1;
    });
    const served = await each(points + 50, async (number) => {
      const visitor = await through(addressOf(number)).startSession();
      if (number % 10 === 0) await (await visitor.connect()).close();
      return number;
    });
    await attack;
    expect(served).toHaveLength(points + 50);
    expect(refused).toBe(50);
    expect(program.output).not.toContain("TRUST_PROXY");
  });
});

describe("A proxy that TRUST_PROXY does not name", () => {
  test.each([
    ["none", {}],
    ["another one", { TRUST_PROXY: "192.0.2.1" }],
  ])("is logged once, with the setting, while it names %s", async (_, settings) => {
    const program = await start(settings);
    await program.client.startSession();
    expect(program.output).not.toContain("X-Forwarded-For");
    for (const address of ["198.51.100.7", "198.51.100.8", "x".repeat(5_000)])
      await program.client.from(address).startSession();
    await program.client.from("198.51.100.7").do("{ viewer { __typename } }");
    const warnings = program.output.split("\n").filter((line) => line.includes("X-Forwarded-For"));
    expect(warnings).toHaveLength(1);
    expect(JSON.parse(warnings[0] ?? "")).toMatchObject({
      level: "warn",
      peer: "127.0.0.1",
      msg: expect.stringMatching(/set TRUST_PROXY.*docs\/deploy\.md/),
    });
  });
});
