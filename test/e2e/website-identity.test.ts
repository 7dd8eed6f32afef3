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
let otherProcess: TestApp;

beforeAll(async () => {
  database = await createMigratedDatabase();
  const settings = { DATABASE_URL: database.url, IDENTITY_SECRET: identitySecret };
  context = await TestContext.setup(settings);
  otherProcess = await TestApp.start({ ...settings, ROLE: "api" });
});

afterAll(async () => {
  await otherProcess?.stop();
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

/** Starts a session with the website's identity claims; `input.token` is the token that the browser kept. */
async function startWithIdentity(claims: Claims, input: Data = {}): Promise<Data> {
  const identity = { token: await sign(claims) };
  return (await context.app.client.do(startMutation, { input: { identity, ...input } })).startSession;
}

async function visitorIdOf(client: GraphqlClient): Promise<string> {
  const { viewer } = await client.do("{ viewer { ... on Visitor { id } } }");
  return viewer.id;
}

describe("The website's signed identity", () => {
  test("identifies an anonymous visitor, with name and address", async () => {
    const visitor = await context.visitor({ email: null });
    await visitor.say("Is my bike ready?");
    const session = await startWithIdentity(
      { sub: v7(), email: "Ana@Example.com", name: "Ana" },
      { token: visitor.client.token },
    );
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

  test("joins visits: conversations of one browser appear in the other", async () => {
    const sub = v7();
    const first = await startWithIdentity({ sub, email: `${sub}@example.com` });
    const { sendMessage } = await context.app.client
      .as(first.token)
      .do('mutation { sendMessage(input: { text: "From the computer" }) { conversation { id } } }');
    const visitor = await context.visitor({ email: null });
    await visitor.say("From the phone");
    const session = await startWithIdentity({ sub }, { token: visitor.client.token });
    expect(session).toMatchObject({ kind: "JOINED", visitor: { id: first.visitor.id } });
    const { conversations } = await context.app.client
      .as(session.token)
      .do("{ conversations { nodes { id visitor { id } } } }");
    const ids = conversations.nodes.map((conversation: Data) => conversation.id);
    expect(new Set(ids)).toEqual(new Set([visitor.conversationId, sendMessage.conversation.id]));
    expect(new Set(conversations.nodes.map((conversation: Data) => conversation.visitor.id))).toEqual(
      new Set([first.visitor.id]),
    );
    await visitor.leave();
  });

  test("does not join a token of another identity: a new session begins, and the other one stays", async () => {
    const ben = await startWithIdentity({ sub: v7(), name: "Ben" });
    const ana = await startWithIdentity({ sub: v7(), name: "Ana" }, { token: ben.token });
    expect(ana.visitor.id).not.toBe(ben.visitor.id);
    expect(await visitorIdOf(context.app.client.as(ben.token))).toBe(ben.visitor.id);
  });

  test.each([
    ["is signed with another secret", () => sign({ sub: "1" }, "another secret that is long enough indeed")],
    ["has expired", () => sign({ sub: "1" }, identitySecret, -1)],
    ["is valid for longer than an hour", () => sign({ sub: "1" }, identitySecret, 2 * 3600)],
    ["is not a JWT", async () => "not.a.jwt"],
    ["is unsigned", async () => `${btoa('{"alg":"none"}')}.${btoa('{"sub":"1","exp":4102444800}')}.`],
    ["contains an invalid email address", () => sign({ sub: "1", email: "a@example.com, b@example.com" })],
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

describe("A visit joined to a known visitor", () => {
  /** A visitor who chatted, left, got an email and came back anonymous, then joined to a known visitor. */
  async function joinedVisitor(): Promise<{
    visitor: TestVisitor;
    knownId: string;
    code: string;
    knownToken: string;
    sub: string;
  }> {
    const sub = v7();
    const known = await startWithIdentity({ sub });
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    await context.app.pass(600);
    const code = resumeCodeOf(context.mailsTo(visitor)[0]);
    // The other process resolves the token before the join, and caches the result for five seconds.
    expect(await visitorIdOf(otherProcess.client.as(visitor.client.token))).not.toBe(known.visitor.id);
    await startWithIdentity({ sub }, { token: visitor.client.token });
    return { visitor, knownId: known.visitor.id, code, knownToken: known.token, sub };
  }

  test("keeps its session and its links", async () => {
    const { visitor, knownId, code, knownToken } = await joinedVisitor();
    expect(await visitorIdOf(visitor.client)).toBe(knownId);
    const kept = await context.app.client.do(startMutation, { input: { token: visitor.client.token } });
    expect(kept.startSession).toMatchObject({ kind: "KEPT", visitor: { id: knownId } });
    const guest = await context.app.client.do(startMutation, { input: { resume: code } });
    expect(guest.startSession).toMatchObject({ kind: "GUEST", conversation: { id: visitor.conversationId } });
    const full = await context.app.client.do(startMutation, { input: { resume: code, token: knownToken } });
    expect(full.startSession).toMatchObject({ kind: "KEPT", conversation: { id: visitor.conversationId } });
  });

  test("continues its conversation, with or without a conversationId", async () => {
    const { visitor, knownId } = await joinedVisitor();
    const { sendMessage } = await visitor.client.do(
      'mutation { sendMessage(input: { text: "On my way!" }) { author { ... on Visitor { id } } conversation { id } } }',
    );
    expect(sendMessage).toEqual({ author: { id: knownId }, conversation: { id: visitor.conversationId } });
  });

  test("continues its conversation through a process that does not know of the join yet", async () => {
    const { visitor, knownId } = await joinedVisitor();
    const client = otherProcess.client.as(visitor.client.token);
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

  test("has to reconnect when it uses a WebSocket from before the join, and then continues", async () => {
    const { sub } = await joinedVisitor();
    const visitor = await context.visitor({ email: null });
    await visitor.say("From the phone");
    const connection = await visitor.client.connect();
    const { visitor: known } = await startWithIdentity({ sub }, { token: visitor.client.token });
    const text =
      "mutation ($text: String!) { sendMessage(input: { text: $text }) { conversation { id visitor { id } } } }";
    await connection
      .subscribe(text, { text: "Through the old connection" })
      .next()
      .catch(() => undefined);
    expect((await connection.closed()).code).toBe(4205);

    const again = await visitor.client.connect();
    const answer = await again.subscribe(text, { text: "Through the new connection" }).next();
    expect(answer.data?.sendMessage).toEqual({
      conversation: { id: visitor.conversationId, visitor: { id: known.id } },
    });
    const { conversation } = await context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { messages { nodes { text } } visitor { online } } }",
      { id: visitor.conversationId },
    );
    expect(conversation.messages.nodes.map((message: Data) => message.text)).toEqual([
      "From the phone",
      "Through the new connection",
    ]);
    expect(conversation.visitor.online).toBe(true);
    await again.close();
    await visitor.leave();
  });

  test("shares presence with the known visitor: closing all pages is leaving", async () => {
    const { sub } = await joinedVisitor();
    const visitor = await context.visitor({ email: `${v7()}@example.com` });
    await visitor.say("From the phone");
    await startWithIdentity({ sub }, { token: visitor.client.token });
    const online = async (): Promise<boolean> => (await context.agent.conversation(visitor)).visitor.online;
    expect(await online()).toBe(true);
    await visitor.leave();
    expect(await online()).toBe(false);
  });
});
