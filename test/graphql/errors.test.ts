import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { SignJWT } from "jose";
import { v7 } from "uuid";
import { Connection, type Data, type GraphqlClient } from "../support/app/graphql-client.js";
import { TestContext } from "../support/app/test-context.js";

const secret = "a secret of the tests that is long enough";
const identitySecret = "the website and afterchat share this";
const sendMessage = "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }";
const updatePreference =
  "mutation ($input: UpdateForwardingPreferenceInput!) { updateForwardingPreference(input: $input) { mode } }";
const updateVisitor = "mutation ($input: UpdateVisitorInput!) { updateVisitor(input: $input) { id } }";

let context: TestContext;
let admin: GraphqlClient;
beforeAll(async () => {
  context = await TestContext.setup({ IDENTITY_SECRET: identitySecret }, { agent: "offline" });
  admin = context.agent.client;
});
afterAll(() => context?.teardown());

const onConversation = (field: string): string => `mutation ($id: ID!) { ${field}(conversationId: $id) { id } }`;

async function withRule<T>(rule: string, work: () => Promise<T>): Promise<T> {
  const change = "mutation ($rule: ContactFormRule!) { updateContactForm(input: { whenOffline: $rule }) { current } }";
  await admin.do(change, { rule });
  try {
    return await work();
  } finally {
    await admin.do(change, { rule: "OFF" });
  }
}

describe("CONTACT_FORM_REQUIRED", () => {
  test("for an unidentified visitor's message that would begin or reopen a conversation, but not in an open one", async () => {
    const running = await context.startConversation();
    const closed = await context.startConversation();
    await admin.do(onConversation("closeConversation"), { id: closed.conversationId });
    const newcomer = await context.app.startVisitor();
    await withRule("REQUIRED", async () => {
      const refused = await newcomer.fail(sendMessage, { input: { text: "Hello" } });
      expect(refused.extensions).toEqual({ code: "CONTACT_FORM_REQUIRED" });
      const { extensions } = await closed.client.fail(sendMessage, {
        input: { conversationId: closed.conversationId, text: "Hello" },
      });
      expect(extensions).toEqual({ code: "CONTACT_FORM_REQUIRED" });
      await running.client.do(sendMessage, { input: { text: "Hello again" } });
      await newcomer.do(sendMessage, { input: { text: "I am at ana@example.com" } });
    });
  });
});

describe("CONVERSATION_CLOSED", () => {
  test("for an agent who writes into a closed conversation; a visitor who does reopens it", async () => {
    const { client, conversationId } = await context.startConversation();
    await admin.do(onConversation("closeConversation"), { id: conversationId });
    const input = { conversationId, text: "Hello" };
    expect((await admin.fail(sendMessage, { input })).extensions).toEqual({ code: "CONVERSATION_CLOSED" });
    await client.do(sendMessage, { input });
    await admin.do(sendMessage, { input });
  });
});

describe("DELIVERY_NOT_POSSIBLE", () => {
  async function reasonFor(conversationId: string): Promise<unknown> {
    const { extensions } = await admin.fail(onConversation("forwardNow"), { id: conversationId });
    expect(Object.keys(extensions).sort()).toEqual(["code", "reason"]);
    expect(extensions.code).toBe("DELIVERY_NOT_POSSIBLE");
    return extensions.reason;
  }

  test("gives the reason", async () => {
    const known = await context.startConversation("Hello", { email: "ana@example.com" });
    expect(await reasonFor(known.conversationId)).toBe("NOTHING_PENDING");
    const unknown = await context.startConversation();
    await context.sendMessage(admin, unknown.conversationId, "A reply");
    expect(await reasonFor(unknown.conversationId)).toBe("NO_ADDRESS");
    await context.sendMessage(admin, known.conversationId, "A reply");
    await admin.do(updatePreference, { input: { mode: "NOTHING" } });
    expect(await reasonFor(known.conversationId)).toBe("DISABLED");
    await admin.do(updatePreference, { input: { mode: "UNREAD_REPLIES" } });
    await context.forward(known.conversationId);
  });

  test("for the retry of a delivery with nothing pending", async () => {
    const { client, conversationId } = await context.startConversation("Hello", { email: "ben@example.com" });
    const messageId = await context.sendMessage(admin, conversationId, "A reply");
    context.mail.behave(() => ({ code: 550, message: "Not today" }));
    const deliveryId = await context.forward(conversationId);
    context.mail.behave(() => null);
    await client.do("mutation ($input: MarkReadInput!) { markRead(input: $input) { id } }", {
      input: { conversationId, messageId },
    });
    const { extensions } = await admin.fail("mutation ($id: ID!) { retryDelivery(deliveryId: $id) { id } }", {
      id: deliveryId,
    });
    expect(extensions).toEqual({ code: "DELIVERY_NOT_POSSIBLE", reason: "NOTHING_PENDING" });
  });
});

describe("CONFLICT", () => {
  test("for a change that would leave no admin, an address that is taken, and the retry of a sent delivery", async () => {
    const demote = "mutation ($id: ID!) { updateAgent(input: { agentId: $id, role: AGENT }) { id } }";
    const id = context.agent.id;
    expect((await admin.fail(demote, { id })).extensions).toEqual({ code: "CONFLICT" });
    expect((await admin.fail("mutation ($id: ID!) { removeAgent(agentId: $id) { id } }", { id })).extensions).toEqual({
      code: "CONFLICT",
    });
    const duplicate = {
      email: context.agent.email.toUpperCase(),
      name: "Duplicate",
      password: "a password",
      role: "AGENT",
    };
    const create = "mutation ($input: CreateAgentInput!) { createAgent(input: $input) { id } }";
    expect((await admin.fail(create, { input: duplicate })).extensions.code).toBe("CONFLICT");
    const { conversationId } = await context.startConversation("Hello", { email: "ana@example.com" });
    await context.sendMessage(admin, conversationId, "A reply");
    const sent = await context.forward(conversationId);
    const retry = "mutation ($id: ID!) { retryDelivery(deliveryId: $id) { id } }";
    expect((await admin.fail(retry, { id: sent })).extensions).toEqual({ code: "CONFLICT" });
  });

  test("for every write to an erased visitor", async () => {
    const { visitorId, conversationId } = await context.startConversation();
    const erase = "mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }";
    await admin.do(erase, { id: visitorId });
    const writes: [string, Data][] = [
      [erase, { id: visitorId }],
      [updateVisitor, { input: { visitorId, name: "Ana" } }],
      [updateVisitor, { input: { visitorId, email: "ana@example.com" } }],
      [onConversation("reopenConversation"), { id: conversationId }],
      [onConversation("revokeResumeCodes"), { id: conversationId }],
    ];
    for (const [text, variables] of writes) {
      expect((await admin.fail(text, variables)).extensions).toEqual({ code: "CONFLICT" });
    }
  });
});

describe("RATE_LIMITED", () => {
  test("for the eleventh guess of a password, with the time to wait", async () => {
    const { email } = await context.createAgent();
    const signIn = "mutation ($input: SignInInput!) { signIn(input: $input) { token } }";
    const guesses: Data[] = [];
    for (let guess = 0; guess < 11; guess += 1) {
      const { extensions, message } = await context.app.client.fail(signIn, {
        input: { email, password: `guess ${guess}` },
      });
      expect(message).not.toContain("guess");
      guesses.push(extensions);
    }
    expect(guesses.slice(0, 10)).toEqual(Array(10).fill({ code: "UNAUTHENTICATED" }));
    expect(guesses[10]).toEqual({ code: "RATE_LIMITED", retryAfterSeconds: expect.any(Number) });
    expect(guesses[10]?.retryAfterSeconds).toBeGreaterThan(0);
    expect(guesses[10]?.retryAfterSeconds).toBeLessThanOrEqual(900);
  });
});

describe("BAD_USER_INPUT", () => {
  const limits: [Data, string][] = [
    [{ visitorLeftDelaySeconds: -1 }, "visitorLeftDelaySeconds"],
    [{ visitorLeftDelaySeconds: 86_401 }, "visitorLeftDelaySeconds"],
    [{ inactivityDelaySeconds: 59 }, "inactivityDelaySeconds"],
    [{ inactivityDelaySeconds: 604_801 }, "inactivityDelaySeconds"],
    [{ settleSeconds: -1 }, "settleSeconds"],
    [{ settleSeconds: 601 }, "settleSeconds"],
    [{ contextMessages: -1 }, "contextMessages"],
    [{ contextMessages: 51 }, "contextMessages"],
    [{ shortConversationMessages: -1 }, "shortConversationMessages"],
    [{ shortConversationMessages: 101 }, "shortConversationMessages"],
  ];
  test.each(limits)("names the field of a preference outside its limits: %j", async (input, field) => {
    expect((await admin.fail(updatePreference, { input })).extensions).toEqual({
      code: "BAD_USER_INPUT",
      field: `input.${field}`,
    });
  });

  test("values at the limits are accepted", async () => {
    const lowest = {
      visitorLeftDelaySeconds: 0,
      inactivityDelaySeconds: 60,
      settleSeconds: 0,
      contextMessages: 0,
      shortConversationMessages: 0,
    };
    const highest = {
      visitorLeftDelaySeconds: 86_400,
      inactivityDelaySeconds: 604_800,
      settleSeconds: 600,
      contextMessages: 50,
      shortConversationMessages: 100,
    };
    const defaults = {
      visitorLeftDelaySeconds: 300,
      inactivityDelaySeconds: 1_800,
      settleSeconds: 30,
      contextMessages: 4,
      shortConversationMessages: 10,
    };
    for (const input of [lowest, highest, defaults]) await admin.do(updatePreference, { input });
  });

  const messages: [string, Data, string][] = [
    ["an empty text", { text: " \n" }, "input.text"],
    ["a text of 10,001 characters", { text: "💬".repeat(10_001) }, "input.text"],
    ["an empty clientMessageId", { text: "Hello", clientMessageId: "" }, "input.clientMessageId"],
  ];
  test.each(messages)("names the field of a message: %s", async (_, input, field) => {
    const { client } = await context.startConversation();
    expect((await client.fail(sendMessage, { input })).extensions).toEqual({ code: "BAD_USER_INPUT", field });
  });

  test("a text of maximum length and one with characters that cannot be stored are accepted", async () => {
    const { client } = await context.startConversation();
    await client.do(sendMessage, { input: { text: "💬".repeat(10_000) } });
    await client.do(sendMessage, { input: { text: "a\u0000b \ud800" } });
  });

  const identities: [string, () => Promise<string>][] = [
    ["with a forged signature", () => identity({ sub: "1" }, 600, "another secret that is long enough, too")],
    ["that has expired", () => identity({ sub: "1" }, -600)],
    ["that is valid for more than an hour", () => identity({ sub: "1" }, 7_200)],
    ["without a sub", () => identity({}, 600)],
    ["that is not a JWT", async () => "nonsense"],
  ];
  test.each(identities)("names the field of an identity %s", async (_, token) => {
    const { extensions } = await context.app.client.fail(
      "mutation ($input: StartSessionInput!) { startSession(input: $input) { kind } }",
      { input: { identity: { token: await token() } } },
    );
    expect(extensions).toEqual({ code: "BAD_USER_INPUT", field: "input.identity.token" });
  });

  async function identity(claims: Data, aheadSeconds: number, key = identitySecret): Promise<string> {
    const now = context.app.services.clock.now().getTime();
    return new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256" })
      .setExpirationTime(new Date(now + aheadSeconds * 1_000))
      .sign(Buffer.from(key));
  }

  test("names the field of invalid addresses, names and passwords", async () => {
    const visitor = await context.app.startVisitor();
    const { visitorId } = await context.startConversation();
    const submit = "mutation ($input: SubmitContactFormInput!) { submitContactForm(input: $input) { id } }";
    const create = "mutation ($input: CreateAgentInput!) { createAgent(input: $input) { id } }";
    const agent = { email: "cleo@example.com", name: "Cleo", password: "a password", role: "AGENT" };
    const change = "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { token } }";
    const invalid: [GraphqlClient, string, Data, string][] = [
      [visitor, submit, { email: "nobody" }, "input.email"],
      [visitor, submit, { email: "ana@example.com", name: "A".repeat(201) }, "input.name"],
      [visitor, 'mutation { recordActivity(page: "javascript:alert(1)") { id } }', {}, "page"],
      [admin, updateVisitor, { visitorId, email: "ana@" }, "input.email"],
      [admin, create, { ...agent, email: "cleo" }, "input.email"],
      [admin, create, { ...agent, name: " " }, "input.name"],
      [admin, create, { ...agent, password: "short" }, "input.password"],
      [admin, change, { current: "wrong", next: "a new password" }, "input.current"],
      [admin, change, { current: context.agent.password, next: "short" }, "input.next"],
    ];
    for (const [client, text, input, field] of invalid) {
      expect((await client.fail(text, { input })).extensions).toEqual({ code: "BAD_USER_INPUT", field });
    }
  });
});

describe("a value that does not fit its type", () => {
  const invalid: [string, Data, string][] = [
    [updatePreference, { input: { mode: "confidential" } }, "input.mode"],
    [updatePreference, { input: { settleSeconds: "confidential" } }, "input.settleSeconds"],
    [updatePreference, { input: { settleSeconds: 2_147_483_648 } }, "input.settleSeconds"],
    [updatePreference, { input: { unknownField: 1 } }, "input.unknownField"],
    [sendMessage, { input: { text: { confidential: 1 } } }, "input.text"],
    [sendMessage, { input: {} }, "input.text"],
    [sendMessage, {}, "input"],
    ["query ($first: Int) { conversations(first: $first) { nodes { id } } }", { first: "confidential" }, "first"],
    ["query ($id: ID!) { conversation(id: $id) { id } }", { id: { confidential: 1 } }, "id"],
    ["query ($id: ID!) { conversation(id: $id) { id } }", { id: null }, "id"],
  ];
  test.each(invalid)("is BAD_USER_INPUT, with the field but not the value (%#)", async (text, variables, field) => {
    const overHttp = await admin.fail(text, variables);
    const connection = await admin.connect();
    const overSocket = await connection
      .subscribe(text, variables)
      .next()
      .catch(([refusal]) => refusal);
    for (const error of [overHttp, overSocket]) {
      expect(error.extensions).toEqual({ code: "BAD_USER_INPUT", field });
      expect(error.message).not.toContain("confidential");
    }
    await connection.close();
  });

  test("does not expose a password written in the operation's text", async () => {
    const error = await context.app.client.fail(
      'mutation { signIn(input: { email: "ana@example.com", password: 31415926 }) { token } }',
    );
    expect(error.extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
    expect(error.message).toBe("String cannot represent a non string value.");
    const nested = await context.app.client.fail('mutation { signIn(input: "a secret") { token } }');
    expect(nested.message).toBe('Expected value of type "SignInInput!".');
  });
});

describe("INTERNAL_SERVER_ERROR", () => {
  test("does not reveal the cause, over HTTP and WebSocket", async () => {
    const { database } = context.app.services;
    const rename = (text: string) => database.query({ name: text.replaceAll(" ", "-"), text }, []);
    const connection = await admin.connect();
    await rename("ALTER TABLE forwarding_preference RENAME TO hidden_preference");
    try {
      const answers = [
        await admin.ask("{ forwardingPreference { mode } }"),
        await connection.subscribe("{ forwardingPreference { mode } }").next(),
      ];
      for (const { errors } of answers) {
        expect(errors?.[0]?.extensions).toEqual({ code: "INTERNAL_SERVER_ERROR" });
        expect(JSON.stringify(errors)).not.toMatch(/relation|forwarding_preference|select|stack/);
      }
    } finally {
      await rename("ALTER TABLE hidden_preference RENAME TO forwarding_preference");
    }
    await admin.do("{ forwardingPreference { mode } }");
    await connection.close();
  });

  test("is not caused by characters that the database cannot store", async () => {
    const nul = "a\u0000b";
    const { client, conversationId, visitorId } = await context.startConversation();
    const requests: [GraphqlClient, string, Data][] = [
      [admin, "query ($text: String) { conversations(filter: { search: $text }) { nodes { id } } }", { text: nul }],
      [
        admin,
        "query ($text: String) { conversations(filter: { search: $text }) { nodes { id } } }",
        { text: "a".repeat(5_000) },
      ],
      [admin, "query ($id: ID) { conversations(filter: { channel: $id }) { nodes { id } } }", { id: nul }],
      [admin, "query ($id: ID) { deliveries(filter: { channel: $id }) { nodes { id } } }", { id: nul }],
      [client, sendMessage, { input: { text: nul, clientMessageId: nul } }],
      [admin, sendMessage, { input: { conversationId, text: nul, asBot: nul } }],
      [admin, updateVisitor, { input: { visitorId, name: nul } }],
      [client, "mutation ($page: String) { recordActivity(page: $page) { id } }", { page: `/${nul}` }],
      [
        context.app.client,
        "mutation ($input: SignInInput!) { signIn(input: $input) { token } }",
        { input: { email: nul, password: nul } },
      ],
      [
        context.app.client,
        "mutation ($input: StartSessionInput!) { startSession(input: $input) { kind } }",
        { input: { token: nul, resume: nul, locale: nul, timeZone: nul, page: `/${nul}` } },
      ],
      [
        client,
        "mutation ($input: SubmitContactFormInput!) { submitContactForm(input: $input) { id } }",
        { input: { email: `${nul}@example.com`, name: nul } },
      ],
      [
        admin,
        "mutation ($input: CreateAgentInput!) { createAgent(input: $input) { id } }",
        { input: { email: "nul@example.com", name: nul, password: `${nul} password`, role: "AGENT" } },
      ],
    ];
    for (const [caller, text, variables] of requests) {
      const { errors } = await caller.ask(text, variables);
      expect([text, errors?.[0]?.extensions.code]).not.toEqual([text, "INTERNAL_SERVER_ERROR"]);
    }
  });
});

async function post(body: string, headers: Record<string, string> = {}): Promise<{ status: number; answer: Data }> {
  const response = await fetch(`${context.app.client.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  const text = await response.text();
  return { status: response.status, answer: text.startsWith("{") ? JSON.parse(text) : { text } };
}

describe("refuses requests before execution", () => {
  const deep = `{ viewer { ... on Visitor { id } } conversation(id: 1) { ${"lastMessage { conversation { ".repeat(7)} id ${"} } ".repeat(7)} } }`;
  const aliases = `{ ${Array.from({ length: 21 }, (_, index) => `a${index}: conversations(first: 100) { nodes { messages(last: 9) { nodes { id } } } }`).join(" ")} }`;

  test.each([
    [
      "that are larger than a megabyte",
      JSON.stringify({ query: "{ contactForm { current } }", variables: { a: "x".repeat(1_100_000) } }),
      413,
    ],
    ["that are not JSON", "{", 400],
    ["that are too deep", JSON.stringify({ query: deep }), 400],
    ["with too many aliases of the same field", JSON.stringify({ query: aliases }), 400],
    ["of too many tokens", JSON.stringify({ query: `{ ${"viewer ".repeat(1_001)}}` }), 400],
    ["of several operations in a batch", JSON.stringify([{ query: "{ contactForm { current } }" }]), 400],
    ["without an operation", "{}", 400],
    ["for a field that does not exist", JSON.stringify({ query: "{ secrets }" }), 400],
  ])("%s", async (_, body, status) => {
    const refused = await post(body);
    expect(refused.status).toBe(status);
    expect(refused.answer.errors[0].extensions.code).toMatch(
      /^(BAD_REQUEST|GRAPHQL_PARSE_FAILED|GRAPHQL_VALIDATION_FAILED)$/,
    );
    expect(refused.answer.errors[0].extensions).not.toHaveProperty("stacktrace");
  });

  test("that are too deep or have too many aliases, over a WebSocket too", async () => {
    const page = await context.app.client.connect();
    for (const text of [deep, aliases]) {
      await expect(page.subscribe(text).next()).rejects.toMatchObject([
        { extensions: { code: "GRAPHQL_VALIDATION_FAILED" } },
      ]);
    }
    await page.close();
  });

  test("of any other content type than JSON, which a browser would send without a preflight", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
      const { status } = await post('{"query":"mutation { signOut }"}', { "content-type": type });
      expect([400, 415]).toContain(status);
    }
  });

  test("by GET: mutations always, queries unless the browser had to send a preflight", async () => {
    const get = (query: string, headers: Record<string, string> = {}) =>
      fetch(`${context.app.client.url}/graphql?query=${encodeURIComponent(query)}`, { headers });
    const preflighted = { "apollo-require-preflight": "1" };
    expect((await get("{ contactForm { current } }")).status).toBe(400);
    const response = await get("{ viewer { __typename } }", preflighted);
    expect([response.status, await response.json()]).toEqual([
      200,
      { data: { viewer: null }, extensions: { cost: 2 } },
    ]);
    expect((await get("mutation { startSession(input: {}) { token } }", preflighted)).status).toBe(405);
  });

  test("but not preflights: any website may call, by token and without cookies", async () => {
    const preflight = await fetch(`${context.app.client.url}/graphql`, {
      method: "OPTIONS",
      headers: {
        origin: "https://shop.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    expect(preflight.headers.get("access-control-allow-methods")).toContain("POST");
    expect(preflight.headers.get("access-control-allow-headers")).toContain("authorization");
    expect(preflight.headers.get("access-control-allow-credentials")).toBeNull();
    const refused = await fetch(`${context.app.client.url}/graphql`, {
      method: "POST",
      body: "{",
      headers: { "content-type": "application/json" },
    });
    expect(refused.headers.get("access-control-allow-origin")).toBe("*");
  });
});

describe("UNAUTHENTICATED", () => {
  const sign = (claims: Data, key: string, algorithm = "HS256") =>
    new SignJWT(claims).setProtectedHeader({ alg: algorithm }).sign(Buffer.from(key));
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const tokens: [string, () => Promise<string>][] = [
    ["that is not a JWT", async () => "nonsense"],
    ["that was signed with another secret", () => sign({ sid: v7() }, "another secret that is long enough, too")],
    ["of an unknown session", () => sign({ sid: v7() }, secret)],
    ["without a session id", () => sign({ sub: "admin" }, secret)],
    ["signed by another algorithm", () => sign({ sid: v7() }, secret.repeat(2), "HS512")],
    ["that is not signed", async () => `${encode({ alg: "none" })}.${encode({ sid: v7() })}.`],
    ["that is far too long", async () => "x".repeat(5_000)],
    ["with a changed signature", async () => `${(await context.app.startVisitor()).token?.slice(0, -6)}AAAAAA`],
    [
      "of a session that has ended",
      async () => {
        const client = await context.app.startVisitor();
        await client.do("mutation { signOut }");
        return client.token ?? "";
      },
    ],
  ];

  test.each(tokens)("for a token %s, over HTTP and WebSocket, for every operation", async (_, token) => {
    const client = context.app.client.as(await token());
    for (const text of [
      "{ viewer { __typename } }",
      "{ contactForm { current } }",
      "mutation { startSession(input: {}) { kind } }",
    ]) {
      expect((await client.fail(text)).extensions).toEqual({ code: "UNAUTHENTICATED" });
    }
    expect((await new Connection(client.url, client.token).closed()).code).toBe(4403);
  });

  test("for another scheme than Bearer", async () => {
    const { status, answer } = await post('{"query":"{ viewer { __typename } }"}', {
      authorization: "Basic YW5hOmFuYQ==",
    });
    expect([status, answer.errors[0].extensions]).toEqual([401, { code: "UNAUTHENTICATED" }]);
  });

  test("for a token of an expired session; use extends a session", async () => {
    const hours = 3_600;
    const agent = await context.app.client.signIn(context.agent.email, context.agent.password);
    const idle = await context.app.client.signIn(context.agent.email, context.agent.password);
    const connection = await idle.connect();
    const visitor = await context.app.startVisitor();
    await context.app.advance(11 * hours);
    await agent.do("{ agents { id } }");
    await context.app.advance(2 * hours);
    await agent.do("{ agents { id } }");
    expect((await idle.fail("{ agents { id } }")).extensions).toEqual({ code: "UNAUTHENTICATED" });
    await expect(idle.connect()).rejects.toThrow("4403");
    // An open socket is checked again with the next operation.
    connection
      .subscribe("{ agents { id } }")
      .next()
      .catch(() => undefined);
    expect((await connection.closed()).code).toBe(4403);
    await context.app.advance(364 * 24 * hours);
    await visitor.do("{ viewer { __typename } }");
    await context.app.advance(366 * 24 * hours);
    expect((await visitor.fail("{ viewer { __typename } }")).extensions).toEqual({ code: "UNAUTHENTICATED" });
    const renewed = await context.app.client.do(
      "mutation ($token: String) { startSession(input: { token: $token }) { kind } }",
      { token: visitor.token },
    );
    expect(renewed.startSession.kind).toBe("NEW");
  });
});
