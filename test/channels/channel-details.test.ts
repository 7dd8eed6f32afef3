import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { lastReceivedStatement } from "../../src/channels/health/last-received.js";
import type { Connection, Data, GraphqlClient, GraphqlError } from "../support/app/graphql-client.js";
import type { TestAgent } from "../support/app/test-agent.js";
import { TestContext } from "../support/app/test-context.js";
import { FakeImmediateVendor, failWith } from "../support/fakes/immediate-vendor.js";

let vendor: FakeImmediateVendor;
let context: TestContext;
let agent: TestAgent;
beforeAll(async () => {
  vendor = await FakeImmediateVendor.start();
  const { CHANNELS, INSTANT_URL } = vendor.environment;
  const settings = { CHANNELS: `${CHANNELS},console`, INSTANT_URL, EMAIL_REPLY_DOMAIN: "  " };
  context = await TestContext.setup(settings);
  agent = await context.createAgent();
});
afterAll(async () => {
  await context?.teardown();
  await vendor?.stop();
});
afterEach(() => {
  vendor.behave();
  vendor.checkCredentials("good");
});

async function channel(id: string, fields: string, client: GraphqlClient = agent.client): Promise<Data> {
  const { channels } = await client.do(`{ channels { id ${fields} } }`);
  return channels.find((candidate: Data) => candidate.id === id);
}

const checkMutation =
  "mutation ($id: ID!) { checkChannel(channel: $id) { id pausedAt health { status detail checkedAt } } }";
const check = async (id: string): Promise<Data> => (await agent.client.do(checkMutation, { id })).checkChannel;
const failToCheck = (id: string): Promise<GraphqlError> => agent.client.fail(checkMutation, { id });

/** A user of the immediate channel writes, an agent answers, and the reply is handed to the vendor. */
async function replyTo(name: string): Promise<void> {
  await vendor.say(context.app, name, "Hello");
  const { conversations } = await agent.client.do("{ conversations(first: 1) { nodes { id } } }");
  await agent.reply({ conversationId: conversations.nodes[0].id }, "A reply");
  await context.app.tick();
}

describe("checkChannel", () => {
  test("finds refused credentials at once and pauses the channel; a later one ends the pause", async () => {
    vendor.checkCredentials("refused");
    const before = context.now;
    const paused = await check("instant");
    expect(paused).toEqual({
      id: "instant",
      pausedAt: expect.any(String),
      health: { status: "PAUSED", detail: "The token was refused", checkedAt: expect.any(String) },
    });
    expect(new Date(paused.pausedAt).getTime()).toBeGreaterThanOrEqual(before.getTime());
    await context.app.advance(60);
    // Still the same pause, checked a minute later.
    const again = await check("instant");
    expect(again.pausedAt).toBe(paused.pausedAt);
    expect(again.health.checkedAt).not.toBe(paused.health.checkedAt);
    vendor.checkCredentials("good");
    expect(await check("instant")).toMatchObject({ pausedAt: null, health: { status: "READY", detail: null } });
  });

  test("is served by any agent, and shows what the mail server says", async () => {
    expect(await check("email")).toMatchObject({ id: "email", health: { status: "READY", detail: null } });
  });

  test.each([
    ["the website", "web", { code: "BAD_USER_INPUT", field: "channel" }],
    ["a channel that is not installed", "pigeon", { code: "NOT_FOUND" }],
    ["a channel without settings", "console", { code: "CONFLICT" }],
  ])("refuses %s", async (_, id, extensions) => {
    expect((await failToCheck(id)).extensions).toEqual(extensions);
  });
});

describe("Channel", () => {
  test("says until when a vendor asked to wait, as long as that is to come", async () => {
    expect(await channel("instant", "throttledUntil")).toMatchObject({ throttledUntil: null });
    vendor.behave(() => ({ ...failWith("retry", "RATE_LIMITED"), afterMs: 20_000 }));
    await replyTo("ana");
    const { throttledUntil } = await channel("instant", "throttledUntil");
    const seconds = (new Date(throttledUntil).getTime() - context.now.getTime()) / 1_000;
    expect(seconds).toBeGreaterThan(15);
    expect(seconds).toBeLessThanOrEqual(20);
    expect(await channel("email", "throttledUntil")).toMatchObject({ throttledUntil: null });
    await context.app.advance(21);
    expect(await channel("instant", "throttledUntil")).toMatchObject({ throttledUntil: null });
  });

  test("says when a message last came in, not counting replies and other channels", async () => {
    for (const id of ["web", "email", "console"]) {
      expect(await channel(id, "lastReceivedAt")).toMatchObject({ lastReceivedAt: null });
    }
    await context.startConversation("A question on the website");
    await vendor.say(context.app, "ben", "The first message");
    const { lastReceivedAt: first } = await channel("instant", "lastReceivedAt");
    await context.app.advance(90);
    await replyTo("ben");
    const { lastReceivedAt: second } = await channel("instant", "lastReceivedAt");
    expect(new Date(second).getTime() - new Date(first).getTime()).toBeGreaterThanOrEqual(90_000);
    await context.app.advance(90);
    await agent.reply({ conversationId: (await newest()).id }, "Another reply");
    expect(await channel("instant", "lastReceivedAt")).toMatchObject({ lastReceivedAt: second });
    expect(await channel("web", "lastReceivedAt")).toMatchObject({ lastReceivedAt: null });
  });

  async function newest(): Promise<Data> {
    const { conversations } = await agent.client.do("{ conversations(first: 1) { nodes { id } } }");
    return conversations.nodes[0];
  }

  test("finds when a message last came in by one entry of an index among 10,000 messages", async () => {
    await vendor.say(context.app, "cleo", "Hello");
    const { id } = await newest();
    await context.app.execute(
      `INSERT INTO messages (id, conversation_id, position, author_kind, author_id, text, via, sent_at)
        SELECT gen_random_uuid(), $1, number + 100, 'VISITOR', gen_random_uuid(), 'Hello', 'instant',
          '2026-01-01'::timestamptz + make_interval(secs => number)
        FROM generate_series(1, 10000) AS number`,
      [id],
    );
    await context.app.execute("ANALYZE messages");
    const rows = await context.app.execute(`EXPLAIN (ANALYZE, TIMING OFF) ${lastReceivedStatement.text}`, [
      ["instant"],
    ]);
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect(plan).toMatch(/Index (Only )?Scan Backward using messages_received/);
    expect(plan).not.toContain("Seq Scan on messages");
    expect(plan).toMatch(/messages_received on messages .*actual rows=1\b/);
  });

  test("tells admins which settings are set, in the plugin's order, and nobody their values", async () => {
    const settingsOf = async (id: string): Promise<Data[] | null> =>
      (await channel(id, "settings { name set required }", context.agent.client)).settings;
    expect(await settingsOf("instant")).toEqual([{ name: "INSTANT_URL", set: true, required: true }]);
    expect(await settingsOf("console")).toEqual([{ name: "CONSOLE_CHANNEL", set: false, required: true }]);
    expect(await settingsOf("web")).toBeNull();
    const email = await settingsOf("email");
    expect(email).toContainEqual({ name: "EMAIL_SMTP_URL", set: true, required: true });
    expect(email).toContainEqual({ name: "EMAIL_IMAP_URL", set: false, required: false });
    // White space alone is no value.
    expect(email).toContainEqual({ name: "EMAIL_REPLY_DOMAIN", set: false, required: false });
    expect(JSON.stringify(email)).not.toContain(context.mail.url);
  });

  test("shows its settings to admins only, in events that are sent to agents too", async () => {
    const text = "subscription { channelUpdated { id settings { name } } }";
    const open: Connection[] = [];
    const events = [];
    for (const client of [agent.client, context.agent.client, (await context.createAgent()).client]) {
      const connection = await client.connect();
      open.push(connection);
      events.push(await context.app.subscribe(connection, text));
    }
    await check("instant");
    const [first, second, third] = await Promise.all(events.map((subscription) => subscription.next()));
    for (const answer of [first, third]) {
      expect(answer?.data).toEqual({ channelUpdated: { id: "instant", settings: null } });
      expect(answer?.errors?.[0]?.extensions.code).toBe("FORBIDDEN");
    }
    expect(second).toEqual({ data: { channelUpdated: { id: "instant", settings: [{ name: "INSTANT_URL" }] } } });
    for (const connection of open) await connection.close();
  });
});
