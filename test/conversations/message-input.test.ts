import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { v7 } from "uuid";
import type { Data, GraphqlClient } from "../support/app/graphql-client.js";
import { TestAgent } from "../support/app/test-agent.js";
import { TestApp } from "../support/app/test-app.js";
import { TestVisitor } from "../support/app/test-visitor.js";

const maxText = 10_000;
const loneSurrogate = "\ud83d";

const sendMutation = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) {
  id text clientMessageId conversation { id } } }`;
const submitMutation = "mutation ($input: SubmitContactFormInput!) { submitContactForm(input: $input) { email name } }";

let program: TestApp;
let agent: TestAgent;
let visitor: TestVisitor;

beforeAll(async () => {
  program = await TestApp.start();
  agent = await TestAgent.signIn(program);
  visitor = await TestVisitor.arrive(program, { email: "ana@example.com" });
  await visitor.say("Is my bike ready?");
  await visitor.leave();
});

afterAll(() => program?.stop());

async function send(client: GraphqlClient, input: Data): Promise<Data> {
  return (await client.do(sendMutation, { input })).sendMessage;
}

async function failToSend(client: GraphqlClient, input: Data): Promise<Data> {
  return (await client.fail(sendMutation, { input })).extensions;
}

/** A visitor who is identified, without a conversation. */
async function newcomer(email = `${v7()}@example.com`): Promise<GraphqlClient> {
  const client = await program.startVisitor();
  await client.do(submitMutation, { input: { email } });
  return client;
}

describe("A message's text", () => {
  test.each([
    ["letters", "x"],
    ["emoji, which count as one character each", "🚲"],
  ])("of 10,000 %s is sent in full, one more is refused", async (_, character) => {
    const { text } = await send(visitor.client, { text: character.repeat(maxText) });
    expect(text).toBe(character.repeat(maxText));
    for (const client of [visitor.client, agent.client]) {
      const input = { conversationId: visitor.conversationId, text: character.repeat(maxText + 1) };
      expect(await failToSend(client, input)).toMatchObject({ code: "BAD_USER_INPUT", field: "input.text" });
    }
  });

  test("of a quarter of a megabyte is refused with the same error", async () => {
    expect(await failToSend(visitor.client, { text: "x".repeat(250_000) })).toMatchObject({
      code: "BAD_USER_INPUT",
      field: "input.text",
    });
  });

  test.each([
    ["empty", ""],
    ["blank", " \n\t\u3000 "],
  ])("that is %s is refused", async (_, text) => {
    expect(await failToSend(visitor.client, { text })).toMatchObject({ code: "BAD_USER_INPUT", field: "input.text" });
  });

  test("is stored unchanged, except for characters that no database or email can hold", async () => {
    const { text } = await send(visitor.client, { text: `  NUL \0, half an emoji ${loneSurrogate}, whole 🚲  ` });
    expect(text).toBe("  NUL \u{FFFD}, half an emoji \u{FFFD}, whole 🚲  ");
  });

  test("with attachments that were never uploaded is refused", async () => {
    const input = { text: "Here", attachmentIds: [v7()] };
    expect(await failToSend(visitor.client, input)).toMatchObject({
      code: "NOT_FOUND",
      field: "input.attachmentIds",
    });
  });

  test("can be sent as a bot only by an agent, under a name of 1 to 200 characters", async () => {
    expect(await failToSend(visitor.client, { text: "Hello", asBot: "Robot" })).toMatchObject({ code: "FORBIDDEN" });
    const { conversationId } = visitor;
    for (const asBot of ["", "   ", "\0", "x".repeat(201), "🤖".repeat(201)]) {
      expect(await failToSend(agent.client, { conversationId, text: "Hello", asBot })).toMatchObject({
        code: "BAD_USER_INPUT",
        field: "input.asBot",
      });
    }
    await send(agent.client, { conversationId, text: "Hello", asBot: "🤖".repeat(200) });
  });

  test("from an agent requires a conversation", async () => {
    expect(await failToSend(agent.client, { text: "Hello" })).toMatchObject({
      code: "BAD_USER_INPUT",
      field: "input.conversationId",
    });
  });
});

describe("A repeated clientMessageId", () => {
  test("returns the first message, regardless of the repeated input", async () => {
    for (const client of [visitor.client, agent.client]) {
      const input = { conversationId: visitor.conversationId, clientMessageId: v7() };
      const first = await send(client, { ...input, text: "Once" });
      expect(await send(client, { ...input, text: "Twice" })).toEqual(first);
      expect(first).toMatchObject({ text: "Once", clientMessageId: input.clientMessageId });
    }
  });

  test("sent five times concurrently creates one message, also when it starts the conversation", async () => {
    const client = await newcomer();
    const firstInput = { text: "Hello?", clientMessageId: v7() };
    const started = await Promise.all(Array.from({ length: 5 }, () => send(client, firstInput)));
    expect(new Set(started.map((message) => message.id)).size).toBe(1);
    const nextInput = { text: "Anybody?", clientMessageId: v7(), conversationId: started[0]?.conversation.id };
    const continued = await Promise.all(Array.from({ length: 5 }, () => send(client, nextInput)));
    expect(new Set(continued.map((message) => message.id)).size).toBe(1);
    const { conversations } = await client.do("{ conversations { nodes { messages { nodes { text } } } } }");
    expect(conversations.nodes).toEqual([{ messages: { nodes: [{ text: "Hello?" }, { text: "Anybody?" }] } }]);
  });

  test("is scoped to its author", async () => {
    const clientMessageId = v7();
    const { conversationId } = visitor;
    const question = await send(visitor.client, { conversationId, text: "Question", clientMessageId });
    const answer = await send(agent.client, { conversationId, text: "Answer", clientMessageId });
    expect(answer.id).not.toBe(question.id);
  });

  test("has 1 to 200 characters", async () => {
    await send(visitor.client, { text: "Fits", clientMessageId: `${v7()}${"x".repeat(164)}` });
    for (const clientMessageId of ["", "x".repeat(201), "a\0b", loneSurrogate]) {
      expect(await failToSend(visitor.client, { text: "Does not", clientMessageId })).toMatchObject({
        code: "BAD_USER_INPUT",
        field: "input.clientMessageId",
      });
    }
  });

  test("returns the first message even after the conversation was closed", async () => {
    const client = await newcomer();
    const input = { text: "Hello?", clientMessageId: v7() };
    const first = await send(client, input);
    await agent.client.do("mutation ($id: ID!) { closeConversation(conversationId: $id) { id } }", {
      id: first.conversation.id,
    });
    expect(await send(client, input)).toEqual(first);
    const { conversation } = await client.do("query ($id: ID!) { conversation(id: $id) { status } }", {
      id: first.conversation.id,
    });
    expect(conversation.status).toBe("CLOSED");
  });
});

describe("Two tabs", () => {
  test("that start a conversation concurrently create one", async () => {
    const client = await newcomer();
    const sent = await Promise.all(["From one", "From the other"].map((text) => send(client, { text })));
    expect(new Set(sent.map((message) => message.conversation.id)).size).toBe(1);
    const { conversations } = await client.do("{ conversations { nodes { messages { nodes { text } } } } }");
    expect(conversations.nodes).toHaveLength(1);
    expect(conversations.nodes[0].messages.nodes).toHaveLength(2);
  });

  test("that reopen a closed conversation concurrently reopen it once", async () => {
    const client = await newcomer();
    const { conversation } = await send(client, { text: "Hello?" });
    await agent.client.do("mutation ($id: ID!) { closeConversation(conversationId: $id) { id } }", {
      id: conversation.id,
    });
    const sent = await Promise.all(
      ["One", "Two"].map((text) => send(client, { conversationId: conversation.id, text })),
    );
    expect(sent.map((message) => message.conversation.id)).toEqual([conversation.id, conversation.id]);
    const { conversations } = await client.do("{ conversations { nodes { status lastMessage { id } } } }");
    expect(conversations.nodes).toHaveLength(1);
    expect(conversations.nodes[0].status).toBe("OPEN");
  });
});

/** Every operation that takes an id, with its other arguments. `$id` is the id under test. */
const byId: Readonly<Record<string, { readonly staffOnly: boolean; readonly text: string }>> = {
  sendMessage: { staffOnly: false, text: 'sendMessage(input: { conversationId: $id, text: "Hello" }) { id }' },
  markRead: { staffOnly: false, text: "markRead(input: { conversationId: $id, messageId: $id }) { id }" },
  setTyping: { staffOnly: false, text: "setTyping(conversationId: $id)" },
  updateVisitor: { staffOnly: true, text: 'updateVisitor(input: { visitorId: $id, name: "Ana" }) { id }' },
  assignConversation: { staffOnly: true, text: "assignConversation(input: { conversationId: $id }) { id }" },
  closeConversation: { staffOnly: true, text: "closeConversation(conversationId: $id) { id }" },
  reopenConversation: { staffOnly: true, text: "reopenConversation(conversationId: $id) { id }" },
  forwardNow: { staffOnly: true, text: "forwardNow(conversationId: $id) { id }" },
  holdForwarding: { staffOnly: true, text: "holdForwarding(conversationId: $id) { id }" },
  releaseForwarding: { staffOnly: true, text: "releaseForwarding(conversationId: $id) { id }" },
  revokeResumeCodes: { staffOnly: true, text: "revokeResumeCodes(conversationId: $id) { id }" },
  retryDelivery: { staffOnly: true, text: "retryDelivery(deliveryId: $id) { id }" },
  updateAgent: { staffOnly: true, text: 'updateAgent(input: { agentId: $id, name: "Ben" }) { id }' },
  removeAgent: { staffOnly: true, text: "removeAgent(agentId: $id) { id }" },
  eraseVisitor: { staffOnly: true, text: "eraseVisitor(visitorId: $id) { id }" },
};
const wrongIds = [v7(), "", "42", "not-an-id", "'; DROP TABLE visitors; --", "\0", loneSurrogate, "x".repeat(5_000)];

describe("An unknown or malformed id", () => {
  test.each(Object.entries(byId))("is NOT_FOUND in %s", async (_, { staffOnly, text }) => {
    for (const client of staffOnly ? [agent.client] : [agent.client, visitor.client]) {
      for (const id of wrongIds) {
        const { extensions } = await client.fail(`mutation ($id: ID!) { ${text} }`, { id });
        expect({ id, code: extensions.code }).toEqual({ id, code: "NOT_FOUND" });
      }
    }
  });

  test("yields null or an empty list in queries", async () => {
    for (const id of wrongIds) {
      for (const client of [agent.client, visitor.client]) {
        expect(await client.do("query ($id: ID!) { conversation(id: $id) { id } }", { id })).toEqual({
          conversation: null,
        });
      }
      const found = await agent.client.do(
        `query ($id: ID!) {
          ofConversation: deliveries(filter: { conversationId: $id }) { nodes { id } }
          byChannel: deliveries(filter: { channel: $id }) { nodes { id } }
          ofAssignee: conversations(filter: { assigneeId: $id }) { nodes { id } }
          onChannel: conversations(filter: { channel: $id }) { nodes { id } } }`,
        { id },
      );
      for (const list of Object.values(found)) expect(list).toEqual({ nodes: [] });
    }
  });

  test("of a message or an agent is NOT_FOUND in a conversation that exists", async () => {
    const { conversationId } = visitor;
    for (const id of wrongIds) {
      const read = await visitor.client.fail("mutation ($input: MarkReadInput!) { markRead(input: $input) { id } }", {
        input: { conversationId, messageId: id },
      });
      const assigned = await agent.client.fail(
        "mutation ($input: AssignConversationInput!) { assignConversation(input: $input) { id } }",
        { input: { conversationId, agentId: id } },
      );
      expect([read.extensions.code, assigned.extensions.code]).toEqual(["NOT_FOUND", "NOT_FOUND"]);
    }
  });

  test("ends a subscription with NOT_FOUND, and the connection stays open", async () => {
    const connection = await visitor.client.connect();
    for (const id of [v7(), "not-an-id"]) {
      const events = connection.subscribe("subscription ($id: ID) { messageAdded(conversationId: $id) { id } }", {
        id,
      });
      expect(await events.next()).toMatchObject({ data: null, errors: [{ extensions: { code: "NOT_FOUND" } }] });
    }
    await connection.close();
  });
});

describe("An id of another visitor's data", () => {
  test("gets the same response as an unknown one", async () => {
    const other = await newcomer();
    const { conversation, id: messageId } = await send(other, { text: "Mine" });
    const { id } = conversation;
    expect(await visitor.client.do("query ($id: ID!) { conversation(id: $id) { id } }", { id })).toEqual({
      conversation: null,
    });
    for (const { staffOnly, text } of Object.values(byId)) {
      if (staffOnly) continue;
      const foreign = await visitor.client.fail(`mutation ($id: ID!) { ${text} }`, { id });
      const unknown = await visitor.client.fail(`mutation ($id: ID!) { ${text} }`, { id: v7() });
      expect(foreign.extensions).toEqual(unknown.extensions);
      expect(foreign.message).toBe(unknown.message);
    }
    // A message of another conversation is not part of this one.
    for (const client of [visitor.client, agent.client]) {
      const { extensions } = await client.fail("mutation ($input: MarkReadInput!) { markRead(input: $input) { id } }", {
        input: { conversationId: visitor.conversationId, messageId },
      });
      expect(extensions.code).toBe("NOT_FOUND");
    }
  });
});

describe("An email address", () => {
  test.each([
    ["without a domain", "ana@"],
    ["without an at sign", "ana.example.com"],
    ["empty", ""],
    ["blank", "   "],
    ["that is a list", "ana@example.com, ben@example.com"],
    ["that is a list without a space", "ana@example.com;ben@example.com"],
    ["with a line break", "ana@example.com\r\nBcc: ben@example.com"],
    ["with an SMTP command", "ana@example.com>\r\nRCPT TO:<ben@example.com"],
    ["with a name", "Ana <ana@example.com>"],
    ["with quotes", '"ana ben"@example.com'],
    ["with a comment", "ana(comment)@example.com"],
    ["with a UTF-8 local part", "añá@example.com"],
    ["of an IP address", "ana@[127.0.0.1]"],
    ["with NUL", "ana\0@example.com"],
    ["with half an emoji", `ana${loneSurrogate}@example.com`],
    ["of 255 characters", `${"a".repeat(64)}@${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(58)}.com`],
    ["with a local part of 65 characters", `${"a".repeat(65)}@example.com`],
    ["with two dots", "ana..ben@example.com"],
  ])("%s is refused, whether a visitor or an agent enters it", async (_, email) => {
    const client = await program.startVisitor();
    const { viewer } = await client.do("{ viewer { ... on Visitor { id } } }");
    const refusals = [
      await client.fail(submitMutation, { input: { email } }),
      await agent.client.fail("mutation ($input: UpdateVisitorInput!) { updateVisitor(input: $input) { id } }", {
        input: { visitorId: viewer.id, email },
      }),
    ];
    for (const { extensions } of refusals)
      expect(extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "input.email" });
    const { viewer: after } = await client.do("{ viewer { ... on Visitor { email identified } } }");
    expect(after).toEqual({ email: null, identified: false });
  });

  test.each([
    ["ana+bike@example.com", "ana+bike@example.com"],
    ["Ana@Example.COM", "Ana@example.com"],
    ["  ana@example.com ", "ana@example.com"],
    ["ana@bücher.example", "ana@xn--bcher-kva.example"],
    ["ana@localhost", "ana@localhost"],
    [`${"a".repeat(64)}@${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(57)}.com`, null],
  ])("such as %s is accepted", async (email, stored) => {
    const client = await program.startVisitor();
    const { submitContactForm } = await client.do(submitMutation, { input: { email } });
    expect(submitContactForm.email).toBe(stored ?? email);
  });
});

describe("A name", () => {
  test("has at most 200 characters, on one line", async () => {
    const client = await newcomer();
    const email = "ana@example.com";
    for (const name of ["x".repeat(201), "🚲".repeat(201)]) {
      const { extensions } = await client.fail(submitMutation, { input: { email, name } });
      expect(extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "input.name" });
    }
    const long = await client.do(submitMutation, { input: { email, name: "🚲".repeat(200) } });
    expect(long.submitContactForm.name).toBe("🚲".repeat(200));
    const odd = await client.do(submitMutation, { input: { email, name: "  Ana\r\nBcc: \0ben\u202e  " } });
    expect(odd.submitContactForm.name).toBe("Ana Bcc: ben");
    const blank = await client.do(submitMutation, { input: { email, name: " \u202e " } });
    expect(blank.submitContactForm.name).toBe("Ana Bcc: ben");
  });
});

describe("Browser information", () => {
  const startMutation = `mutation ($input: StartSessionInput!) { startSession(input: $input) {
    visitor { locale timeZone page } } }`;

  test.each([
    [
      { locale: "en_US!", timeZone: "Mars/Olympus" },
      { locale: null, timeZone: null },
    ],
    [
      { locale: "", timeZone: "" },
      { locale: null, timeZone: null },
    ],
    [
      { locale: "x".repeat(5_000), timeZone: "x".repeat(5_000) },
      { locale: null, timeZone: null },
    ],
    [
      { locale: "de\0", timeZone: "Europe/Berlin\0" },
      { locale: null, timeZone: null },
    ],
    [
      { locale: "DE-de", timeZone: "europe/berlin" },
      { locale: "de-DE", timeZone: expect.stringMatching(/^europe\/berlin$/i) },
    ],
  ])("keeps a valid language and time zone, and ignores invalid ones: %j", async (input, visit) => {
    const { startSession } = await program.client.do(startMutation, { input });
    expect(startSession.visitor).toMatchObject(visit);
  });

  test.each([
    "javascript:alert(1)",
    "bikes",
    "//elsewhere.example/x",
    "/a\0b",
    "ftp://example.com/",
    `/${"x".repeat(2_000)}`,
  ])("with an invalid page is refused: %j", async (page) => {
    const { extensions } = await program.client.fail(startMutation, { input: { page } });
    expect(extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "input.page" });
    const moved = await visitor.client.fail("mutation ($page: String) { recordActivity(page: $page) { id } }", {
      page,
    });
    expect(moved.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "page" });
  });

  test("may have a URL or a path as the page", async () => {
    for (const page of ["https://example.com/bikes?size=54#red", "/bikes", "/räder/🚲"]) {
      const { recordActivity } = await visitor.client.do(
        "mutation ($page: String) { recordActivity(page: $page) { page } }",
        { page },
      );
      expect(recordActivity.page).toBe(page);
    }
  });
});

describe("The forwarding preference", () => {
  test.each([
    ["visitorLeftDelaySeconds", 0, 86_400],
    ["inactivityDelaySeconds", 60, 604_800],
    ["settleSeconds", 0, 600],
    ["contextMessages", 0, 50],
    ["shortConversationMessages", 0, 100],
  ])("accepts %s from %d to %d only", async (field, min, max) => {
    for (const value of [min, max])
      expect(await agent.updatePreference({ [field]: value })).toMatchObject({ [field]: value });
    for (const value of [min - 1, max + 1, -2_147_483_648, 2_147_483_647]) {
      const { extensions } = await failToUpdate({ [field]: value });
      expect(extensions).toMatchObject({ code: "BAD_USER_INPUT", field: `input.${field}` });
    }
    for (const value of [1.5, "60", 1e12]) {
      const { extensions } = await failToUpdate({ [field]: value });
      expect(extensions.code).toBe("BAD_USER_INPUT");
    }
    expect(await agent.updatePreference({})).toMatchObject({ [field]: max });
  });

  test("is unchanged when one of several fields is invalid", async () => {
    const before = await agent.updatePreference({});
    await failToUpdate({ contextMessages: 3, settleSeconds: 601 });
    expect(await agent.updatePreference({})).toEqual(before);
  });

  async function failToUpdate(input: Data) {
    return agent.client.fail(
      "mutation ($input: UpdateForwardingPreferenceInput!) { updateForwardingPreference(input: $input) { mode } }",
      { input },
    );
  }
});

describe("A list", () => {
  test.each(["conversations(first: $first)", "deliveries(first: $first)"])(
    "%s returns pages of at most 100",
    async (list) => {
      const query = `query ($first: Int) { ${list} { nodes { id } } }`;
      await agent.client.do(query, { first: 100 });
      for (const first of [-1, 101]) {
        expect((await agent.client.fail(query, { first })).extensions).toMatchObject({
          code: "BAD_USER_INPUT",
          field: "first",
        });
      }
    },
  );

  test("refuses a cursor that is not its own", async () => {
    const cursors = [
      "",
      "x",
      "\0",
      Buffer.from('["2026-01-01"]').toString("base64url"),
      Buffer.from("[1]").toString("base64url"),
    ];
    for (const after of cursors) {
      for (const list of ["conversations", "deliveries"]) {
        const { extensions } = await agent.client.fail(
          `query ($after: String) { ${list}(after: $after) { nodes { id } } }`,
          { after },
        );
        expect(extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "after" });
      }
    }
    for (const before of [
      "",
      "x",
      Buffer.from("[-1]").toString("base64url"),
      Buffer.from("[1e20]").toString("base64url"),
    ]) {
      const { extensions } = await agent.client.fail(
        "query ($id: ID!, $before: String) { conversation(id: $id) { messages(last: 1, before: $before) { nodes { id } } } }",
        { id: visitor.conversationId, before },
      );
      expect(extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "before" });
    }
  });

  test("is searched by words, ignoring other characters", async () => {
    for (const search of ["bike", "BIKE?", "bike & | ! ( )", "'bike'", "bike:*", "bike\0", `bike${loneSurrogate}`]) {
      const { conversations } = await agent.client.do(
        "query ($search: String) { conversations(filter: { search: $search }) { nodes { id } } }",
        { search },
      );
      expect(conversations.nodes).toEqual([{ id: visitor.conversationId }]);
    }
  });
});

describe("Invalid credentials", () => {
  test.each([
    ["\0@example.com", "\0"],
    [loneSurrogate, loneSurrogate],
    ["x".repeat(100_000), "x".repeat(100_000)],
    ["", ""],
  ])("are UNAUTHENTICATED when signing in", async (email, password) => {
    const { extensions } = await program.client.fail(
      "mutation ($input: SignInInput!) { signIn(input: $input) { token } }",
      { input: { email, password } },
    );
    expect(extensions.code).toBe("UNAUTHENTICATED");
  });

  test.each(["x", "\0", "a.b.c", `${loneSurrogate}`, "x".repeat(100_000)])(
    "start a new session when resuming",
    async (text) => {
      const { startSession } = await program.client.do(
        "mutation ($input: StartSessionInput!) { startSession(input: $input) { kind conversation { id } } }",
        { input: { token: text, resume: text } },
      );
      expect(startSession).toEqual({ kind: "NEW", conversation: null });
    },
  );
});
