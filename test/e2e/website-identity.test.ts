import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { SignJWT } from "jose";
import { v7 } from "uuid";
import type { Data, GraphqlClient } from "../support/app/graphql-client.js";
import { resumeCodeOf } from "../support/app/resume-code.js";
import { TestApp } from "../support/app/test-app.js";
import { TestContext } from "../support/app/test-context.js";
import { TestVisitor } from "../support/app/test-visitor.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";
import type { TestDatabase } from "../support/services/test-database.js";

const identitySecret = "the website and this program share it";
const startMutation = `mutation ($input: StartSessionInput!) { startSession(input: $input) {
  token kind visitor { id name email } conversation { id } } }`;

let database: TestDatabase;
let context: TestContext;
/** Another process on the same database. */
let other: TestApp;

beforeAll(async () => {
  database = await createMigratedDatabase();
  const settings = { DATABASE_URL: database.url, IDENTITY_SECRET: identitySecret };
  context = await TestContext.setup(settings);
  other = await TestApp.start({ ...settings, ROLE: "api" });
});

afterAll(async () => {
  await other?.stop();
  await context?.teardown();
  await database?.drop();
});

interface Claims {
  readonly sub: string;
  readonly email?: string;
  readonly name?: string;
}

async function sign({ sub, ...claims }: Claims, secret = identitySecret, lifetimeSeconds = 600): Promise<string> {
  const seconds = Math.floor(context.now.getTime() / 1000);
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(sub)
    .setExpirationTime(seconds + lifetimeSeconds)
    .sign(Buffer.from(secret));
}

/** Arrives with what the website says; `token` is what the browser kept. */
async function arrive(claims: Claims, input: Data = {}): Promise<Data> {
  const identity = { token: await sign(claims) };
  return (await context.app.client.do(startMutation, { input: { identity, ...input } })).startSession;
}

async function visitorIdOf(client: GraphqlClient): Promise<string> {
  const { viewer } = await client.do("{ viewer { ... on Visitor { id } } }");
  return viewer.id;
}

describe("The website's signed identity", () => {
  test("makes an anonymous visit known, name and address vouched for", async () => {
    const visitor = await context.visitor({ email: null });
    await visitor.say("Is my bike ready?");
    const session = await arrive({ sub: v7(), email: "Ana@Example.com", name: "Ana" }, { token: visitor.client.token });
    expect(session).toMatchObject({
      kind: "JOINED",
      visitor: { name: "Ana", email: "Ana@example.com" },
      conversation: { id: visitor.conversationId },
    });
    const { conversation } = await context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { visitor { emailSource identified } } }",
      { id: visitor.conversationId },
    );
    expect(conversation.visitor).toEqual({ emailSource: "IDENTITY", identified: true });
    await visitor.leave();
  });

  test("joins visits: what was said on one browser is there on the other", async () => {
    const sub = v7();
    const first = await arrive({ sub, email: `${sub}@example.com` });
    const { sendMessage } = await context.app.client
      .as(first.token)
      .do('mutation { sendMessage(input: { text: "From the desk" }) { conversation { id } } }');
    const visitor = await context.visitor({ email: null });
    await visitor.say("From the phone");
    const joined = await arrive({ sub }, { token: visitor.client.token });
    expect(joined).toMatchObject({ kind: "JOINED", visitor: { id: first.visitor.id } });
    const { conversations } = await context.app.client
      .as(joined.token)
      .do("{ conversations { nodes { id visitor { id } } } }");
    const ids = conversations.nodes.map((conversation: Data) => conversation.id);
    expect(new Set(ids)).toEqual(new Set([visitor.conversationId, sendMessage.conversation.id]));
    expect(new Set(conversations.nodes.map((conversation: Data) => conversation.visitor.id))).toEqual(
      new Set([first.visitor.id]),
    );
    await visitor.leave();
  });

  test("joins nothing for a kept token of somebody else: a session of its own begins, the other's stays", async () => {
    const ben = await arrive({ sub: v7(), name: "Ben" });
    const ana = await arrive({ sub: v7(), name: "Ana" }, { token: ben.token });
    expect(ana.visitor.id).not.toBe(ben.visitor.id);
    expect(await visitorIdOf(context.app.client.as(ben.token))).toBe(ben.visitor.id);
  });

  test.each([
    ["is signed with another secret", () => sign({ sub: "1" }, "another secret that is long enough indeed")],
    ["has expired", () => sign({ sub: "1" }, identitySecret, -1)],
    ["is good for longer than an hour", () => sign({ sub: "1" }, identitySecret, 2 * 3600)],
    ["is no JWT", async () => "not.a.jwt"],
    ["is unsigned", async () => `${btoa('{"alg":"none"}')}.${btoa('{"sub":"1","exp":4102444800}')}.`],
    ["vouches for what is no address", () => sign({ sub: "1", email: "a@example.com, b@example.com" })],
    ["has an empty sub", () => sign({ sub: "" })],
  ])("is refused when it %s", async (_, makeToken) => {
    const input = { identity: { token: await makeToken() } };
    const { extensions } = await context.app.client.fail(startMutation, { input });
    expect(extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "input.identity.token" });
  });

  test("is refused in a guest session", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    await context.app.pass(600);
    const resume = resumeCodeOf(context.mailsTo(visitor)[0]);
    const identity = { token: await sign({ sub: v7() }) };
    const { extensions } = await context.app.client.fail(startMutation, { input: { resume, identity } });
    expect(extensions.code).toBe("FORBIDDEN");
  });
});

describe("A visit that was joined to a known visitor", () => {
  /** A visitor who chatted, left and was mailed, came back anonymous, and is then joined to whom the website knows. */
  async function joined(): Promise<{
    visitor: TestVisitor;
    knownId: string;
    code: string;
    knownToken: string;
    sub: string;
  }> {
    const sub = v7();
    const known = await arrive({ sub });
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    await context.app.pass(600);
    const code = resumeCodeOf(context.mailsTo(visitor)[0]);
    // The other process looks at the token before the join, and believes what it saw for five seconds.
    expect(await visitorIdOf(other.client.as(visitor.client.token))).not.toBe(known.visitor.id);
    await arrive({ sub }, { token: visitor.client.token });
    return { visitor, knownId: known.visitor.id, code, knownToken: known.token, sub };
  }

  test("keeps its session and its links", async () => {
    const { visitor, knownId, code, knownToken } = await joined();
    expect(await visitorIdOf(visitor.client)).toBe(knownId);
    const kept = await context.app.client.do(startMutation, { input: { token: visitor.client.token } });
    expect(kept.startSession).toMatchObject({ kind: "KEPT", visitor: { id: knownId } });
    const guest = await context.app.client.do(startMutation, { input: { resume: code } });
    expect(guest.startSession).toMatchObject({ kind: "GUEST", conversation: { id: visitor.conversationId } });
    const full = await context.app.client.do(startMutation, { input: { resume: code, token: knownToken } });
    expect(full.startSession).toMatchObject({ kind: "KEPT", conversation: { id: visitor.conversationId } });
  });

  test("writes on in its conversation, with or without naming it", async () => {
    const { visitor, knownId } = await joined();
    const { sendMessage } = await visitor.client.do(
      'mutation { sendMessage(input: { text: "On my way!" }) { author { ... on Visitor { id } } conversation { id } } }',
    );
    expect(sendMessage).toEqual({ author: { id: knownId }, conversation: { id: visitor.conversationId } });
  });

  test("writes on through a process that has not heard of the join yet", async () => {
    const { visitor, knownId } = await joined();
    const client = other.client.as(visitor.client.token);
    for (const conversationId of [null, visitor.conversationId]) {
      const { sendMessage } = await client.do(
        `mutation ($id: ID) { sendMessage(input: { conversationId: $id, text: "On my way!" }) {
          author { ... on Visitor { id } } conversation { id visitor { id } } } }`,
        { id: conversationId },
      );
      expect(sendMessage).toEqual({
        author: { id: knownId },
        conversation: { id: visitor.conversationId, visitor: { id: knownId } },
      });
    }
  });

  test("is told to connect again when it uses a WebSocket from before, and then goes on", async () => {
    const { sub } = await joined();
    const visitor = await context.visitor({ email: null });
    await visitor.say("From the phone");
    const connection = await visitor.client.connect();
    const { visitor: known } = await arrive({ sub }, { token: visitor.client.token });
    const text =
      "mutation ($text: String!) { sendMessage(input: { text: $text }) { conversation { id visitor { id } } } }";
    await connection
      .subscribe(text, { text: "Through the old one" })
      .next()
      .catch(() => undefined);
    expect((await connection.closed()).code).toBe(4205);

    const again = await visitor.client.connect();
    const answer = await again.subscribe(text, { text: "Through the new one" }).next();
    expect(answer.data?.sendMessage).toEqual({
      conversation: { id: visitor.conversationId, visitor: { id: known.id } },
    });
    const { conversation } = await context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { messages { nodes { text } } visitor { online } } }",
      { id: visitor.conversationId },
    );
    expect(conversation.messages.nodes.map((message: Data) => message.text)).toEqual([
      "From the phone",
      "Through the new one",
    ]);
    expect(conversation.visitor.online).toBe(true);
    await again.close();
    await visitor.leave();
  });

  test("is the same person's for presence: who leaves all pages has left", async () => {
    const { sub } = await joined();
    const visitor = await context.visitor({ email: `${v7()}@example.com` });
    await visitor.say("From the phone");
    await arrive({ sub }, { token: visitor.client.token });
    const online = async (): Promise<boolean> => (await context.agent.conversation(visitor)).visitor.online;
    expect(await online()).toBe(true);
    await visitor.leave();
    expect(await online()).toBe(false);
  });
});
