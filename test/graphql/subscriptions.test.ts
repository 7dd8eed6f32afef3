import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Connection, Data, GraphqlClient, Subscription } from "../support/app/graphql-client.js";
import type { TestAgent } from "../support/app/test-agent.js";
import { TestContext } from "../support/app/test-context.js";

let context: TestContext;
let agent: TestAgent;
beforeAll(async () => {
  context = await TestContext.setup({}, { agent: "offline" });
  agent = await context.createAgent();
});
afterAll(() => context?.teardown());

let open: Connection[] = [];
afterEach(async () => {
  for (const connection of open) await connection.close();
  open = [];
  await context.app.services.presence.flush();
});

/** Subscribes on a new connection, which is closed after the test. */
async function subscribeToChanges(client: GraphqlClient, text: string, variables: Data = {}): Promise<Subscription> {
  const connection = await client.connect();
  open.push(connection);
  return context.app.subscribe(connection, text, variables);
}

/** The next event's object. */
async function next(subscription: Subscription): Promise<Data> {
  const { data, errors } = await subscription.next();
  expect(errors).toBeUndefined();
  return Object.values(data ?? {})[0];
}

/** Reads events until one is as expected: a change may be published more than once, and after earlier ones. */
async function until(subscription: Subscription, expected: unknown): Promise<void> {
  let event: Data;
  do event = await next(subscription);
  while (!equals(event, expected));
}

function equals(value: unknown, expected: unknown): boolean {
  try {
    expect(value).toEqual(expected);
    return true;
  } catch {
    // Jest compares by throwing. If no event is as expected, waiting for the next one fails.
    return false;
  }
}

const known = { email: "ana@example.com" };
const asAgent = (text: string, variables: Data) => agent.client.do(text, variables);
const onConversation = (field: string) => (id: string) =>
  asAgent(`mutation ($id: ID!) { ${field}(conversationId: $id) { id } }`, { id });
const read = (client: GraphqlClient, conversationId: string, messageId: string) =>
  client.do("mutation ($input: MarkReadInput!) { markRead(input: $input) { id } }", {
    input: { conversationId, messageId },
  });

describe("messageAdded", () => {
  const all = "subscription { messageAdded { text author { __typename } conversation { id } } }";
  const one = "subscription ($id: ID) { messageAdded(conversationId: $id) { text } }";

  test("a visitor receives the messages of their own conversations, an agent those of all or of one", async () => {
    const mine = await context.startConversation();
    const other = await context.startConversation();
    const visitorEvents = await subscribeToChanges(mine.client, all);
    const agentEvents = await subscribeToChanges(agent.client, all);
    const oneConversation = await subscribeToChanges(agent.client, one, { id: other.conversationId });
    await context.sendMessage(agent.client, mine.conversationId, "A reply", { asBot: "Robin" });
    await context.sendMessage(other.client, other.conversationId, "Another question");
    await context.sendMessage(mine.client, mine.conversationId, "Thank you");
    const conversation = { id: mine.conversationId };
    expect(await next(visitorEvents)).toEqual({ text: "A reply", author: { __typename: "Bot" }, conversation });
    expect(await next(visitorEvents)).toMatchObject({ text: "Thank you", author: { __typename: "Visitor" } });
    expect((await next(agentEvents)).text).toBe("A reply");
    expect((await next(agentEvents)).text).toBe("Another question");
    expect((await next(agentEvents)).text).toBe("Thank you");
    expect((await next(oneConversation)).text).toBe("Another question");
  });

  test("names the author: an agent, a bot, or a visitor, who may have no name", async () => {
    const named = await context.startConversation("Hello", { email: "ana@example.com", name: "Ana" });
    const unnamed = await context.startConversation("Hello");
    const events = await subscribeToChanges(
      agent.client,
      "subscription { messageAdded { author { __typename name } } }",
    );
    await context.sendMessage(agent.client, named.conversationId, "A reply");
    await context.sendMessage(agent.client, named.conversationId, "A reply", { asBot: "Robin" });
    await context.sendMessage(named.client, named.conversationId, "Thank you");
    await context.sendMessage(unnamed.client, unnamed.conversationId, "Thank you");
    const { viewer } = await agent.client.do("{ viewer { ... on Agent { name } } }");
    expect((await next(events)).author).toEqual({ __typename: "Agent", name: viewer.name });
    expect((await next(events)).author).toEqual({ __typename: "Bot", name: "Robin" });
    expect((await next(events)).author).toEqual({ __typename: "Visitor", name: "Ana" });
    expect((await next(events)).author).toEqual({ __typename: "Visitor", name: null });
  });

  test("sends a repeated clientMessageId once", async () => {
    const { client, conversationId } = await context.startConversation();
    const events = await subscribeToChanges(client, one, { id: conversationId });
    await context.sendMessage(agent.client, conversationId, "Once", { clientMessageId: "once" });
    await context.sendMessage(agent.client, conversationId, "Once", { clientMessageId: "once" });
    await context.sendMessage(agent.client, conversationId, "Then");
    expect([(await next(events)).text, (await next(events)).text]).toEqual(["Once", "Then"]);
  });

  test("a visitor receives the messages of a conversation that began after the subscription", async () => {
    const visitor = await context.app.startVisitor();
    const events = await subscribeToChanges(visitor, all);
    await visitor.do('mutation { sendMessage(input: { text: "Hello" }) { id } }');
    expect((await next(events)).text).toBe("Hello");
  });
});

describe("messageUpdated", () => {
  const updated = "subscription ($id: ID) { messageUpdated(conversationId: $id) { text read forwardedTo } }";

  test("informs both sides that a message was read", async () => {
    const { client, conversationId, messageId } = await context.startConversation("Hello");
    const replyId = await context.sendMessage(agent.client, conversationId, "A reply");
    const subscriptions = [
      await subscribeToChanges(client, updated),
      await subscribeToChanges(agent.client, updated, { id: conversationId }),
    ];
    await read(client, conversationId, replyId);
    await read(agent.client, conversationId, messageId);
    for (const subscription of subscriptions) {
      expect(await next(subscription)).toMatchObject({ text: "A reply", read: true });
      expect(await next(subscription)).toMatchObject({ text: "Hello", read: true });
    }
  });

  test("is sent once for every message up to the one that was read", async () => {
    const { client, conversationId } = await context.startConversation();
    const events = await subscribeToChanges(agent.client, updated, { id: conversationId });
    await context.sendMessage(agent.client, conversationId, "1");
    const second = await context.sendMessage(agent.client, conversationId, "2");
    await read(client, conversationId, second);
    await read(client, conversationId, second);
    const third = await context.sendMessage(agent.client, conversationId, "3");
    await read(client, conversationId, third);
    const texts = [(await next(events)).text, (await next(events)).text];
    expect(texts.sort()).toEqual(["1", "2"]);
    expect((await next(events)).text).toBe("3");
  });

  test("reports that a message was forwarded, and to which address", async () => {
    const { client, conversationId } = await context.startConversation("Hello", known);
    await context.sendMessage(agent.client, conversationId, "A reply");
    const subscriptions = [await subscribeToChanges(client, updated), await subscribeToChanges(agent.client, updated)];
    await context.forward(conversationId);
    for (const subscription of subscriptions) {
      const { messageUpdated } = await subscription.until((data) => data.messageUpdated.forwardedTo !== null);
      expect(messageUpdated).toEqual({ text: "A reply", read: false, forwardedTo: known.email });
    }
  });

  test("reports that a delivery failed, was queued again, and was cancelled", async () => {
    const { conversationId } = await context.startConversation("Hello", { email: "ben@example.com" });
    await context.sendMessage(agent.client, conversationId, "A reply");
    const events = await subscribeToChanges(
      agent.client,
      "subscription ($id: ID) { messageUpdated(conversationId: $id) { deliveries { status } } }",
      { id: conversationId },
    );
    context.mail.behave(() => ({ code: 550, message: "Not today" }));
    const id = await context.forward(conversationId);
    const statuses: string[] = [];
    while (statuses.at(-1) !== "FAILED") statuses.push((await next(events)).deliveries[0].status);
    // Greylisted: the retry stays QUEUED until forwarding is held.
    context.mail.behave(() => ({ code: 451, message: "Come again" }));
    await asAgent("mutation ($id: ID!) { retryDelivery(deliveryId: $id) { id } }", { id });
    await context.app.tick();
    await onConversation("holdForwarding")(conversationId);
    context.mail.behave(() => null);
    const afterRetry: string[] = [];
    while (afterRetry.at(-1) !== "CANCELLED") afterRetry.push((await next(events)).deliveries[0].status);
    expect(afterRetry).toContain("QUEUED");
  });
});

describe("conversationUpdated", () => {
  test("informs agents of a new conversation", async () => {
    const events = await subscribeToChanges(
      agent.client,
      "subscription { conversationUpdated { id lastMessage { text } } }",
    );
    const { conversationId } = await context.startConversation("A new question");
    expect(await next(events)).toEqual({ id: conversationId, lastMessage: { text: "A new question" } });
  });

  interface Change {
    readonly what: string;
    readonly selection: string;
    /** Also sent to the visitor. */
    readonly alsoTo?: "visitor";
    readonly trigger: (conversationId: string, visitor: GraphqlClient, messageId: string) => Promise<unknown>;
    readonly expected: unknown;
  }
  const changes: Change[] = [
    {
      what: "a closed conversation",
      selection: "status",
      alsoTo: "visitor",
      trigger: onConversation("closeConversation"),
      expected: { status: "CLOSED" },
    },
    {
      what: "a new assignee",
      selection: "assignee { id }",
      alsoTo: "visitor",
      trigger: (conversationId) =>
        asAgent("mutation ($input: AssignConversationInput!) { assignConversation(input: $input) { id } }", {
          input: { conversationId, agentId: agent.id },
        }),
      expected: { assignee: { id: expect.any(String) } },
    },
    {
      what: "unread replies",
      selection: "unreadReplies",
      alsoTo: "visitor",
      trigger: (id) => context.sendMessage(agent.client, id, "A reply"),
      expected: { unreadReplies: 1 },
    },
    {
      what: "messages unread by agents",
      selection: "unreadByAgents",
      alsoTo: "visitor",
      trigger: (id, visitor) => context.sendMessage(visitor, id, "Another question"),
      expected: { unreadByAgents: 2 },
    },
    {
      what: "the position read by agents",
      selection: "unreadByAgents readByAgentsUpTo",
      alsoTo: "visitor",
      trigger: (id, _, messageId) => read(agent.client, id, messageId),
      expected: { unreadByAgents: 0, readByAgentsUpTo: expect.any(String) },
    },
    {
      what: "the visitor's page",
      selection: "visitor { page }",
      trigger: (_, visitor) => visitor.do('mutation { recordActivity(page: "/bikes") { id } }'),
      expected: { visitor: { page: "/bikes" } },
    },
    {
      what: "the visitor's page when the session continues on another page",
      selection: "visitor { page }",
      trigger: (_, visitor) => context.app.startVisitor({ token: visitor.token, page: "/tyres" }),
      expected: { visitor: { page: "/tyres" } },
    },
    {
      what: "a visitor who leaves the website",
      selection: "visitor { online }",
      trigger: (_, visitor) => visitor.do("mutation { leaveWebsite { id } }"),
      expected: { visitor: { online: false } },
    },
    {
      what: "the visitor's name and address from the contact form",
      selection: "visitor { name email identified }",
      trigger: (_, visitor) =>
        visitor.do('mutation { submitContactForm(input: { email: "cleo@example.com", name: "Cleo" }) { id } }'),
      expected: { visitor: { name: "Cleo", email: "cleo@example.com", identified: true } },
    },
    {
      what: "the visitor's address from the chat",
      selection: "visitor { email emailSource }",
      trigger: (id, visitor) => context.sendMessage(visitor, id, "I am at cleo@example.com"),
      expected: { visitor: { email: "cleo@example.com", emailSource: "CHAT" } },
    },
    {
      what: "held forwarding",
      selection: "forwarding { state }",
      trigger: async (id, visitor) => {
        await visitor.do('mutation { submitContactForm(input: { email: "dora@example.com" }) { id } }');
        await context.sendMessage(agent.client, id, "A reply");
        await onConversation("holdForwarding")(id);
      },
      expected: { forwarding: { state: "HELD" } },
    },
    {
      what: "forwarding that an admin disabled",
      selection: "forwarding { state }",
      trigger: async (id) => {
        await context.sendMessage(agent.client, id, "A reply");
        const choose =
          "mutation ($mode: ForwardingMode) { updateForwardingPreference(input: { mode: $mode }) { mode } }";
        await context.agent.client.do(choose, { mode: "NOTHING" });
        await context.app.tick();
      },
      expected: { forwarding: { state: "DISABLED" } },
    },
    {
      what: "an erased visitor",
      selection: "status lastMessage { text } visitor { email }",
      trigger: async (id) => {
        const { conversation } = await asAgent("query ($id: ID!) { conversation(id: $id) { visitor { id } } }", { id });
        const erase = "mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }";
        await context.agent.client.do(erase, { id: conversation.visitor.id });
      },
      expected: { status: "CLOSED", lastMessage: { text: "" }, visitor: { email: null } },
    },
  ];

  test.each(changes)("reports $what", async ({ selection, alsoTo, trigger, expected }) => {
    const { client, conversationId, messageId } = await context.startConversation();
    const text = `subscription ($id: ID) { conversationUpdated(conversationId: $id) { ${selection} } }`;
    const subscriptions = [await subscribeToChanges(agent.client, text, { id: conversationId })];
    if (alsoTo === "visitor") subscriptions.push(await subscribeToChanges(client, text));
    await trigger(conversationId, client, messageId);
    for (const subscription of subscriptions) {
      await until(subscription, expected);
    }
    const reset = "mutation { updateForwardingPreference(input: { mode: UNREAD_REPLIES }) { mode } }";
    await context.agent.client.do(reset);
  });

  test("reports that the visitor connected and disconnected", async () => {
    const { client, conversationId } = await context.startConversation();
    await client.do("mutation { leaveWebsite { id } }");
    const events = await subscribeToChanges(
      agent.client,
      "subscription ($id: ID) { conversationUpdated(conversationId: $id) { visitor { online leftAt } } }",
      { id: conversationId },
    );
    const page = await client.connect();
    expect(await next(events)).toEqual({ visitor: { online: true, leftAt: null } });
    await page.close();
    expect(await next(events)).toEqual({ visitor: { online: false, leftAt: expect.any(String) } });
  });

  test("reports the forwarding state from WAITING to NOTHING_PENDING", async () => {
    const { client, conversationId } = await context.startConversation("Hello", known);
    await client.do("mutation { leaveWebsite { id } }");
    const events = await subscribeToChanges(
      agent.client,
      "subscription ($id: ID) { conversationUpdated(conversationId: $id) { forwarding { state dueAt } } }",
      { id: conversationId },
    );
    await context.sendMessage(agent.client, conversationId, "A reply");
    const waiting = (await next(events)).forwarding;
    expect(waiting).toEqual({ state: "WAITING", dueAt: expect.any(String) });
    await context.forward(conversationId);
    let state = "";
    while (state !== "NOTHING_PENDING") state = (await next(events)).forwarding.state;
  });

  test("reports that a conversation is unassigned because the agent was removed", async () => {
    const { conversationId } = await context.startConversation();
    const formerAgent = await context.createAgent();
    await asAgent("mutation ($input: AssignConversationInput!) { assignConversation(input: $input) { id } }", {
      input: { conversationId, agentId: formerAgent.id },
    });
    const events = await subscribeToChanges(
      agent.client,
      "subscription ($id: ID) { conversationUpdated(conversationId: $id) { assignee { id } } }",
      { id: conversationId },
    );
    const remove = "mutation ($id: ID!) { removeAgent(agentId: $id) { id } }";
    await context.agent.client.do(remove, { id: formerAgent.id });
    expect(await next(events)).toEqual({ assignee: null });
  });
});

describe("typing", () => {
  const typing = `subscription ($id: ID) { typing(conversationId: $id) {
    conversation { id } author { __typename ... on Visitor { id } ... on Agent { id } } } }`;
  const type = (client: GraphqlClient, id: string) =>
    client.do("mutation ($id: ID!) { setTyping(conversationId: $id) }", { id });

  test("is sent to the other side only: agents to the visitor, the visitor to agents", async () => {
    const { client, visitorId, conversationId } = await context.startConversation();
    const visitorEvents = await subscribeToChanges(client, typing);
    const agentEvents = await subscribeToChanges(agent.client, typing, { id: conversationId });
    const adminEvents = await subscribeToChanges(context.agent.client, typing);
    await type(agent.client, conversationId);
    await type(client, conversationId);
    const conversation = { id: conversationId };
    expect(await next(visitorEvents)).toEqual({ conversation, author: { __typename: "Agent", id: agent.id } });
    for (const subscription of [agentEvents, adminEvents]) {
      expect(await next(subscription)).toEqual({ conversation, author: { __typename: "Visitor", id: visitorId } });
    }
    await type(context.agent.client, conversationId);
    expect((await next(visitorEvents)).author.id).toBe(context.agent.id);
  });
});

describe("deliveryUpdated", () => {
  test("sends agents each step of a delivery, of one conversation or of all", async () => {
    const { conversationId } = await context.startConversation("Hello", known);
    const other = await context.startConversation("Hello", { email: "ben@example.com" });
    await context.sendMessage(agent.client, conversationId, "A reply");
    await context.sendMessage(agent.client, other.conversationId, "A reply");
    const text = `subscription ($id: ID) { deliveryUpdated(conversationId: $id) {
      id status trigger address conversation { id } messages { text } } }`;
    const all = await subscribeToChanges(agent.client, text);
    const one = await subscribeToChanges(agent.client, text, { id: conversationId });
    await context.forward(other.conversationId);
    const id = await context.forward(conversationId);
    const sent = {
      id,
      status: "SENT",
      trigger: "REQUESTED",
      address: known.email,
      conversation: { id: conversationId },
      messages: [{ text: "A reply" }],
    };
    for (const subscription of [one, all]) {
      const events: Data[] = [];
      do events.push(await next(subscription));
      while (events.at(-1)?.status !== "SENT" || events.at(-1)?.id !== id);
      expect(events.at(-1)).toEqual(sent);
      // Queued, sending, sent; the state read for an event may be newer than the event.
      expect(events.filter((event) => event.id === id)).toHaveLength(3);
      const ofOther = events.filter((event) => event.conversation.id === other.conversationId);
      expect(ofOther).toHaveLength(subscription === all ? 3 : 0);
    }
  });

  test("reports a delivery that was cancelled because its replies were read", async () => {
    const { client, conversationId } = await context.startConversation("Hello", { email: "fay@example.com" });
    const messageId = await context.sendMessage(agent.client, conversationId, "A reply");
    context.mail.behave(() => ({ code: 451, message: "Come again" }));
    await context.forward(conversationId);
    context.mail.behave(() => null);
    const events = await subscribeToChanges(
      agent.client,
      "subscription ($id: ID) { deliveryUpdated(conversationId: $id) { status } }",
      { id: conversationId },
    );
    await read(client, conversationId, messageId);
    expect(await next(events)).toEqual({ status: "CANCELLED" });
  });
});

describe("contactFormUpdated", () => {
  const form = "subscription { contactFormUpdated { whenOnline whenOffline agentsOnline current } }";
  const online = { whenOnline: "OPTIONAL", whenOffline: "REQUIRED", agentsOnline: true, current: "OPTIONAL" };
  const offline = { ...online, agentsOnline: false, current: "REQUIRED" };

  /** Everyone receives changes of the form, with a token or without. */
  async function subscribeEveryone(): Promise<Subscription[]> {
    const visitor = await context.app.startVisitor();
    return [await subscribeToChanges(context.app.client, form), await subscribeToChanges(visitor, form)];
  }

  beforeAll(async () => {
    await context.agent.client.do("mutation { updateContactForm(input: { whenOffline: REQUIRED }) { current } }");
    await context.app.advance(31);
  });
  afterAll(() => context.agent.client.do("mutation { updateContactForm(input: { whenOffline: OFF }) { current } }"));

  test("reports that an agent is online, and offline after 30 seconds without a new connection", async () => {
    const subscriptions = await subscribeEveryone();
    const connection = await agent.client.connect();
    for (const subscription of subscriptions) await until(subscription, online);
    await connection.close();
    await context.app.advance(29);
    const { contactForm } = await context.app.client.do("{ contactForm { agentsOnline } }");
    expect(contactForm).toEqual({ agentsOnline: true });
    await context.app.advance(1);
    for (const subscription of subscriptions) await until(subscription, offline);
  });

  test("reports nothing when the agent reconnects within 30 seconds", async () => {
    let connection = await agent.client.connect();
    const [subscription] = await subscribeEveryone();
    await connection.close();
    await context.app.advance(20);
    connection = await agent.client.connect();
    await context.app.advance(20);
    await context.agent.client.do("mutation { updateContactForm(input: { whenOnline: OFF }) { current } }");
    let event: Data;
    do {
      event = await next(subscription as Subscription);
      expect(event.agentsOnline).toBe(true);
    } while (event.whenOnline !== "OFF");
    await context.agent.client.do("mutation { updateContactForm(input: { whenOnline: OPTIONAL }) { current } }");
    await connection.close();
    await context.app.advance(31);
  });

  test("reports immediately that the last agent became invisible, and online again", async () => {
    const choose = (availability: string) =>
      asAgent("mutation ($to: Availability!) { setAvailability(availability: $to) { online } }", { to: availability });
    const connection = await agent.client.connect();
    const subscriptions = await subscribeEveryone();
    await choose("INVISIBLE");
    for (const subscription of subscriptions) await until(subscription, offline);
    await choose("ONLINE");
    for (const subscription of subscriptions) await until(subscription, online);
    await connection.close();
    await context.app.advance(31);
  });

  test("reports what an admin changed", async () => {
    const subscriptions = await subscribeEveryone();
    await context.agent.client.do("mutation { updateContactForm(input: { whenOffline: OPTIONAL }) { current } }");
    for (const subscription of subscriptions) {
      expect(await next(subscription)).toEqual({ ...offline, whenOffline: "OPTIONAL", current: "OPTIONAL" });
    }
    await context.agent.client.do("mutation { updateContactForm(input: { whenOffline: REQUIRED }) { current } }");
  });
});
