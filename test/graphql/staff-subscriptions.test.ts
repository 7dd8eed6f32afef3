import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { createChannelHost } from "../../src/channel-host.js";
import { checkChannels } from "../../src/channels/health/check-channels.js";
import { fakeEmailSettings, InboundContext } from "../inbound/inbound-context.js";
import type { Connection, Data, GraphqlClient, Subscription } from "../support/app/graphql-client.js";
import type { TestAgent } from "../support/app/test-agent.js";
import type { TestContext } from "../support/app/test-context.js";
import { fakeEmailVendor } from "../support/fakes/email-channel.js";
import { FakeImmediateVendor, failWith } from "../support/fakes/immediate-vendor.js";

let inbound: InboundContext;
let context: TestContext;
let vendor: FakeImmediateVendor;
let agent: TestAgent;
beforeAll(async () => {
  vendor = await FakeImmediateVendor.start();
  const immediate = fileURLToPath(new URL("../support/fakes/immediate-channel.js", import.meta.url));
  const channels = `${fakeEmailSettings.CHANNELS},${immediate}`;
  inbound = await InboundContext.setup({ ...vendor.environment, CHANNELS: channels });
  context = inbound.context;
  agent = await context.createAgent();
});
afterAll(async () => {
  await inbound?.teardown();
  await vendor?.stop();
});

let open: Connection[] = [];
afterEach(async () => {
  vendor.behave();
  vendor.checkCredentials("good");
  fakeEmailVendor.behave();
  for (const connection of open) await connection.close();
  open = [];
});

/** Subscribes on a new connection, which is closed after the test. */
async function subscribe(client: GraphqlClient, text: string): Promise<Subscription> {
  const connection = await client.connect();
  open.push(connection);
  return context.app.subscribe(connection, text);
}

const admin = () => context.agent.client;

async function next(subscription: Subscription): Promise<Data> {
  const { data, errors } = await subscription.next();
  expect(errors).toBeUndefined();
  return Object.values(data ?? {})[0];
}

/** Reads events until one has these values: what is read for an event may be newer than the event, and events may repeat. */
async function until(subscription: Subscription, expected: Data): Promise<Data> {
  for (;;) {
    const event = await next(subscription);
    if (Object.entries(expected).every(([field, value]) => isEqual(event[field], value))) return event;
  }
}

function isEqual(value: unknown, expected: unknown): boolean {
  try {
    expect(value).toEqual(expected);
    return true;
  } catch {
    return false;
  }
}

describe("agentUpdated", () => {
  const text = "subscription { agentUpdated { id name email role availability online removedAt } }";
  const change = (input: Data) =>
    admin().do("mutation ($input: UpdateAgentInput!) { updateAgent(input: $input) { id } }", { input });

  // The watching agent's own connection would be an event otherwise.
  beforeAll(() => agent.setAvailability("INVISIBLE"));
  afterAll(() => agent.setAvailability("ONLINE"));

  test("tells agents and admins that a colleague was added, changed and removed", async () => {
    const subscriptions = [await subscribe(agent.client, text), await subscribe(admin(), text)];
    const colleague = await context.createAgent();
    const { id, email } = colleague;
    const added = { id, email, role: "AGENT", availability: "ONLINE", online: false, removedAt: null };
    for (const subscription of subscriptions) await until(subscription, added);
    await change({ agentId: id, name: "Cleo", role: "ADMIN" });
    for (const subscription of subscriptions) await until(subscription, { ...added, name: "Cleo", role: "ADMIN" });
    await colleague.setAvailability("OFFLINE");
    for (const subscription of subscriptions) await until(subscription, { id, availability: "OFFLINE" });
    await admin().do("mutation ($id: ID!) { removeAgent(agentId: $id) { id } }", { id });
    for (const subscription of subscriptions) await until(subscription, { id, removedAt: expect.any(String) });
  });

  test("tells that one came online at once, and that one is offline after 30 seconds without a connection", async () => {
    const events = await subscribe(agent.client, text);
    const colleague = await context.createAgent();
    await until(events, { id: colleague.id });
    await colleague.connect();
    await until(events, { id: colleague.id, online: true });
    await colleague.disconnect();
    await context.app.advance(29);
    const { agents } = await agent.client.do("{ agents { id online } }");
    expect(agents).toContainEqual({ id: colleague.id, online: true });
    await context.app.advance(1);
    await until(events, { id: colleague.id, online: false });
  });

  test("tells nothing of the connections of an agent who is invisible, nor of a choice that changes nothing", async () => {
    const colleague = await context.createAgent();
    await colleague.setAvailability("INVISIBLE");
    const events = await subscribe(agent.client, text);
    await colleague.connect();
    await colleague.setAvailability("INVISIBLE");
    await colleague.disconnect();
    await context.app.advance(31);
    await change({ agentId: agent.id, name: "Marker" });
    expect(await next(events)).toMatchObject({ id: agent.id, name: "Marker" });
  });
});

describe("channelUpdated", () => {
  const text = `subscription { channelUpdated { id health { status detail checkedAt } queue { length }
    lastFailure { code detail } } }`;
  let events: Subscription[];
  beforeAll(() => context.app.advance(31));

  async function subscribeBoth(): Promise<void> {
    events = [await subscribe(agent.client, text), await subscribe(admin(), text)];
  }
  async function bothUntil(expected: Data): Promise<void> {
    for (const subscription of events) await until(subscription, { id: "instant", ...expected });
  }

  /** A conversation with a user of the immediate channel. */
  async function conversationOf(
    user: string,
  ): Promise<{ readonly conversationId: string; readonly visitorId: string }> {
    await vendor.say(context.app, user, "Hello");
    const { conversations } = await agent.client.do("{ conversations(first: 1) { nodes { id visitor { id } } } }");
    return { conversationId: conversations.nodes[0].id, visitorId: conversations.nodes[0].visitor.id };
  }
  async function replyTo(user: string): Promise<string> {
    const conversation = await conversationOf(user);
    await agent.reply(conversation, "A reply");
    await context.app.tick();
    return conversation.visitorId;
  }

  const ready = { status: "READY", detail: null, checkedAt: expect.any(String) };
  const paused = { status: "PAUSED", detail: "The vendor says CREDENTIALS_INVALID", checkedAt: expect.any(String) };

  test("tells that refused credentials paused it, and that it was resumed", async () => {
    await subscribeBoth();
    vendor.behave(() => failWith("retry", "CREDENTIALS_INVALID"));
    await replyTo("ana");
    await bothUntil({ health: paused, queue: { length: 1 } });
    vendor.behave();
    await admin().do('mutation { resumeChannel(channel: "instant") { id } }');
    await bothUntil({ health: ready });
    await context.app.tick();
    expect(vendor.textsTo("ana")).toContain("A reply");
  });

  test("tells that a vendor asked to wait, and that the regular check found refused credentials", async () => {
    await context.app.advance(11);
    await subscribeBoth();
    vendor.behave(() => ({ ...failWith("retry", "RATE_LIMITED"), afterMs: 20_000 }));
    await replyTo("ben");
    await bothUntil({ lastFailure: { code: "RATE_LIMITED", detail: "The vendor says RATE_LIMITED" } });
    vendor.behave();
    await context.app.pass(120);
    vendor.checkCredentials("refused");
    await checkChannels(context.app.services);
    await bothUntil({ health: { ...paused, detail: "The token was refused" } });
    vendor.checkCredentials("good");
    await checkChannels(context.app.services);
    await bothUntil({ health: ready });
  });

  test("tells one of equal failures in ten seconds, and nothing of deliveries that were sent", async () => {
    await context.app.advance(11);
    await subscribeBoth();
    vendor.behave(() => failWith("rejected", "CONTENT_REJECTED"));
    for (const user of ["cleo", "dora", "eve"]) await replyTo(user);
    vendor.behave();
    await replyTo("fay");
    await context.app.advance(11);
    vendor.behave(() => failWith("rejected", "CONTENT_REJECTED"));
    await replyTo("gil");
    vendor.behave(() => failWith("rejected", "UNKNOWN"));
    await replyTo("hal");
    const codes = [(await next(events[0] as Subscription)).lastFailure.code];
    while (codes.at(-1) !== "UNKNOWN") codes.push((await next(events[0] as Subscription)).lastFailure.code);
    // Those of cleo, gil and hal; what is read for the second may be newer than its event.
    expect(codes).toHaveLength(3);
  });

  test("tells that the last failure lost its detail because its visitor was erased", async () => {
    await context.app.advance(11);
    vendor.behave(() => failWith("rejected", "UNKNOWN"));
    const visitorId = await replyTo("ida");
    await subscribeBoth();
    await admin().do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", { id: visitorId });
    await bothUntil({ lastFailure: { code: "UNKNOWN", detail: null } });
  });
});

describe("forwardingPreferenceUpdated", () => {
  test("tells agents and admins what an admin saved, and who", async () => {
    const text = "subscription { forwardingPreferenceUpdated { mode settleSeconds updatedAt updatedBy { id } } }";
    const subscriptions = [await subscribe(agent.client, text), await subscribe(admin(), text)];
    await context.agent.updatePreference({ settleSeconds: 45 });
    for (const subscription of subscriptions) {
      expect(await next(subscription)).toEqual({
        mode: "UNREAD_REPLIES",
        settleSeconds: 45,
        updatedAt: expect.any(String),
        updatedBy: { id: context.agent.id },
      });
    }
    expect(
      (await admin().fail("mutation { updateForwardingPreference(input: { settleSeconds: -1 }) { mode } }")).path,
    ).toEqual(["updateForwardingPreference"]);
    await context.agent.updatePreference({ settleSeconds: 30 });
    // Nothing came of what was refused.
    for (const subscription of subscriptions) expect((await next(subscription)).settleSeconds).toBe(30);
  });
});

describe("inboundEmailUpdated", () => {
  const text = `subscription { inboundEmailUpdated {
    id from to status reason detail message { text } conversation { id } original { url } } }`;

  test("tells admins that an email was received and became a message", async () => {
    const visitor = await inbound.forwarded("It is ready.");
    const events = await subscribe(admin(), text);
    await inbound.receiveReply(visitor, { text: "I come at five." });
    const received = await next(events);
    expect(received).toMatchObject({ from: visitor.email, to: ["chat@harbour.example"] });
    await until(events, {
      id: received.id,
      status: "UNDERSTOOD",
      message: { text: "I come at five." },
      conversation: { id: visitor.conversationId },
    });
  });

  test("tells of each attempt that failed, of its retry, and of its success", async () => {
    const visitor = await inbound.forwarded("It is ready.");
    const events = await subscribe(admin(), text);
    fakeEmailVendor.interpret = () => Promise.reject(new Error("The parser is broken"));
    await inbound.receiveReply(visitor);
    const { id } = await until(events, { status: "RECEIVED", detail: "The parser is broken" });
    for (let attempt = 2; attempt <= 6; attempt += 1) await context.app.pass(16 * 60);
    await until(events, { id, status: "FAILED" });
    fakeEmailVendor.behave();
    await admin().do("mutation ($id: ID!) { retryInboundEmail(inboundEmailId: $id) { status } }", { id });
    await context.app.tick();
    await until(events, { id, status: "UNDERSTOOD", detail: null });
  });

  test("tells that an email was dropped, and that it was emptied because its visitor was erased", async () => {
    const visitor = await inbound.forwarded("It is ready.");
    const events = await subscribe(admin(), text);
    const interpretation = { outcome: "dropped", reason: "AUTO_REPLY", conversationId: visitor.conversationId };
    await inbound.receive({ from: visitor.email, interpretation });
    const { id } = await until(events, { status: "DROPPED", reason: "AUTO_REPLY", from: visitor.email });
    const { conversation } = await agent.client.do("query ($id: ID!) { conversation(id: $id) { visitor { id } } }", {
      id: visitor.conversationId,
    });
    await admin().do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", { id: conversation.visitor.id });
    await until(events, { id, status: "DROPPED", reason: "ERASED", from: null, to: [], original: null });
  });

  test("tells nothing of what other channels store", async () => {
    const events = await subscribe(admin(), text);
    const { services } = context.app;
    const instant = services.channels.get("instant");
    if (instant === undefined) throw new Error("The immediate channel is not installed");
    await createChannelHost(services, instant.plugin).keep({
      key: "task-1",
      content: Buffer.from("{}"),
      contentType: "application/json",
      envelope: null,
      summary: { from: null, to: [], subject: null },
    });
    const visitor = await inbound.forwarded("It is ready.");
    await inbound.receiveReply(visitor);
    expect(await next(events)).toMatchObject({ from: visitor.email });
  });
});
