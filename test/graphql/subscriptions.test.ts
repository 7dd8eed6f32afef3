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

/** Listens on a connection of its own, which the test's end closes. */
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

/** Events until one shows what is expected: a change may be told of twice, and of what led to it. */
async function until(subscription: Subscription, expected: unknown): Promise<void> {
  let heard: Data;
  do heard = await next(subscription);
  while (!equals(heard, expected));
}

function equals(value: unknown, expected: unknown): boolean {
  try {
    expect(value).toEqual(expected);
    return true;
  } catch {
    // Jest compares by throwing; the wait for the next event fails when none is as expected.
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

  test("brings a visitor the messages of their own conversations, an agent those of all or of one", async () => {
    const mine = await context.startConversation();
    const other = await context.startConversation();
    const visitorHears = await subscribeToChanges(mine.client, all);
    const agentHears = await subscribeToChanges(agent.client, all);
    const oneHeard = await subscribeToChanges(agent.client, one, { id: other.conversationId });
    await context.sendMessage(agent.client, mine.conversationId, "A reply", { asBot: "Robin" });
    await context.sendMessage(other.client, other.conversationId, "Another question");
    await context.sendMessage(mine.client, mine.conversationId, "Thank you");
    const conversation = { id: mine.conversationId };
    expect(await next(visitorHears)).toEqual({ text: "A reply", author: { __typename: "Bot" }, conversation });
    expect(await next(visitorHears)).toMatchObject({ text: "Thank you", author: { __typename: "Visitor" } });
    expect((await next(agentHears)).text).toBe("A reply");
    expect((await next(agentHears)).text).toBe("Another question");
    expect((await next(agentHears)).text).toBe("Thank you");
    expect((await next(oneHeard)).text).toBe("Another question");
  });

  test("brings a repeated clientMessageId once", async () => {
    const { client, conversationId } = await context.startConversation();
    const heard = await subscribeToChanges(client, one, { id: conversationId });
    await context.sendMessage(agent.client, conversationId, "Once", { clientMessageId: "once" });
    await context.sendMessage(agent.client, conversationId, "Once", { clientMessageId: "once" });
    await context.sendMessage(agent.client, conversationId, "Then");
    expect([(await next(heard)).text, (await next(heard)).text]).toEqual(["Once", "Then"]);
  });

  test("brings a visitor the messages of a conversation that began after the subscription", async () => {
    const visitor = await context.app.startVisitor();
    const heard = await subscribeToChanges(visitor, all);
    await visitor.do('mutation { sendMessage(input: { text: "Hello" }) { id } }');
    expect((await next(heard)).text).toBe("Hello");
  });
});

describe("messageUpdated", () => {
  const updated = "subscription ($id: ID) { messageUpdated(conversationId: $id) { text read forwardedTo } }";

  test("tells both sides that a message was read", async () => {
    const { client, conversationId, messageId } = await context.startConversation("Hello");
    const replyId = await context.sendMessage(agent.client, conversationId, "A reply");
    const heard = [
      await subscribeToChanges(client, updated),
      await subscribeToChanges(agent.client, updated, { id: conversationId }),
    ];
    await read(client, conversationId, replyId);
    await read(agent.client, conversationId, messageId);
    for (const subscription of heard) {
      expect(await next(subscription)).toMatchObject({ text: "A reply", read: true });
      expect(await next(subscription)).toMatchObject({ text: "Hello", read: true });
    }
  });

  test("tells of every message up to the one that was read, and nothing again", async () => {
    const { client, conversationId } = await context.startConversation();
    const heard = await subscribeToChanges(agent.client, updated, { id: conversationId });
    await context.sendMessage(agent.client, conversationId, "1");
    const second = await context.sendMessage(agent.client, conversationId, "2");
    await read(client, conversationId, second);
    await read(client, conversationId, second);
    const third = await context.sendMessage(agent.client, conversationId, "3");
    await read(client, conversationId, third);
    const texts = [(await next(heard)).text, (await next(heard)).text];
    expect(texts.sort()).toEqual(["1", "2"]);
    expect((await next(heard)).text).toBe("3");
  });

  test("tells that a message was forwarded, and to where", async () => {
    const { client, conversationId } = await context.startConversation("Hello", known);
    await context.sendMessage(agent.client, conversationId, "A reply");
    const heard = [await subscribeToChanges(client, updated), await subscribeToChanges(agent.client, updated)];
    await context.forward(conversationId);
    for (const subscription of heard) {
      const { messageUpdated } = await subscription.until((data) => data.messageUpdated.forwardedTo !== null);
      expect(messageUpdated).toEqual({ text: "A reply", read: false, forwardedTo: known.email });
    }
  });

  test("tells that a delivery of it failed, was queued again, and was cancelled", async () => {
    const { conversationId } = await context.startConversation("Hello", { email: "ben@example.com" });
    await context.sendMessage(agent.client, conversationId, "A reply");
    const heard = await subscribeToChanges(
      agent.client,
      "subscription ($id: ID) { messageUpdated(conversationId: $id) { deliveries { status } } }",
      { id: conversationId },
    );
    context.mail.behave(() => ({ code: 550, message: "Not today" }));
    const id = await context.forward(conversationId);
    const steps: string[] = [];
    while (steps.at(-1) !== "FAILED") steps.push((await next(heard)).deliveries[0].status);
    // Greylisted: the retry stays QUEUED until it is held back.
    context.mail.behave(() => ({ code: 451, message: "Come again" }));
    await asAgent("mutation ($id: ID!) { retryDelivery(deliveryId: $id) { id } }", { id });
    await context.app.tick();
    await onConversation("holdForwarding")(conversationId);
    context.mail.behave(() => null);
    const seen: string[] = [];
    while (seen.at(-1) !== "CANCELLED") seen.push((await next(heard)).deliveries[0].status);
    expect(seen).toContain("QUEUED");
  });
});

describe("conversationUpdated", () => {
  test("lets agents hear of a new conversation", async () => {
    const heard = await subscribeToChanges(
      agent.client,
      "subscription { conversationUpdated { id lastMessage { text } } }",
    );
    const { conversationId } = await context.startConversation("A new question");
    expect(await next(heard)).toEqual({ id: conversationId, lastMessage: { text: "A new question" } });
  });

  interface Change {
    readonly what: string;
    readonly selection: string;
    /** Who also hears of it. */
    readonly by?: "visitor";
    readonly happen: (conversationId: string, visitor: GraphqlClient, messageId: string) => Promise<unknown>;
    readonly expected: unknown;
  }
  const changes: Change[] = [
    {
      what: "its status: closed",
      selection: "status",
      by: "visitor",
      happen: onConversation("closeConversation"),
      expected: { status: "CLOSED" },
    },
    {
      what: "its assignee",
      selection: "assignee { id }",
      by: "visitor",
      happen: (conversationId) =>
        asAgent("mutation ($input: AssignConversationInput!) { assignConversation(input: $input) { id } }", {
          input: { conversationId, agentId: agent.id },
        }),
      expected: { assignee: { id: expect.any(String) } },
    },
    {
      what: "its counts, by a reply",
      selection: "unreadReplies",
      by: "visitor",
      happen: (id) => context.sendMessage(agent.client, id, "A reply"),
      expected: { unreadReplies: 1 },
    },
    {
      what: "its counts, by a visitor's message",
      selection: "unreadByAgents",
      by: "visitor",
      happen: (id, visitor) => context.sendMessage(visitor, id, "Another question"),
      expected: { unreadByAgents: 2 },
    },
    {
      what: "its positions",
      selection: "unreadByAgents readByAgentsUpTo",
      by: "visitor",
      happen: (id, _, messageId) => read(agent.client, id, messageId),
      expected: { unreadByAgents: 0, readByAgentsUpTo: expect.any(String) },
    },
    {
      what: "the visitor's page",
      selection: "visitor { page }",
      happen: (_, visitor) => visitor.do('mutation { recordActivity(page: "/bikes") { id } }'),
      expected: { visitor: { page: "/bikes" } },
    },
    {
      what: "the visitor's page, when a session goes on elsewhere",
      selection: "visitor { page }",
      happen: (_, visitor) => context.app.startVisitor({ token: visitor.token, page: "/tyres" }),
      expected: { visitor: { page: "/tyres" } },
    },
    {
      what: "the visitor's going",
      selection: "visitor { online }",
      happen: (_, visitor) => visitor.do("mutation { leaveWebsite { id } }"),
      expected: { visitor: { online: false } },
    },
    {
      what: "the visitor's name and address, from the contact form",
      selection: "visitor { name email identified }",
      happen: (_, visitor) =>
        visitor.do('mutation { submitContactForm(input: { email: "cleo@example.com", name: "Cleo" }) { id } }'),
      expected: { visitor: { name: "Cleo", email: "cleo@example.com", identified: true } },
    },
    {
      what: "the visitor's address, from the chat",
      selection: "visitor { email emailSource }",
      happen: (id, visitor) => context.sendMessage(visitor, id, "I am at cleo@example.com"),
      expected: { visitor: { email: "cleo@example.com", emailSource: "CHAT" } },
    },
    {
      what: "forwarding, held back",
      selection: "forwarding { state }",
      happen: async (id, visitor) => {
        await visitor.do('mutation { submitContactForm(input: { email: "dora@example.com" }) { id } }');
        await context.sendMessage(agent.client, id, "A reply");
        await onConversation("holdForwarding")(id);
      },
      expected: { forwarding: { state: "HELD" } },
    },
    {
      what: "forwarding, by an admin's choice",
      selection: "forwarding { state }",
      happen: async (id) => {
        await context.sendMessage(agent.client, id, "A reply");
        const choose =
          "mutation ($mode: ForwardingMode) { updateForwardingPreference(input: { mode: $mode }) { mode } }";
        await context.agent.client.do(choose, { mode: "NOTHING" });
        await context.app.tick();
      },
      expected: { forwarding: { state: "DISABLED" } },
    },
    {
      what: "its erasing",
      selection: "status lastMessage { text } visitor { email }",
      happen: async (id) => {
        const { conversation } = await asAgent("query ($id: ID!) { conversation(id: $id) { visitor { id } } }", { id });
        const erase = "mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }";
        await context.agent.client.do(erase, { id: conversation.visitor.id });
      },
      expected: { status: "CLOSED", lastMessage: { text: "" }, visitor: { email: null } },
    },
  ];

  test.each(changes)("tells of $what", async ({ selection, by, happen, expected }) => {
    const { client, conversationId, messageId } = await context.startConversation();
    const text = `subscription ($id: ID) { conversationUpdated(conversationId: $id) { ${selection} } }`;
    const heard = [await subscribeToChanges(agent.client, text, { id: conversationId })];
    if (by === "visitor") heard.push(await subscribeToChanges(client, text));
    await happen(conversationId, client, messageId);
    for (const subscription of heard) {
      await until(subscription, expected);
    }
    const usual = "mutation { updateForwardingPreference(input: { mode: UNREAD_REPLIES }) { mode } }";
    await context.agent.client.do(usual);
  });

  test("tells of the visitor's coming and going, by the connection", async () => {
    const { client, conversationId } = await context.startConversation();
    await client.do("mutation { leaveWebsite { id } }");
    const heard = await subscribeToChanges(
      agent.client,
      "subscription ($id: ID) { conversationUpdated(conversationId: $id) { visitor { online leftAt } } }",
      { id: conversationId },
    );
    const page = await client.connect();
    expect(await next(heard)).toEqual({ visitor: { online: true, leftAt: null } });
    await page.close();
    expect(await next(heard)).toEqual({ visitor: { online: false, leftAt: expect.any(String) } });
  });

  test("tells of what forwarding does, from WAITING to NOTHING_PENDING", async () => {
    const { client, conversationId } = await context.startConversation("Hello", known);
    await client.do("mutation { leaveWebsite { id } }");
    const heard = await subscribeToChanges(
      agent.client,
      "subscription ($id: ID) { conversationUpdated(conversationId: $id) { forwarding { state dueAt } } }",
      { id: conversationId },
    );
    await context.sendMessage(agent.client, conversationId, "A reply");
    const waiting = (await next(heard)).forwarding;
    expect(waiting).toEqual({ state: "WAITING", dueAt: expect.any(String) });
    await context.forward(conversationId);
    let state = "";
    while (state !== "NOTHING_PENDING") state = (await next(heard)).forwarding.state;
  });

  test("tells of a conversation that is nobody's any more because the agent was removed", async () => {
    const { conversationId } = await context.startConversation();
    const leaver = await context.createAgent();
    await asAgent("mutation ($input: AssignConversationInput!) { assignConversation(input: $input) { id } }", {
      input: { conversationId, agentId: leaver.id },
    });
    const heard = await subscribeToChanges(
      agent.client,
      "subscription ($id: ID) { conversationUpdated(conversationId: $id) { assignee { id } } }",
      { id: conversationId },
    );
    const remove = "mutation ($id: ID!) { removeAgent(agentId: $id) { id } }";
    await context.agent.client.do(remove, { id: leaver.id });
    expect(await next(heard)).toEqual({ assignee: null });
  });
});

describe("typing", () => {
  const typing = `subscription ($id: ID) { typing(conversationId: $id) {
    conversation { id } author { __typename ... on Visitor { id } ... on Agent { id } } } }`;
  const type = (client: GraphqlClient, id: string) =>
    client.do("mutation ($id: ID!) { setTyping(conversationId: $id) }", { id });

  test("tells a visitor of agents, and agents of the visitor: the other side only", async () => {
    const { client, visitorId, conversationId } = await context.startConversation();
    const visitorHears = await subscribeToChanges(client, typing);
    const typistHears = await subscribeToChanges(agent.client, typing, { id: conversationId });
    const colleagueHears = await subscribeToChanges(context.agent.client, typing);
    await type(agent.client, conversationId);
    await type(client, conversationId);
    const conversation = { id: conversationId };
    expect(await next(visitorHears)).toEqual({ conversation, author: { __typename: "Agent", id: agent.id } });
    for (const subscription of [typistHears, colleagueHears]) {
      expect(await next(subscription)).toEqual({ conversation, author: { __typename: "Visitor", id: visitorId } });
    }
    await type(context.agent.client, conversationId);
    expect((await next(visitorHears)).author.id).toBe(context.agent.id);
  });
});

describe("deliveryUpdated", () => {
  test("tells agents of each step of a delivery, of one conversation or of all", async () => {
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
      const heard: Data[] = [];
      do heard.push(await next(subscription));
      while (heard.at(-1)?.status !== "SENT" || heard.at(-1)?.id !== id);
      expect(heard.at(-1)).toEqual(sent);
      // Queued, being sent, sent; what was read for an event may be newer than the event.
      expect(heard.filter((event) => event.id === id)).toHaveLength(3);
      const ofOther = heard.filter((event) => event.conversation.id === other.conversationId);
      expect(ofOther).toHaveLength(subscription === all ? 3 : 0);
    }
  });

  test("tells of a delivery that was cancelled because its replies were read", async () => {
    const { client, conversationId } = await context.startConversation("Hello", { email: "fay@example.com" });
    const messageId = await context.sendMessage(agent.client, conversationId, "A reply");
    context.mail.behave(() => ({ code: 451, message: "Come again" }));
    await context.forward(conversationId);
    context.mail.behave(() => null);
    const heard = await subscribeToChanges(
      agent.client,
      "subscription ($id: ID) { deliveryUpdated(conversationId: $id) { status } }",
      { id: conversationId },
    );
    await read(client, conversationId, messageId);
    expect(await next(heard)).toEqual({ status: "CANCELLED" });
  });
});

describe("contactFormUpdated", () => {
  const form = "subscription { contactFormUpdated { whenOnline whenOffline agentsOnline current } }";
  const online = { whenOnline: "OPTIONAL", whenOffline: "REQUIRED", agentsOnline: true, current: "OPTIONAL" };
  const offline = { ...online, agentsOnline: false, current: "REQUIRED" };

  /** Everybody hears of the form, with a token or without. */
  async function audience(): Promise<Subscription[]> {
    const visitor = await context.app.startVisitor();
    return [await subscribeToChanges(context.app.client, form), await subscribeToChanges(visitor, form)];
  }

  beforeAll(async () => {
    await context.agent.client.do("mutation { updateContactForm(input: { whenOffline: REQUIRED }) { current } }");
    await context.app.advance(31);
  });
  afterAll(() => context.agent.client.do("mutation { updateContactForm(input: { whenOffline: OFF }) { current } }"));

  test("tells that an agent came, and went once 30 seconds have passed without a new connection", async () => {
    const heard = await audience();
    const connection = await agent.client.connect();
    for (const subscription of heard) await until(subscription, online);
    await connection.close();
    await context.app.advance(29);
    const { contactForm } = await context.app.client.do("{ contactForm { agentsOnline } }");
    expect(contactForm).toEqual({ agentsOnline: true });
    await context.app.advance(1);
    for (const subscription of heard) await until(subscription, offline);
  });

  test("tells nobody of a going when the agent is back within 30 seconds", async () => {
    let connection = await agent.client.connect();
    const [heard] = await audience();
    await connection.close();
    await context.app.advance(20);
    connection = await agent.client.connect();
    await context.app.advance(20);
    await context.agent.client.do("mutation { updateContactForm(input: { whenOnline: OFF }) { current } }");
    let event: Data;
    do {
      event = await next(heard as Subscription);
      expect(event.agentsOnline).toBe(true);
    } while (event.whenOnline !== "OFF");
    await context.agent.client.do("mutation { updateContactForm(input: { whenOnline: OPTIONAL }) { current } }");
    await connection.close();
    await context.app.advance(31);
  });

  test("tells at once that the last agent chose to be invisible, and to be online again", async () => {
    const choose = (availability: string) =>
      asAgent("mutation ($to: Availability!) { setAvailability(availability: $to) { online } }", { to: availability });
    const connection = await agent.client.connect();
    const heard = await audience();
    await choose("INVISIBLE");
    for (const subscription of heard) await until(subscription, offline);
    await choose("ONLINE");
    for (const subscription of heard) await until(subscription, online);
    await connection.close();
    await context.app.advance(31);
  });

  test("tells what an admin changed", async () => {
    const heard = await audience();
    await context.agent.client.do("mutation { updateContactForm(input: { whenOffline: OPTIONAL }) { current } }");
    for (const subscription of heard) {
      expect(await next(subscription)).toEqual({ ...offline, whenOffline: "OPTIONAL", current: "OPTIONAL" });
    }
    await context.agent.client.do("mutation { updateContactForm(input: { whenOffline: REQUIRED }) { current } }");
  });
});
