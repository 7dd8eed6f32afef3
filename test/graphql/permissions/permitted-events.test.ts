import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Connection, Data, GraphqlClient, Subscription } from "../../support/app/graphql-client.js";
import type { TestAgent } from "../../support/app/test-agent.js";
import { TestCallers } from "./callers.js";
import type { Caller } from "./expected-permissions.js";

let testCallers: TestCallers;
beforeAll(async () => {
  testCallers = await TestCallers.setup();
});
afterAll(() => testCallers?.context.teardown());

const masked = "a***@example.com";

describe("a guest, who came by the link in an email", () => {
  test("sees the visitor's email masked everywhere", async () => {
    const { guest, visitor, context } = testCallers;
    const id = visitor.conversationId;
    const code = await resumeCodeOf(id);
    const asVisitor = "... on Visitor { email }";
    const answers = [
      await guest.do(`{ viewer { ${asVisitor} } }`),
      await guest.do("query ($id: ID!) { conversation(id: $id) { visitor { email } } }", { id }),
      await guest.do(
        `{ conversations { nodes { visitor { email } lastMessage { conversation { visitor { email } } } } } }`,
      ),
      await guest.do(
        `query ($id: ID!) { conversation(id: $id) { messages(first: 1) { nodes { author { ${asVisitor} } } } } }`,
        { id },
      ),
      await guest.do('mutation { recordActivity(page: "/bikes") { email } }'),
      await guest.do("mutation { leaveWebsite { email } }"),
      await context.app.client.do(
        "mutation ($code: String!) { startSession(input: { resume: $code }) { visitor { email } conversation { visitor { email } } } }",
        { code },
      ),
    ];
    for (const answer of answers) {
      expect(JSON.stringify(answer)).toContain(`"email":"${masked}"`);
      expect(JSON.stringify(answer)).not.toContain("ana@");
    }
    const { conversation } = await guest.do(
      "query ($id: ID!) { conversation(id: $id) { lastMessage { forwardedTo } } }",
      { id },
    );
    expect(conversation.lastMessage.forwardedTo).toBe(masked);
    const whole = await visitor.client.do("{ viewer { ... on Visitor { email } } }");
    expect(whole.viewer.email).toBe("ana@example.com");
  });

  test("cannot guess the email letter by letter through search", async () => {
    const search = "query ($search: String) { conversations(filter: { search: $search }) { nodes { id } } }";
    expect((await testCallers.guest.do(search, { search: "exam" })).conversations.nodes).toEqual([]);
    expect((await testCallers.guest.do(search, { search: "bike" })).conversations.nodes).toHaveLength(1);
    expect((await testCallers.visitor.client.do(search, { search: "ana@exam" })).conversations.nodes).toHaveLength(2);
  });

  test("identifies nobody by an address in a message, and is present from that message on", async () => {
    const { context } = testCallers;
    const { conversationId, visitorId } = await context.startConversation("Hello", { email: "kim@example.com" });
    await context.sendMessage(testCallers.agent.client, conversationId, "A reply");
    const guest = await context.guest(conversationId);
    await asAgent("mutation ($id: ID!) { updateVisitor(input: { visitorId: $id, email: null }) { id } }", {
      id: visitorId,
    });
    const page = await guest.connect();
    const shown = async (): Promise<Data> => {
      const text = "query ($id: ID!) { conversation(id: $id) { visitor { email online } } }";
      return (await asAgent(text, { id: conversationId })).conversation.visitor;
    };
    await context.sendMessage(guest, conversationId, "Thank you");
    // Longer than a message alone counts as presence: from then on the open page does.
    await context.app.pass(120);
    expect(await shown()).toEqual({ email: null, online: true });
    await context.sendMessage(guest, conversationId, "Write to eve@example.com");
    expect(await shown()).toMatchObject({ email: null });
    await page.close();
  });

  test("receives events with the email masked", async () => {
    const { context, guest, visitor } = testCallers;
    const page = await guest.connect();
    const added = await context.app.subscribe(
      page,
      "subscription { messageAdded { author { ... on Visitor { email } } } }",
    );
    const updated = await context.app.subscribe(page, "subscription { conversationUpdated { visitor { email } } }");
    await context.sendMessage(visitor.client, visitor.conversationId, "Thank you!");
    expect((await added.next()).data).toEqual({ messageAdded: { author: { email: masked } } });
    expect((await updated.next()).data).toEqual({ conversationUpdated: { visitor: { email: masked } } });
    await page.close();
  });
});

async function resumeCodeOf(conversationId: string): Promise<string> {
  await testCallers.context.sendMessage(testCallers.agent.client, conversationId, "One more thing.");
  return testCallers.context.resumeCode(conversationId);
}

describe("clientMessageId", () => {
  const known = "query ($id: ID!) { conversation(id: $id) { messages(first: 3) { nodes { clientMessageId } } } }";

  test.each([
    ["visitor", ["v1", null, null]],
    ["agent", [null, "b1", "a1"]],
    ["admin", [null, null, null]],
  ] as [Caller, (string | null)[]][])("is visible only to the author, as seen by %s", async (caller, expected) => {
    const { conversation } = await testCallers.client(caller).do(known, { id: testCallers.visitor.conversationId });
    expect(conversation.messages.nodes.map((node: Data) => node.clientMessageId)).toEqual(expected);
  });

  test("is visible only to the author in events, too", async () => {
    const { context, agent, visitor } = testCallers;
    const id = visitor.conversationId;
    const subscriptions: Subscription[] = [];
    const connections: Connection[] = [];
    for (const client of [agent.client, context.agent.client, visitor.client]) {
      const connection = await client.connect();
      connections.push(connection);
      subscriptions.push(
        await context.app.subscribe(
          connection,
          "subscription ($id: ID) { messageAdded(conversationId: $id) { clientMessageId } }",
          { id },
        ),
      );
    }
    await context.sendMessage(agent.client, id, "Anything else?", { clientMessageId: "a2" });
    await context.sendMessage(visitor.client, id, "No.", { clientMessageId: "v2" });
    const received = await Promise.all(
      subscriptions.map(async (subscription) =>
        [await subscription.next(), await subscription.next()].map(({ data }) => data?.messageAdded.clientMessageId),
      ),
    );
    expect(received).toEqual([
      ["a2", null],
      [null, null],
      [null, "v2"],
    ]);
    for (const connection of connections) await connection.close();
  });
});

interface EventCase {
  readonly field: string;
  readonly selection: string;
  /** Triggers one such event in a conversation. */
  readonly trigger: (conversationId: string, visitorClient: GraphqlClient) => Promise<unknown>;
}

const asAgent = (text: string, variables: Data) => testCallers.agent.client.do(text, variables);
const eventCases: EventCase[] = [
  {
    field: "messageAdded",
    selection: "conversation { id }",
    trigger: (id) => testCallers.context.sendMessage(testCallers.agent.client, id, "A reply"),
  },
  {
    field: "messageUpdated",
    selection: "conversation { id }",
    trigger: async (conversationId, visitorClient) => {
      const messageId = await testCallers.context.sendMessage(testCallers.agent.client, conversationId, "Read me");
      await visitorClient.do("mutation ($input: MarkReadInput!) { markRead(input: $input) { id } }", {
        input: { conversationId, messageId },
      });
    },
  },
  {
    field: "conversationUpdated",
    selection: "id",
    trigger: (id) => asAgent("mutation ($id: ID!) { closeConversation(conversationId: $id) { id } }", { id }),
  },
  {
    field: "typing",
    selection: "conversation { id }",
    trigger: (id) => asAgent("mutation ($id: ID!) { setTyping(conversationId: $id) }", { id }),
  },
];

describe("a visitor's subscription", () => {
  test.each(eventCases)(
    "to $field receives nothing of another visitor's conversation",
    async ({ field, selection, trigger }) => {
      const { context } = testCallers;
      const [mine, foreign] = [await context.startConversation(), await context.startConversation()];
      const page = await mine.client.connect();
      const subscription = await context.app.subscribe(page, `subscription { ${field} { ${selection} } }`);
      await trigger(foreign.conversationId, foreign.client);
      await trigger(mine.conversationId, mine.client);
      expect(JSON.stringify((await subscription.next()).data)).toContain(mine.conversationId);
      await page.close();
    },
  );

  test.each(eventCases)(
    "to $field, as a guest, receives only events of the link's conversation",
    async ({ field, selection, trigger }) => {
      const { context, visitor, guest, closedConversationId } = testCallers;
      const page = await guest.connect();
      const subscription = await context.app.subscribe(page, `subscription { ${field} { ${selection} } }`);
      await asAgent("mutation ($id: ID!) { reopenConversation(conversationId: $id) { id } }", {
        id: closedConversationId,
      });
      await trigger(closedConversationId, visitor.client);
      await trigger(visitor.conversationId, visitor.client);
      await asAgent("mutation ($id: ID!) { reopenConversation(conversationId: $id) { id } }", {
        id: visitor.conversationId,
      });
      expect(JSON.stringify((await subscription.next()).data)).toContain(visitor.conversationId);
      await page.close();
    },
  );
});

/** All subscriptions of an agent; each must receive nothing more. */
const agentSubscriptions = [
  "subscription { messageAdded { id } }",
  "subscription { messageUpdated { id } }",
  "subscription { conversationUpdated { id } }",
  "subscription { deliveryUpdated { id } }",
  "subscription { typing { author { __typename } } }",
  "subscription { agentUpdated { id } }",
  "subscription { channelUpdated { id } }",
  "subscription { forwardingPreferenceUpdated { mode } }",
];

/** What is received until the connection ends. Call it before the end: the client forgets the end of an idle iteration. */
function receivedUntilClosed(subscription: Subscription): Promise<string> {
  return subscription.next().then(
    (answer) => JSON.stringify(answer),
    () => "nothing",
  );
}

describe("a session that ends is closed with 4403 and receives nothing more", () => {
  const endings: [string, (agent: TestAgent) => Promise<unknown>][] = [
    [
      "of an agent who was removed",
      ({ id }) =>
        testCallers.context.agent.client.do("mutation ($id: ID!) { removeAgent(agentId: $id) { id } }", { id }),
    ],
    ["of an agent who signed out", ({ client }) => client.do("mutation { signOut }")],
    [
      "of an agent whose password was changed by an admin",
      ({ id: agentId }) =>
        testCallers.context.agent.client.do(
          "mutation ($input: UpdateAgentInput!) { updateAgent(input: $input) { id } }",
          {
            input: { agentId, password: "a fresh password" },
          },
        ),
    ],
    [
      "of an agent who changed the password in another session",
      async ({ email, password }) =>
        (await testCallers.context.app.client.signIn(email, password)).do(
          "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { token } }",
          { input: { current: password, next: "a fresh password" } },
        ),
    ],
  ];

  test.each(endings)("%s", async (_, end) => {
    const { context } = testCallers;
    const formerAgent = await context.createAgent();
    const { conversationId, client } = await context.startConversation();
    // Removing an agent changes the conversations assigned to them: not even these events are received.
    await asAgent("mutation ($input: AssignConversationInput!) { assignConversation(input: $input) { id } }", {
      input: { conversationId, agentId: formerAgent.id },
    });
    const connection = await formerAgent.client.connect();
    const received: Promise<string>[] = [];
    for (const text of agentSubscriptions)
      received.push(receivedUntilClosed(await context.app.subscribe(connection, text)));
    await end(formerAgent);
    await context.sendMessage(client, conversationId, "Is anybody there?");
    expect((await connection.closed()).code).toBe(4403);
    expect(new Set(await Promise.all(received))).toEqual(new Set(["nothing"]));
    expect((await formerAgent.client.fail("{ agents { id } }")).extensions.code).toBe("UNAUTHENTICATED");
    await expect(formerAgent.client.connect()).rejects.toThrow("4403");
  });

  test("but the session in which an agent changes the password continues", async () => {
    const { context } = testCallers;
    const { client, password } = await context.createAgent();
    const connection = await client.connect();
    const added = await context.app.subscribe(connection, "subscription { messageAdded { text } }");
    await client.do("mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { token } }", {
      input: { current: password, next: "a fresh password" },
    });
    await context.startConversation("Still there?");
    expect((await added.next()).data).toEqual({ messageAdded: { text: "Still there?" } });
    await connection.close();
  });

  test.each([
    ["signed out", (_: string, client: GraphqlClient) => client.do("mutation { signOut }")],
    [
      "was erased",
      (visitorId: string) =>
        testCallers.context.agent.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", {
          id: visitorId,
        }),
    ],
  ])("of a visitor who %s", async (_, end) => {
    const { context } = testCallers;
    const { client, visitorId, conversationId } = await context.startConversation();
    const page = await client.connect();
    const received = receivedUntilClosed(
      await context.app.subscribe(page, "subscription { conversationUpdated { id } }"),
    );
    await end(visitorId, client);
    await asAgent("mutation ($id: ID!) { assignConversation(input: { conversationId: $id }) { id } }", {
      id: conversationId,
    });
    expect((await page.closed()).code).toBe(4403);
    expect(await received).toBe("nothing");
    expect((await client.fail("{ viewer { __typename } }")).extensions.code).toBe("UNAUTHENTICATED");
  });

  test("of a guest whose link was revoked, while the visitor's own session continues", async () => {
    const { context } = testCallers;
    const { client, conversationId } = await context.startConversation("Hello", { email: "cleo@example.com" });
    await context.sendMessage(testCallers.agent.client, conversationId, "A reply");
    const guest = await context.guest(conversationId);
    const [page, own] = [await guest.connect(), await client.connect()];
    const received = receivedUntilClosed(await context.app.subscribe(page, "subscription { messageAdded { text } }"));
    const ownMessages = await context.app.subscribe(own, "subscription { messageAdded { text } }");
    await asAgent("mutation ($id: ID!) { revokeResumeCodes(conversationId: $id) { id } }", { id: conversationId });
    await context.sendMessage(testCallers.agent.client, conversationId, "Only for you");
    expect((await page.closed()).code).toBe(4403);
    expect(await received).toBe("nothing");
    expect((await ownMessages.next()).data).toEqual({ messageAdded: { text: "Only for you" } });
    await own.close();
  });

  test("also when it ended in another process, at the next event after half a minute", async () => {
    const { context } = testCallers;
    const { client, conversationId } = await context.startConversation();
    const page = await client.connect();
    const received = receivedUntilClosed(await context.app.subscribe(page, "subscription { messageAdded { id } }"));
    await context.app.services.database.query(
      {
        name: "test-end-session",
        text: `UPDATE sessions SET ended_at = now() FROM conversations
          WHERE conversations.id = $1 AND sessions.visitor_id = conversations.visitor_id`,
      },
      [conversationId],
    );
    await context.app.advance(31);
    await context.sendMessage(testCallers.agent.client, conversationId, "A reply");
    expect((await page.closed()).code).toBe(4403);
    expect(await received).toBe("nothing");
  });
});

describe("an admin who is demoted to agent", () => {
  test("loses admin rights immediately, on open connections too, and keeps agent rights", async () => {
    const { context } = testCallers;
    const { client, id: agentId } = await context.createAgent("ADMIN");
    const change = "mutation { updateForwardingPreference(input: { settleSeconds: 30 }) { settleSeconds } }";
    const connection = await client.connect();
    await client.do(change);
    expect((await connection.subscribe(change).next()).errors).toBeUndefined();
    const added = await context.app.subscribe(connection, "subscription { messageAdded { text } }");
    const demote = "mutation ($id: ID!) { updateAgent(input: { agentId: $id, role: AGENT }) { role } }";
    await context.agent.client.do(demote, { id: agentId });
    expect((await client.fail(change)).extensions.code).toBe("FORBIDDEN");
    expect((await connection.subscribe(change).next()).errors?.[0]?.extensions.code).toBe("FORBIDDEN");
    await context.startConversation("For any agent");
    expect((await added.next()).data).toEqual({ messageAdded: { text: "For any agent" } });
    await connection.close();
  });

  test("receives no more of what only admins may receive", async () => {
    const { context, inboundEmailId } = testCallers;
    const { client, id: agentId } = await context.createAgent("ADMIN");
    const connection = await client.connect();
    const emails = await context.app.subscribe(connection, "subscription { inboundEmailUpdated { id } }");
    const agents = await context.app.subscribe(connection, "subscription { agentUpdated { id role } }");
    const retry = () =>
      context.agent.client.do("mutation ($id: ID!) { retryInboundEmail(inboundEmailId: $id) { id } }", {
        id: inboundEmailId,
      });
    // Waits again, and processed.
    await retry();
    expect((await emails.next()).data).toEqual({ inboundEmailUpdated: { id: inboundEmailId } });
    expect((await emails.next()).data).toEqual({ inboundEmailUpdated: { id: inboundEmailId } });
    await context.app.tick();
    const setRole = (role: string) =>
      context.agent.client.do(
        "mutation ($id: ID!, $role: AgentRole!) { updateAgent(input: { agentId: $id, role: $role }) { role } }",
        { id: agentId, role },
      );
    await setRole("AGENT");
    await agents.until(({ agentUpdated }) => agentUpdated.id === agentId && agentUpdated.role === "AGENT");
    const received: unknown[] = [];
    const reading = (async () => {
      for (;;) received.push(await emails.next());
    })().catch(() => undefined);
    await retry();
    await context.app.tick();
    await setRole("AGENT");
    // Events are sent in their order: what the emails' subscription had been sent would have come before this one.
    await agents.until(({ agentUpdated }) => agentUpdated.id === agentId);
    await connection.close();
    await reading;
    expect(received).toEqual([]);
  });
});
