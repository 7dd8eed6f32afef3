import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Connection, Data, GraphqlClient, Subscription } from "../../support/app/graphql-client.js";
import type { TestAgent } from "../../support/app/test-agent.js";
import { PermittedPeople } from "./callers.js";
import type { Caller } from "./promised-permissions.js";

let people: PermittedPeople;
beforeAll(async () => {
  people = await PermittedPeople.gather();
});
afterAll(() => people?.context.teardown());

const masked = "a***@example.com";

describe("a guest, come by the link in an email", () => {
  test("sees the visitor's email masked wherever it stands", async () => {
    const { guest, visitor, context } = people;
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

  test("cannot guess the email by searching for it, letter by letter", async () => {
    const search = "query ($search: String) { conversations(filter: { search: $search }) { nodes { id } } }";
    expect((await people.guest.do(search, { search: "exam" })).conversations.nodes).toEqual([]);
    expect((await people.guest.do(search, { search: "bike" })).conversations.nodes).toHaveLength(1);
    expect((await people.visitor.client.do(search, { search: "ana@exam" })).conversations.nodes).toHaveLength(2);
  });

  test("hears events with the email masked", async () => {
    const { context, guest, visitor } = people;
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
  await people.context.sendMessage(people.agent.client, conversationId, "One more thing.");
  return people.context.resumeCode(conversationId);
}

describe("clientMessageId", () => {
  const known = "query ($id: ID!) { conversation(id: $id) { messages(first: 3) { nodes { clientMessageId } } } }";

  test.each([
    ["visitor", ["v1", null, null]],
    ["agent", [null, "b1", "a1"]],
    ["admin", [null, null, null]],
  ] as [Caller, (string | null)[]][])("is shown to the author only, as %s sees it", async (caller, expected) => {
    const { conversation } = await people.client(caller).do(known, { id: people.visitor.conversationId });
    expect(conversation.messages.nodes.map((node: Data) => node.clientMessageId)).toEqual(expected);
  });

  test("is shown to the author only in events, too", async () => {
    const { context, agent, visitor } = people;
    const id = visitor.conversationId;
    const listening: Subscription[] = [];
    const connections: Connection[] = [];
    for (const client of [agent.client, context.agent.client, visitor.client]) {
      const connection = await client.connect();
      connections.push(connection);
      listening.push(
        await context.app.subscribe(
          connection,
          "subscription ($id: ID) { messageAdded(conversationId: $id) { clientMessageId } }",
          { id },
        ),
      );
    }
    await context.sendMessage(agent.client, id, "Anything else?", { clientMessageId: "a2" });
    await context.sendMessage(visitor.client, id, "No.", { clientMessageId: "v2" });
    const heard = await Promise.all(
      listening.map(async (subscription) =>
        [await subscription.next(), await subscription.next()].map(({ data }) => data?.messageAdded.clientMessageId),
      ),
    );
    expect(heard).toEqual([
      ["a2", null],
      [null, null],
      [null, "v2"],
    ]);
    for (const connection of connections) await connection.close();
  });
});

interface Hearing {
  readonly field: string;
  readonly selection: string;
  /** Makes one such event in a conversation. */
  readonly happen: (conversationId: string, talker: GraphqlClient) => Promise<unknown>;
}

const asAgent = (text: string, variables: Data) => people.agent.client.do(text, variables);
const hearings: Hearing[] = [
  {
    field: "messageAdded",
    selection: "conversation { id }",
    happen: (id) => people.context.sendMessage(people.agent.client, id, "A reply"),
  },
  {
    field: "messageUpdated",
    selection: "conversation { id }",
    happen: async (conversationId, talker) => {
      const messageId = await people.context.sendMessage(people.agent.client, conversationId, "Read me");
      await talker.do("mutation ($input: MarkReadInput!) { markRead(input: $input) { id } }", {
        input: { conversationId, messageId },
      });
    },
  },
  {
    field: "conversationUpdated",
    selection: "id",
    happen: (id) => asAgent("mutation ($id: ID!) { closeConversation(conversationId: $id) { id } }", { id }),
  },
  {
    field: "typing",
    selection: "conversation { id }",
    happen: (id) => asAgent("mutation ($id: ID!) { setTyping(conversationId: $id) }", { id }),
  },
];

describe("a visitor's subscription", () => {
  test.each(hearings)(
    "to $field never hears of another visitor's conversation",
    async ({ field, selection, happen }) => {
      const { context } = people;
      const [mine, foreign] = [await context.startConversation(), await context.startConversation()];
      const page = await mine.client.connect();
      const subscription = await context.app.subscribe(page, `subscription { ${field} { ${selection} } }`);
      await happen(foreign.conversationId, foreign.client);
      await happen(mine.conversationId, mine.client);
      expect(JSON.stringify((await subscription.next()).data)).toContain(mine.conversationId);
      await page.close();
    },
  );

  test.each(hearings)(
    "to $field, as a guest, hears of the link's conversation only",
    async ({ field, selection, happen }) => {
      const { context, visitor, guest, closedConversationId } = people;
      const page = await guest.connect();
      const subscription = await context.app.subscribe(page, `subscription { ${field} { ${selection} } }`);
      await asAgent("mutation ($id: ID!) { reopenConversation(conversationId: $id) { id } }", {
        id: closedConversationId,
      });
      await happen(closedConversationId, visitor.client);
      await happen(visitor.conversationId, visitor.client);
      await asAgent("mutation ($id: ID!) { reopenConversation(conversationId: $id) { id } }", {
        id: visitor.conversationId,
      });
      expect(JSON.stringify((await subscription.next()).data)).toContain(visitor.conversationId);
      await page.close();
    },
  );
});

/** All that an agent hears of; each must fall silent. */
const allOfStaff = [
  "subscription { messageAdded { id } }",
  "subscription { messageUpdated { id } }",
  "subscription { conversationUpdated { id } }",
  "subscription { deliveryUpdated { id } }",
  "subscription { typing { author { __typename } } }",
];

/** What is heard until the connection ends. Asked for before it does: the client forgets the end of an idle iteration. */
function silence(subscription: Subscription): Promise<string> {
  return subscription.next().then(
    (answer) => JSON.stringify(answer),
    () => "silence",
  );
}

describe("a session that ends is closed with 4403 and hears nothing more", () => {
  const endings: [string, (agent: TestAgent) => Promise<unknown>][] = [
    [
      "of an agent who was removed",
      ({ id }) => people.context.agent.client.do("mutation ($id: ID!) { removeAgent(agentId: $id) { id } }", { id }),
    ],
    ["of an agent who signed out", ({ client }) => client.do("mutation { signOut }")],
    [
      "of an agent who got another password from an admin",
      ({ id: agentId }) =>
        people.context.agent.client.do("mutation ($input: UpdateAgentInput!) { updateAgent(input: $input) { id } }", {
          input: { agentId, password: "a fresh password" },
        }),
    ],
    [
      "of an agent who changed the password elsewhere",
      async ({ email, password }) =>
        (await people.context.app.client.signIn(email, password)).do(
          "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { token } }",
          { input: { current: password, next: "a fresh password" } },
        ),
    ],
  ];

  test.each(endings)("%s", async (_, end) => {
    const { context } = people;
    const leaver = await context.createAgent();
    const { conversationId, client } = await context.startConversation();
    // Removing an agent changes the conversations that were theirs: even of that they hear nothing.
    await asAgent("mutation ($input: AssignConversationInput!) { assignConversation(input: $input) { id } }", {
      input: { conversationId, agentId: leaver.id },
    });
    const connection = await leaver.client.connect();
    const heard: Promise<string>[] = [];
    for (const text of allOfStaff) heard.push(silence(await context.app.subscribe(connection, text)));
    await end(leaver);
    await context.sendMessage(client, conversationId, "Is anybody there?");
    expect((await connection.closed()).code).toBe(4403);
    expect(new Set(await Promise.all(heard))).toEqual(new Set(["silence"]));
    expect((await leaver.client.fail("{ agents { id } }")).extensions.code).toBe("UNAUTHENTICATED");
    await expect(leaver.client.connect()).rejects.toThrow("4403");
  });

  test("but the session in which an agent changes the password goes on", async () => {
    const { context } = people;
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
        people.context.agent.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", {
          id: visitorId,
        }),
    ],
  ])("of a visitor who %s", async (_, end) => {
    const { context } = people;
    const { client, visitorId, conversationId } = await context.startConversation();
    const page = await client.connect();
    const heard = silence(await context.app.subscribe(page, "subscription { conversationUpdated { id } }"));
    await end(visitorId, client);
    await asAgent("mutation ($id: ID!) { assignConversation(input: { conversationId: $id }) { id } }", {
      id: conversationId,
    });
    expect((await page.closed()).code).toBe(4403);
    expect(await heard).toBe("silence");
    expect((await client.fail("{ viewer { __typename } }")).extensions.code).toBe("UNAUTHENTICATED");
  });

  test("of a guest whose link was revoked, while the visitor's own session goes on", async () => {
    const { context } = people;
    const { client, conversationId } = await context.startConversation("Hello", { email: "cleo@example.com" });
    await context.sendMessage(people.agent.client, conversationId, "A reply");
    const guest = await context.guest(conversationId);
    const [page, own] = [await guest.connect(), await client.connect()];
    const heard = silence(await context.app.subscribe(page, "subscription { messageAdded { text } }"));
    const ownHeard = await context.app.subscribe(own, "subscription { messageAdded { text } }");
    await asAgent("mutation ($id: ID!) { revokeResumeCodes(conversationId: $id) { id } }", { id: conversationId });
    await context.sendMessage(people.agent.client, conversationId, "Only for you");
    expect((await page.closed()).code).toBe(4403);
    expect(await heard).toBe("silence");
    expect((await ownHeard.next()).data).toEqual({ messageAdded: { text: "Only for you" } });
    await own.close();
  });

  test("also when it ended in another process, with the next event after half a minute", async () => {
    const { context } = people;
    const { client, conversationId } = await context.startConversation();
    const page = await client.connect();
    const heard = silence(await context.app.subscribe(page, "subscription { messageAdded { id } }"));
    await context.app.services.database.query(
      {
        name: "test-end-session",
        text: `UPDATE sessions SET ended_at = now() FROM conversations
          WHERE conversations.id = $1 AND sessions.visitor_id = conversations.visitor_id`,
      },
      [conversationId],
    );
    await context.app.advance(31);
    await context.sendMessage(people.agent.client, conversationId, "A reply");
    expect((await page.closed()).code).toBe(4403);
    expect(await heard).toBe("silence");
  });
});

describe("an admin who is made an agent", () => {
  test("loses an admin's rights at once, on open connections too, and keeps an agent's", async () => {
    const { context } = people;
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
});
