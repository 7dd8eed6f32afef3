import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { checkChannels } from "../../../src/channels/health/check-channels.js";
import type { Data } from "../../support/app/graphql-client.js";
import { failWith } from "../../support/fakes/immediate-vendor.js";
import { ImmediateContext, type ImmediateUser } from "./immediate-context.js";

const deliveryFields = `id kind trigger status address attempts nextAttemptAt failure { code }
  channel { id } messages { text forwardedTo }`;

let immediate: ImmediateContext;
let vendor: ImmediateContext["vendor"];
let server: ImmediateContext["server"];
let context: ImmediateContext["context"];

beforeAll(async () => {
  immediate = await ImmediateContext.setup();
  ({ vendor, server, context } = immediate);
});

afterEach(() => immediate.reset());

afterAll(async () => {
  await immediate?.teardown();
});

async function statuses(of: ImmediateUser): Promise<string[]> {
  return (await immediate.deliveries(of)).map((delivery) => delivery.status);
}

async function setEmail({ visitorId }: ImmediateUser, email: string): Promise<void> {
  await context.agent.client.do("mutation ($input: UpdateVisitorInput!) { updateVisitor(input: $input) { id } }", {
    input: { visitorId, email },
  });
}

async function mutate(name: string, argument: string, id: string): Promise<Data> {
  return (
    await context.agent.client.do(`mutation ($id: ID!) { ${name}(${argument}: $id) { ${deliveryFields} } }`, { id })
  )[name];
}

describe("A visitor's message on an immediate channel", () => {
  test("starts a conversation, which agents are notified of, and later ones continue it", async () => {
    const subscription = context.agent.connection.subscribe(
      "subscription { messageAdded { text via { id } conversation { channel { id policy } } } }",
    );
    const next = subscription.next();
    await context.agent.connection.subscribe("{ agents { id } }").next();
    const ana = await immediate.user("Is my bike ready?");
    expect((await next).data).toEqual({
      messageAdded: {
        text: "Is my bike ready?",
        via: { id: "instant" },
        conversation: { channel: { id: "instant", policy: "IMMEDIATE" } },
      },
    });
    await subscription.end();
    await vendor.say(context.app, ana.name, "And my helmet?");
    const { conversation } = await context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { visitor { name email identified } unreadByAgents messages { nodes { text } } } }",
      { id: ana.conversationId },
    );
    expect(conversation).toEqual({
      visitor: { name: ana.name, email: null, identified: false },
      unreadByAgents: 2,
      messages: { nodes: [{ text: "Is my bike ready?" }, { text: "And my helmet?" }] },
    });
  });

  test("tells agents until when the channel takes answers: so long after the visitor last wrote", async () => {
    const ana = await immediate.user("Is my bike ready?");
    const read = async () => {
      const query =
        "query ($id: ID!) { conversation(id: $id) { replyWindowEndsAt messages(last: 1) { nodes { sentAt } } } }";
      return (await context.agent.client.do(query, { id: ana.conversationId })).conversation;
    };
    const { replyWindowEndsAt, messages } = await read();
    const hoursMs = 24 * 3_600_000;
    expect(Date.parse(replyWindowEndsAt) - Date.parse(messages.nodes[0].sentAt)).toBe(hoursMs);
    await context.agent.reply(ana, "It is.");
    expect((await read()).replyWindowEndsAt).toBe(replyWindowEndsAt);
    await context.app.advance(60);
    await vendor.say(context.app, ana.name, "And my helmet?");
    const later = await read();
    expect(Date.parse(later.replyWindowEndsAt) - Date.parse(later.messages.nodes[0].sentAt)).toBe(hoursMs);
    expect(Date.parse(later.replyWindowEndsAt)).toBeGreaterThan(Date.parse(replyWindowEndsAt));
  });

  test("is stored once however often the vendor repeats it, even concurrently, and reopens a closed conversation", async () => {
    const ana = await immediate.user();
    await context.agent.client.do("mutation ($id: ID!) { closeConversation(conversationId: $id) { id } }", {
      id: ana.conversationId,
    });
    const statusCodes = Array.from({ length: 4 }, () =>
      vendor.say(context.app, ana.name, "Hello?", `same-${ana.name}`),
    );
    expect(await Promise.all(statusCodes)).toEqual([204, 204, 204, 204]);
    const { conversation } = await context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { status messages { nodes { text } } } }",
      { id: ana.conversationId },
    );
    expect(conversation).toEqual({
      status: "OPEN",
      messages: { nodes: [{ text: "Is my bike ready?" }, { text: "Hello?" }] },
    });
  });

  test("that is a visitor's first, received twice concurrently, starts one conversation", async () => {
    await Promise.all(["One", "Two"].map((text) => vendor.say(context.app, "twin", text)));
    const { conversations } = await context.agent.client.do(
      '{ conversations(filter: { channel: "instant", search: "twin" }) { nodes { messages { nodes { text } } } } }',
    );
    expect(conversations.nodes).toHaveLength(1);
    expect(conversations.nodes[0].messages.nodes).toHaveLength(2);
  });
});

describe("A reply on an immediate channel", () => {
  test("immediately becomes a delivery of its own: two quick replies are two deliveries, in order", async () => {
    const ana = await immediate.user();
    expect((await immediate.reply(ana, "It is.")).forwardedTo).toBeNull();
    await immediate.reply(ana, "Come by.");
    await context.app.tick();
    expect(vendor.textsTo(ana.name)).toEqual(["It is.", "Come by."]);
    const address = `@${ana.name} on Instant`;
    expect(await immediate.deliveries(ana)).toMatchObject(
      ["It is.", "Come by."].map((text) => ({
        kind: "DIRECT",
        trigger: "IMMEDIATE",
        status: "SENT",
        address,
        attempts: 1,
        channel: { id: "instant" },
        messages: [{ text, forwardedTo: address }],
      })),
    );
    expect(await immediate.forwarding(ana)).toMatchObject({ state: "NOTHING_PENDING", pendingReplies: 0 });
  });

  test("waits while an earlier one is being sent or retried", async () => {
    const ana = await immediate.user();
    vendor.behave(() => "hang");
    await immediate.reply(ana, "First");
    const sending = context.app.tick();
    await vendor.hanging();
    await immediate.reply(ana, "Second");
    expect(await statuses(ana)).toEqual(["SENDING", "QUEUED"]);
    expect(await immediate.forwarding(ana)).toMatchObject({ state: "SENDING" });

    vendor.behave(() => failWith("retry", "UNAVAILABLE"));
    vendor.release();
    await sending;
    await context.app.tick();
    const [first, second] = await immediate.deliveries(ana);
    expect(first).toMatchObject({ status: "QUEUED", attempts: 1, failure: { code: "UNAVAILABLE" } });
    expect(second).toMatchObject({ status: "QUEUED", attempts: 0 });
    expect(vendor.textsTo(ana.name)).toEqual(["First"]);

    vendor.behave();
    await context.passUntil(first?.nextAttemptAt);
    await context.app.tick();
    expect(vendor.textsTo(ana.name)).toEqual(["First", "First", "Second"]);
    expect(await statuses(ana)).toEqual(["SENT", "SENT"]);
  });

  test("is sent earlier by forwardNow", async () => {
    const ana = await immediate.user();
    vendor.behave(() => failWith("retry", "UNAVAILABLE"));
    await immediate.reply(ana, "First");
    await context.app.tick();
    const [waiting] = await immediate.deliveries(ana);
    vendor.behave();
    expect(await mutate("forwardNow", "conversationId", ana.conversationId)).toMatchObject({ id: waiting?.id });
    await context.app.tick();
    expect(await statuses(ana)).toEqual(["SENT"]);
  });

  test.each([
    ["refused", failWith("rejected", "CONTENT_REJECTED"), "FAILED"],
    ["perhaps sent", failWith("uncertain", "TIMED_OUT"), "UNCERTAIN"],
  ] as const)("is sent after the one before it was %s", async (_, result, status) => {
    const ana = await immediate.user();
    vendor.behave(({ text }) => (text === "First" ? result : { outcome: "accepted", externalIds: [`${ana.name}-2`] }));
    await immediate.reply(ana, "First");
    await immediate.reply(ana, "Second");
    await context.app.tick();
    await context.app.tick();
    expect(await statuses(ana)).toEqual([status, "SENT"]);
    await context.app.pass(3600);
    expect(vendor.textsTo(ana.name)).toEqual(["First", "Second"]);
  });

  test("that may have been sent is left to a person: retrying it repeats the same delivery", async () => {
    const ana = await immediate.user();
    vendor.behave(() => failWith("uncertain", "TIMED_OUT"));
    const message = await immediate.reply(ana, "It is.");
    await context.app.tick();
    const [uncertain] = await immediate.deliveries(ana);
    expect(uncertain).toMatchObject({ status: "UNCERTAIN", nextAttemptAt: null, messages: [{ forwardedTo: null }] });

    vendor.behave();
    expect(await mutate("retryDelivery", "deliveryId", uncertain?.id)).toMatchObject({
      id: uncertain?.id,
      status: "QUEUED",
      failure: null,
    });
    await context.app.tick();
    const [sent, ...more] = await immediate.deliveries(ana);
    expect(more).toEqual([]);
    expect(sent).toMatchObject({
      id: uncertain?.id,
      status: "SENT",
      messages: [{ forwardedTo: `@${ana.name} on Instant` }],
    });
    const [first, second] = vendor.requests.filter((request) => request.to === ana.name);
    expect(second?.reference).toBe(first?.reference);
    const again = await context.agent.client.fail("mutation ($id: ID!) { retryDelivery(deliveryId: $id) { id } }", {
      id: uncertain?.id,
    });
    expect(again.extensions.code).toBe("CONFLICT");
    expect(message.forwardedTo).toBeNull();
  });

  test("whose sender died is UNCERTAIN, the sender's late result is ignored, and later replies are sent", async () => {
    const ana = await immediate.user();
    vendor.behave(({ text }) => (text === "First" ? "hang" : { outcome: "accepted", externalIds: [`${ana.name}-2`] }));
    await immediate.reply(ana, "First");
    const sending = context.app.tick();
    await vendor.hanging();
    const subscription = context.agent.connection.subscribe(
      "subscription ($id: ID) { deliveryUpdated(conversationId: $id) { status } }",
      {
        id: ana.conversationId,
      },
    );
    const next = subscription.next();
    await context.agent.connection.subscribe("{ agents { id } }").next();
    await context.app.advance(61);
    const reclaiming = context.app.tick();
    expect((await next).data).toEqual({ deliveryUpdated: { status: "UNCERTAIN" } });
    await subscription.end();

    vendor.behave();
    vendor.release();
    await Promise.all([sending, reclaiming]);
    await immediate.reply(ana, "Second");
    await context.app.tick();
    expect(await statuses(ana)).toEqual(["UNCERTAIN", "SENT"]);
    expect(vendor.textsTo(ana.name)).toEqual(["First", "Second"]);
  });

  test("cannot be held", async () => {
    const ana = await immediate.user();
    const { extensions } = await context.agent.client.fail(
      "mutation ($id: ID!) { holdForwarding(conversationId: $id) { id } }",
      { id: ana.conversationId },
    );
    expect(extensions.code).toBe("BAD_USER_INPUT");
  });

  test("that the vendor reports as delivered and read is DELIVERED and read", async () => {
    const ana = await immediate.user();
    await immediate.reply(ana, "It is.");
    await context.app.tick();
    const reference = vendor.requests.at(-1)?.reference ?? "";
    await vendor.report(context.app, "delivered", reference);
    await vendor.report(context.app, "read", reference);
    const { conversation } = await context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { unreadReplies lastMessage { read deliveries { status } } } }",
      { id: ana.conversationId },
    );
    expect(conversation).toEqual({
      unreadReplies: 0,
      lastMessage: { read: true, deliveries: [{ status: "DELIVERED" }] },
    });
  });

  test("to an erased visitor is no longer sent", async () => {
    const ana = await immediate.user();
    vendor.behave(() => failWith("retry", "UNAVAILABLE"));
    await immediate.reply(ana, "First");
    await context.app.tick();
    vendor.behave();
    await context.agent.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", { id: ana.visitorId });
    await context.app.pass(3600);
    expect(vendor.textsTo(ana.name)).toEqual(["First"]);
    expect(await immediate.deliveries(ana)).toMatchObject([
      { status: "CANCELLED", address: "", messages: [{ text: "" }] },
    ]);
  });
});

describe("A reply that its immediate channel cannot deliver", () => {
  test.each(["WINDOW_CLOSED", "ADDRESS_INVALID"] as const)(
    "(%s) is emailed if there is an address, without any other reply",
    async (code) => {
      const ana = await immediate.user();
      const email = `${ana.name}@example.com`;
      await setEmail(ana, email);
      await immediate.reply(ana, "Delivered there.");
      await context.app.tick();
      vendor.behave(() => failWith("rejected", code));
      await immediate.reply(ana, "Too late.");
      await context.app.tick();
      vendor.behave();
      await immediate.reply(ana, "Delivered there again.");
      await context.app.tick();
      expect(await statuses(ana)).toEqual(["SENT", "FAILED", "SENT"]);
      // The visitor counts as away since the failure: due five minutes later.
      expect(await immediate.forwarding(ana)).toMatchObject({
        state: "WAITING",
        trigger: "VISITOR_LEFT",
        address: email,
        channel: { id: "email" },
        pendingReplies: 1,
      });
      await context.app.pass(290);
      expect(server.mailsTo(email)).toEqual([]);
      await context.app.pass(20);
      expect(server.mailsTo(email)).toHaveLength(1);
      const last = (await immediate.deliveries(ana)).at(-1);
      expect(last).toMatchObject({
        kind: "UNREAD_REPLIES",
        status: "SENT",
        address: email,
        messages: [{ text: "Too late.", forwardedTo: email }],
      });
      expect(await immediate.forwarding(ana)).toMatchObject({ state: "NOTHING_PENDING", pendingReplies: 0 });
      await context.app.pass(3600);
      expect(server.mailsTo(email)).toHaveLength(1);
    },
  );

  test("stays visible without an address, and is forwarded once an agent adds one", async () => {
    const ana = await immediate.user();
    vendor.behave(() => failWith("rejected", "WINDOW_CLOSED"));
    await immediate.reply(ana, "Too late.");
    await context.app.tick();
    expect(await immediate.forwarding(ana)).toMatchObject({ state: "NO_ADDRESS", pendingReplies: 1 });
    const email = `${ana.name}@example.com`;
    await setEmail(ana, email);
    expect(await immediate.forwarding(ana)).toMatchObject({ state: "WAITING", address: email });
    await context.app.pass(600);
    expect(server.mailsTo(email)).toHaveLength(1);
  });

  test("is not emailed after a failure of another kind", async () => {
    const ana = await immediate.user();
    await setEmail(ana, `${ana.name}@example.com`);
    vendor.behave(() => failWith("rejected", "CONTENT_REJECTED"));
    await immediate.reply(ana, "Not this.");
    await context.app.tick();
    expect(await immediate.forwarding(ana)).toMatchObject({ state: "NOTHING_PENDING", pendingReplies: 0 });
    await context.app.pass(3600);
    expect(server.mailsTo(`${ana.name}@example.com`)).toEqual([]);
  });

  test("is not forwarded once its own channel has accepted it after all", async () => {
    const ana = await immediate.user();
    const email = `${ana.name}@example.com`;
    await setEmail(ana, email);
    vendor.behave(() => failWith("rejected", "WINDOW_CLOSED"));
    await immediate.reply(ana, "Too late.");
    await context.app.tick();
    const [failed] = await immediate.deliveries(ana);
    vendor.behave();
    await mutate("retryDelivery", "deliveryId", failed?.id);
    await context.app.tick();
    expect(await immediate.forwarding(ana)).toMatchObject({ state: "NOTHING_PENDING" });
    await context.app.pass(3600);
    expect(server.mailsTo(email)).toEqual([]);
    expect(await statuses(ana)).toEqual(["SENT"]);
  });
});

describe("A failing channel", () => {
  test("that is paused keeps its queue and does not delay another channel", async () => {
    const ana = await immediate.user();
    vendor.behave(() => failWith("retry", "CREDENTIALS_INVALID"));
    vendor.checkCredentials("refused");
    await immediate.reply(ana, "First");
    await context.app.tick();
    await immediate.reply(ana, "Second");
    expect(await statuses(ana)).toEqual(["QUEUED", "QUEUED"]);
    const { channels } = await context.agent.client.do("{ channels { id health { status } } }");
    expect(channels).toEqual([
      { id: "web", health: { status: "READY" } },
      { id: "email", health: { status: "READY" } },
      { id: "instant", health: { status: "PAUSED" } },
    ]);

    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "By mail.");
    await context.app.pass(600);
    expect(server.mailsTo(visitor.email)).toHaveLength(1);
    expect(vendor.textsTo(ana.name)).toEqual(["First"]);

    vendor.behave();
    vendor.checkCredentials("good");
    await checkChannels(context.app.services);
    await context.app.tick();
    expect(vendor.textsTo(ana.name)).toEqual(["First", "First", "Second"]);
    expect(await statuses(ana)).toEqual(["SENT", "SENT"]);
  });

  test("that hangs does not delay another channel", async () => {
    const ana = await immediate.user();
    vendor.behave(() => "hang");
    await immediate.reply(ana, "First");
    const hanging = context.app.tick();
    await vendor.hanging();
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "By mail.");
    const subscription = context.agent.connection.subscribe(
      "subscription ($id: ID) { messageUpdated(conversationId: $id) { forwardedTo } }",
      {
        id: visitor.conversationId,
      },
    );
    const marked = subscription.until(({ messageUpdated }) => messageUpdated.forwardedTo !== null);
    await context.agent.connection.subscribe("{ agents { id } }").next();
    await context.agent.forwardNow(visitor);
    expect(await marked).toEqual({ messageUpdated: { forwardedTo: visitor.email } });
    await subscription.end();
    expect(await statuses(ana)).toEqual(["SENDING"]);
    vendor.behave();
    vendor.release();
    await hanging;
    expect(await statuses(ana)).toEqual(["SENT"]);
  });
});
