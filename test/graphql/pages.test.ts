import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Data, GraphqlClient } from "../support/app/graphql-client.js";
import { type StartedConversation, TestContext } from "../support/app/test-context.js";

let context: TestContext;
let agent: GraphqlClient;
beforeAll(async () => {
  context = await TestContext.setup({}, { agent: "offline" });
  agent = (await context.createAgent()).client;
});
afterAll(() => context?.teardown());

const pageInfo = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
const inbox = `query ($first: Int, $after: String, $filter: ConversationFilter) {
  conversations(first: $first, after: $after, filter: $filter) { nodes { id } edges { cursor node { id } } ${pageInfo} } }`;
const history = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { conversation(id: $id) {
  messages(first: $first, after: $after, last: $last, before: $before) { nodes { text cursor } edges { cursor } ${pageInfo} } } }`;
const deliveryPage = `query ($first: Int, $after: String, $filter: DeliveryFilter) {
  deliveries(first: $first, after: $after, filter: $filter) { nodes { id } edges { cursor } ${pageInfo} } }`;

async function ids(client: GraphqlClient, query: string, variables: Data): Promise<string[]> {
  const [page] = Object.values(await client.do(query, variables)) as Data[];
  return page?.nodes.map((node: Data) => node.id);
}

async function search(words: string, client = agent): Promise<string[]> {
  return ids(client, inbox, { filter: { search: words } });
}

async function texts(variables: Data, client = agent): Promise<string[]> {
  const { conversation } = await client.do(history, variables);
  return conversation.messages.nodes.map((node: Data) => node.text);
}

/** Starts conversations, oldest first. */
async function startConversations(count: number): Promise<StartedConversation[]> {
  const begun: StartedConversation[] = [];
  for (let number = 0; number < count; number += 1) begun.push(await context.startConversation(`Question ${number}`));
  return begun;
}

/** Every list of the API: its name, and the query for a page. */
const lists = [
  ["conversations", inbox, () => ({})],
  ["messages", history, () => ({ id: started.conversationId })],
  ["deliveries", deliveryPage, () => ({})],
] as [string, string, () => Data][];
let started: StartedConversation;

describe("every list", () => {
  beforeAll(async () => {
    started = await context.startConversation("Hello", { email: "ana@example.com" });
    for (let number = 0; number < 3; number += 1) {
      await context.sendMessage(agent, started.conversationId, `Reply ${number}`);
      await context.forward(started.conversationId);
    }
  });

  test.each(lists)("%s: a page has 0 to 100 items", async (_, query, variables) => {
    for (const first of [101, 1_000, -1, 2_147_483_647]) {
      const { extensions } = await agent.fail(query, { ...variables(), first });
      expect(extensions).toEqual({ code: "BAD_USER_INPUT", field: "first" });
    }
    const none = JSON.stringify(await agent.do(query, { ...variables(), first: 0 }));
    expect(none).toContain('"nodes":[]');
    expect(none).toContain('"hasNextPage":true');
    expect(none).toContain('"startCursor":null,"endCursor":null');
    await agent.do(query, { ...variables(), first: 100 });
  });

  test.each(lists)("%s: an invalid cursor is BAD_USER_INPUT and is not repeated", async (name, query, variables) => {
    const foreign =
      name === "messages" ? await cursorOf(inbox, {}) : await cursorOf(history, { id: started.conversationId });
    const wrong = [
      "",
      "confidential",
      "W10",
      "W251bGxd",
      "WyJhIiwiYiJd",
      foreign,
      Buffer.from("[-1]").toString("base64url"),
    ];
    for (const after of wrong) {
      const error = await agent.fail(query, { ...variables(), after });
      expect(error.extensions).toEqual({ code: "BAD_USER_INPUT", field: "after" });
      expect(error.message).not.toContain("confidential");
    }
  });

  async function cursorOf(query: string, variables: Data): Promise<string> {
    const cursor = /"cursor":"([^"]+)"/.exec(JSON.stringify(await agent.do(query, variables)))?.[1];
    if (cursor === undefined) throw new Error("The list is empty");
    return cursor;
  }
});

describe("conversations", () => {
  test("are ordered by newest activity, 25 by default, and page forward to the end", async () => {
    const begun = await startConversations(26);
    const first = (await agent.do(inbox, {})).conversations;
    expect(first.nodes).toHaveLength(25);
    expect(first.nodes.map((node: Data) => node.id)).toEqual(
      begun
        .slice(1)
        .reverse()
        .map(({ conversationId }) => conversationId),
    );
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(first.pageInfo.endCursor).toBe(first.edges.at(-1).cursor);
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { conversations }: Data = await agent.do(inbox, { first: 10, after });
      seen.push(...conversations.nodes.map((node: Data) => node.id));
      expect(conversations.pageInfo.hasPreviousPage).toBe(after !== null);
      after = conversations.pageInfo.hasNextPage ? conversations.pageInfo.endCursor : null;
    } while (after !== null);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(await ids(agent, inbox, { first: 100 }));
  });

  test("page forward without duplicates or gaps while new ones arrive and a seen one gets a reply", async () => {
    const begun = (await startConversations(6)).map(({ conversationId }) => conversationId);
    const first = (await agent.do(inbox, { first: 3 })).conversations;
    await startConversations(2);
    await context.sendMessage(agent, begun[5] ?? "", "A reply");
    const next = await ids(agent, inbox, { first: 3, after: first.pageInfo.endCursor });
    expect([...first.nodes.map((node: Data) => node.id), ...next]).toEqual(begun.toReversed());
    expect((await ids(agent, inbox, { first: 1 }))[0]).toBe(begun[5]);
  });

  test("are ordered by their last message, so that scrolling does not reorder the inbox", async () => {
    const [older, newer] = await startConversations(2);
    await older?.client.do('mutation { recordActivity(page: "/bikes") { id } }');
    expect(await ids(agent, inbox, { first: 2 })).toEqual([newer?.conversationId, older?.conversationId]);
    await context.sendMessage(agent, older?.conversationId ?? "", "A reply");
    expect(await ids(agent, inbox, { first: 2 })).toEqual([older?.conversationId, newer?.conversationId]);
  });

  test("are filtered by status, channel and assignee, each alone or combined", async () => {
    const [closed, assigned] = await startConversations(2);
    const { viewer } = await agent.do("{ viewer { ... on Agent { id } } }");
    await agent.do("mutation ($id: ID!) { closeConversation(conversationId: $id) { id } }", {
      id: closed?.conversationId,
    });
    await agent.do("mutation ($input: AssignConversationInput!) { assignConversation(input: $input) { id } }", {
      input: { conversationId: assigned?.conversationId, agentId: viewer.id },
    });
    expect(await ids(agent, inbox, { filter: { status: "CLOSED" } })).toEqual([closed?.conversationId]);
    expect(await ids(agent, inbox, { filter: { status: "OPEN" }, first: 100 })).not.toContain(closed?.conversationId);
    expect(await ids(agent, inbox, { filter: { assigneeId: viewer.id } })).toEqual([assigned?.conversationId]);
    expect(await ids(agent, inbox, { filter: { assigneeId: viewer.id, status: "CLOSED" } })).toEqual([]);
    expect(await ids(agent, inbox, { filter: { channel: "web" }, first: 2 })).toHaveLength(2);
    for (const channel of ["email", "nowhere", "", "\u0000"]) {
      expect(await ids(agent, inbox, { filter: { channel } })).toEqual([]);
    }
    expect(
      await ids(agent, inbox, { filter: { status: null, channel: null, assigneeId: null, search: null }, first: 1 }),
    ).toHaveLength(1);
  });

  test("with a filter page like any other list", async () => {
    const begun: string[] = [];
    for (let number = 0; number < 5; number += 1)
      begun.push((await context.startConversation("About pagination")).conversationId);
    const filter = { search: "pagination", status: "OPEN" };
    const first = (await agent.do(inbox, { first: 2, filter })).conversations;
    expect(first.pageInfo.hasNextPage).toBe(true);
    const rest = (await agent.do(inbox, { first: 3, filter, after: first.pageInfo.endCursor })).conversations;
    expect(rest.pageInfo.hasNextPage).toBe(false);
    expect([...first.nodes, ...rest.nodes].map((node: Data) => node.id)).toEqual(begun.toReversed());
  });
});

describe("a search", () => {
  let ana: StartedConversation;
  let ben: StartedConversation;
  beforeAll(async () => {
    ana = await context.startConversation("The Gazelle squeaks, don't ask why", {
      email: "ana.lyse+bike@riders.example",
      name: "Ana O'Neil",
    });
    ben = await context.startConversation("My order AB-1234 is in invoice.pdf; write to sales@depot.example", {
      email: "ben@example.com",
      name: "Ben Åström",
    });
    await context.sendMessage(agent, ben.conversationId, "हिन्दी संदेश and Größe 54");
  });

  test.each([
    ["the visitor's name", "neil"],
    ["a name with an apostrophe", "O'Neil"],
    ["words in any case", "gAZELLE"],
    ["a prefix of the last word", "the gaz"],
    ["a message's words in any order", "squeaks gazelle"],
    ["words with an apostrophe", "don't"],
    ["the visitor's email address", "ana.lyse+bike@riders.example"],
    ["a part of the email address", "riders"],
    ["words in quotes", '"gazelle squeaks"'],
  ])("finds %s", async (_, words) => {
    expect(await search(words)).toEqual([ana.conversationId]);
  });

  test.each([
    ["letters beyond ASCII in a name", "åström"],
    ["letters beyond ASCII in a message", "GRÖSSE".replace("SS", "ß")],
    ["scripts with combining marks", "हिन्दी"],
    ["an order number as written", "AB-1234"],
    ["a part of the order number", "1234"],
    ["a file name as written", "invoice.pdf"],
    ["a file extension", "pdf"],
    ["an email address in a message", "sales@depot.example"],
    ["a part of such an address", "depot"],
  ])("finds %s", async (_, words) => {
    expect(await search(words)).toEqual([ben.conversationId]);
  });

  test.each([
    "zz & !yy",
    "!gazelle",
    "gazelle | nothing",
    "gazelle <-> squeaks",
    "gazelle:*",
    "(((",
    "'",
    '"',
    "\\",
    "gazelle'); DROP TABLE messages; --",
    "%",
    "_",
    ":*",
    "\u0000",
    "💬",
  ])("treats operators as plain text: %j", async (words) => {
    const found = await search(words);
    expect(found).not.toContain(ben.conversationId);
    if (/gazelle(?! \||'\))/.test(words)) expect(found).toEqual([ana.conversationId]);
    else expect(found).toEqual([]);
  });

  test("requires every word", async () => {
    expect(await search("gazelle invoice")).toEqual([]);
  });

  test("of only white space filters nothing", async () => {
    expect(await search("   ")).toHaveLength(25);
  });

  test("finds only a visitor's own conversations", async () => {
    expect(await search("gazelle", ana.client)).toEqual([ana.conversationId]);
    expect(await search("gazelle", ben.client)).toEqual([]);
  });
});

describe("messages", () => {
  test("are the last 25 by default, in the order they were sent, and page back to the first", async () => {
    const { client, conversationId: id } = await context.startConversation("1");
    for (let number = 2; number <= 30; number += 1)
      await context.sendMessage(number % 2 ? client : agent, id, `${number}`);
    const all = Array.from({ length: 30 }, (_, index) => `${index + 1}`);
    const { messages } = (await client.do(history, { id })).conversation;
    expect(messages.nodes.map((node: Data) => node.text)).toEqual(all.slice(5));
    expect(messages.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: false });
    expect(messages.pageInfo.startCursor).toBe(messages.nodes[0].cursor);
    const before = messages.pageInfo.startCursor;
    expect(await texts({ id, before })).toEqual(all.slice(0, 5));
    expect(await texts({ id, last: 2, before })).toEqual(["4", "5"]);
    expect(await texts({ id, first: 3 })).toEqual(["1", "2", "3"]);
    expect(await texts({ id, first: 2, after: before })).toEqual(["7", "8"]);
    expect(await texts({ id, last: 0 })).toEqual([]);
  });

  test("after a message's cursor are those sent since, for a client that reconnects", async () => {
    const { conversationId: id } = await context.startConversation("before");
    const { conversation } = await agent.do("query ($id: ID!) { conversation(id: $id) { lastMessage { cursor } } }", {
      id,
    });
    const after = conversation.lastMessage.cursor;
    expect(await texts({ id, after })).toEqual([]);
    await context.sendMessage(agent, id, "missed 1");
    await context.sendMessage(agent, id, "missed 2");
    expect(await texts({ id, after })).toEqual(["missed 1", "missed 2"]);
  });

  test("page back without shifting while new ones are sent", async () => {
    const { conversationId: id } = await context.startConversation("1");
    for (const text of ["2", "3", "4"]) await context.sendMessage(agent, id, text);
    const { messages } = (await agent.do(history, { id, last: 2 })).conversation;
    await context.sendMessage(agent, id, "5");
    expect(await texts({ id, last: 2, before: messages.pageInfo.startCursor })).toEqual(["1", "2"]);
  });

  test.each([
    [{ last: 101 }, "last"],
    [{ last: -1 }, "last"],
    [{ before: "nonsense" }, "before"],
    [{ first: 1, last: 1 }, "last"],
    [{ first: 1, before: "WzFd" }, "before"],
    [{ after: "WzFd", last: 1 }, "last"],
  ])("%j is BAD_USER_INPUT", async (page, field) => {
    const { conversationId: id } = await context.startConversation();
    expect((await agent.fail(history, { id, ...page })).extensions).toEqual({ code: "BAD_USER_INPUT", field });
  });
});

describe("deliveries", () => {
  test("are ordered newest first, page forward while new ones are created, and are filtered", async () => {
    const conversations: StartedConversation[] = [];
    const created: string[] = [];
    for (let number = 0; number < 4; number += 1) {
      const known = await context.startConversation("Hello", { email: `ana${number}@example.com` });
      conversations.push(known);
      if (number === 2) context.mail.behave(() => ({ code: 550, message: "Not today" }));
      await context.sendMessage(agent, known.conversationId, "A reply");
      created.push(await context.forward(known.conversationId));
      context.mail.behave(() => null);
    }
    const first = (await agent.do(deliveryPage, { first: 2 })).deliveries;
    await context.sendMessage(agent, conversations[0]?.conversationId ?? "", "Another reply");
    const latest = await context.forward(conversations[0]?.conversationId ?? "");
    const next = await ids(agent, deliveryPage, { first: 2, after: first.pageInfo.endCursor });
    expect([...first.nodes.map((node: Data) => node.id), ...next]).toEqual(created.toReversed());
    const conversationId = conversations[0]?.conversationId;
    expect(await ids(agent, deliveryPage, { filter: { conversationId } })).toEqual([latest, created[0]]);
    expect(await ids(agent, deliveryPage, { filter: { status: "FAILED" } })).toEqual([created[2]]);
    expect(await ids(agent, deliveryPage, { filter: { status: "SENT", conversationId }, first: 1 })).toEqual([latest]);
    expect(await ids(agent, deliveryPage, { filter: { channel: "email" }, first: 1 })).toEqual([latest]);
    for (const channel of ["messenger", "\u0000"])
      expect(await ids(agent, deliveryPage, { filter: { channel } })).toEqual([]);
  });
});
