import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { simpleParser } from "mailparser";
import { Database } from "../../../src/database/database.js";
import type { Data } from "../../support/app/graphql-client.js";
import { failWith } from "../../support/fakes/immediate-vendor.js";
import { ImmediateContext, type ImmediateUser } from "./immediate-context.js";

let immediate: ImmediateContext;
let vendor: ImmediateContext["vendor"];
let server: ImmediateContext["server"];
let context: ImmediateContext["context"];

beforeAll(async () => {
  immediate = await ImmediateContext.setup(["console"]);
  ({ vendor, server, context } = immediate);
});

afterEach(() => immediate.reset());

afterAll(async () => {
  await immediate?.teardown();
});

interface User extends ImmediateUser {
  readonly email: string;
}

async function user(): Promise<User> {
  const kim = await immediate.user();
  return { ...kim, email: `${kim.name}@example.com` };
}

async function userWithEmail(): Promise<User> {
  const kim = await user();
  await update(kim.visitorId, { email: kim.email });
  return kim;
}

/** Resolves once the channel's vendor has responded. */
async function reply(kim: User, text: string): Promise<string> {
  const { id } = await immediate.reply(kim, text);
  await context.app.tick();
  return id;
}

const updateMutation = `mutation ($input: UpdateVisitorInput!) { updateVisitor(input: $input) {
  id email emailSource addresses { channel { id } address } } }`;

async function update(visitorId: string, change: Data): Promise<Data> {
  return (await context.agent.client.do(updateMutation, { input: { visitorId, ...change } })).updateVisitor;
}

function refuseUpdate(visitorId: string, change: Data) {
  return context.agent.client.fail(updateMutation, { input: { visitorId, ...change } });
}

/** The code in the link of the last mail. */
async function resumeCodeFor(recipient: string): Promise<string> {
  const { text } = await simpleParser(server.mailsTo(recipient).at(-1)?.raw ?? "");
  return /#afterchat-resume=(\S+)/.exec(text ?? "")?.[1] ?? "";
}

const instantAddress = (address: string | null) => ({ addresses: [{ channel: "instant", address }] });

async function channel(id: string): Promise<Data> {
  const { channels } = await context.agent.client.do(
    `{ channels { id health { status detail } queue { length oldestDueAt } lastFailure { code detail at } } }`,
  );
  return channels.find((candidate: Data) => candidate.id === id);
}

const resumeMutation = "mutation ($id: ID!) { resumeChannel(channel: $id) { id health { status } } }";
const refused = failWith("rejected", "WINDOW_CLOSED");

describe("A conversation that began on an immediate channel", () => {
  test("is answered there; a reply rejected for its window is forwarded by email, and both deliveries show it", async () => {
    const kim = await userWithEmail();
    expect(await immediate.forwarding(kim)).toEqual({
      state: "NOTHING_PENDING",
      trigger: null,
      channel: { id: "instant" },
      address: `@${kim.name} on Instant`,
      pendingReplies: 0,
      refusal: null,
      dueAt: null,
      asOf: expect.any(String),
    });
    vendor.behave(() => refused);
    await immediate.reply(kim, "Too late.");
    expect(await immediate.forwarding(kim)).toMatchObject({
      state: "SENDING",
      channel: { id: "instant" },
      refusal: null,
    });
    await context.app.tick();
    expect(await immediate.forwarding(kim)).toEqual({
      state: "WAITING",
      trigger: "VISITOR_LEFT",
      channel: { id: "email" },
      address: kim.email,
      pendingReplies: 1,
      refusal: { code: "WINDOW_CLOSED", detail: "The vendor says WINDOW_CLOSED" },
      dueAt: expect.any(String),
      asOf: expect.any(String),
    });

    server.behave({ RCPT: "451 4.3.0 Try again later" });
    await context.app.pass(310);
    expect(await immediate.forwarding(kim)).toMatchObject({
      state: "SENDING",
      channel: { id: "email" },
      address: kim.email,
    });
    server.behave();
    await context.passUntil((await immediate.deliveries(kim)).at(-1)?.nextAttemptAt);
    const messages = [{ text: "Too late.", forwardedTo: kim.email }];
    expect(await immediate.deliveries(kim)).toMatchObject([
      { kind: "DIRECT", status: "FAILED", channel: { id: "instant" }, failure: { code: "WINDOW_CLOSED" }, messages },
      { kind: "UNREAD_REPLIES", status: "SENT", channel: { id: "email" }, attempts: 2, messages },
    ]);

    // When the visitor writes there again, replies are sent there again, in the same conversation.
    vendor.behave();
    await vendor.say(context.app, kim.name, "Got your mail");
    await reply(kim, "Good.");
    expect(vendor.textsTo(kim.name)).toEqual(["Too late.", "Good."]);
    expect(await immediate.forwarding(kim)).toMatchObject({ state: "NOTHING_PENDING", channel: { id: "instant" } });
    expect(server.mailsTo(kim.email)).toHaveLength(1);
  });

  test("is answered there for as long as the visitor wrote there, whatever they write on the website", async () => {
    const kim = await userWithEmail();
    const endsAt = async () => {
      const query = "query ($id: ID!) { conversation(id: $id) { replyWindowEndsAt } }";
      return (await context.agent.client.do(query, { id: kim.conversationId })).conversation.replyWindowEndsAt;
    };
    const before = await endsAt();
    vendor.behave(() => refused);
    await reply(kim, "Too late.");
    await context.app.pass(310);
    const { startSession } = await context.app.client.do(
      "mutation ($input: StartSessionInput!) { startSession(input: $input) { token } }",
      { input: { resume: await resumeCodeFor(kim.email) } },
    );
    await context.sendMessage(context.app.client.as(startSession.token), kim.conversationId, "From the website");
    expect(await endsAt()).toBe(before);
    await vendor.say(context.app, kim.name, "From Instant");
    expect(Date.parse(await endsAt())).toBeGreaterThan(Date.parse(before));
  });

  test("without another address shows what prevents forwarding", async () => {
    const kim = await user();
    vendor.behave(() => refused);
    await reply(kim, "Too late.");
    expect(await immediate.forwarding(kim)).toMatchObject({
      state: "NO_ADDRESS",
      channel: null,
      address: null,
      refusal: { code: "WINDOW_CLOSED" },
    });
  });

  test("is not retried there after a permanent rejection, however much time passes", async () => {
    const kim = await user();
    vendor.behave(() => refused);
    await reply(kim, "Too late.");
    await context.app.pass(86_400);
    expect(vendor.textsTo(kim.name)).toEqual(["Too late."]);
    await context.agent.signInAgain();
  });

  test("is QUEUED with RATE_LIMITED and nextAttemptAt while throttled, and email continues", async () => {
    const kim = await user();
    vendor.behave(() => ({ ...failWith("retry", "RATE_LIMITED"), afterMs: 600_000 }));
    await reply(kim, "First");
    const [throttled] = await immediate.deliveries(kim);
    expect(throttled).toMatchObject({ status: "QUEUED", failure: { code: "RATE_LIMITED" } });
    expect(new Date(throttled?.nextAttemptAt).getTime()).toBeGreaterThan(context.now.getTime() + 590_000);
    vendor.behave();
    const other = await user();
    await reply(other, "Not yet either");
    expect(vendor.textsTo(other.name)).toEqual([]);
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "By mail.");
    await context.agent.forwardNow(visitor);
    await context.app.tick();
    expect(server.mailsTo(visitor.email)).toHaveLength(1);
    await context.passUntil(throttled?.nextAttemptAt, 1);
    expect([vendor.textsTo(kim.name), vendor.textsTo(other.name)]).toEqual([["First", "First"], ["Not yet either"]]);
  });

  test("a status never goes backwards on a late webhook", async () => {
    const kim = await user();
    await reply(kim, "It is.");
    const reference = vendor.requests.at(-1)?.reference ?? "";
    await vendor.report(context.app, "delivered", reference);
    const before = await immediate.deliveries(kim);
    expect(before).toMatchObject([{ status: "DELIVERED" }]);
    await context.app.pass(60);
    await vendor.report(context.app, "delivered", reference);
    expect(await immediate.deliveries(kim)).toEqual(before);
  });

  test("still forwards a rejected reply when a later reply was read there, since the visitor has not seen it", async () => {
    const kim = await userWithEmail();
    vendor.behave(() => refused);
    const lost = await reply(kim, "Too late.");
    vendor.behave();
    await vendor.say(context.app, kim.name, "Hello?");
    const later = await reply(kim, "In time.");
    await vendor.report(context.app, "read", vendor.requests.at(-1)?.reference ?? "");
    const { conversation } = await context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { messages(last: 4) { nodes { id read } } } }",
      { id: kim.conversationId },
    );
    const read = new Map(conversation.messages.nodes.map((message: Data) => [message.id, message.read]));
    expect([read.get(lost), read.get(later)]).toEqual([false, true]);
    expect(await immediate.forwarding(kim)).toMatchObject({ state: "WAITING", pendingReplies: 1 });
    await context.app.pass(310);
    expect((await immediate.deliveries(kim)).at(-1)).toMatchObject({
      status: "SENT",
      messages: [{ text: "Too late." }],
    });
    expect(server.mailsTo(kim.email)).toHaveLength(1);
  });

  test("no longer forwards a rejected reply once it was read on the website, through the link in an earlier email", async () => {
    const kim = await userWithEmail();
    vendor.behave(() => refused);
    await reply(kim, "Too late.");
    await context.app.pass(310);
    const { startSession } = await context.app.client.do(
      "mutation ($input: StartSessionInput!) { startSession(input: $input) { token } }",
      { input: { resume: await resumeCodeFor(kim.email) } },
    );
    const again = await reply(kim, "Too late again.");
    expect(await immediate.forwarding(kim)).toMatchObject({ state: "WAITING", pendingReplies: 1 });
    await context.app.client
      .as(startSession.token)
      .do("mutation ($input: MarkReadInput!) { markRead(input: $input) { id } }", {
        input: { conversationId: kim.conversationId, messageId: again },
      });
    expect(await immediate.forwarding(kim)).toMatchObject({ state: "NOTHING_PENDING", pendingReplies: 0 });
    await context.app.pass(3600);
    expect(server.mailsTo(kim.email)).toHaveLength(1);
  });
});

describe("A channel's queue", () => {
  test("is shown with its oldest delivery and its last failure, for all channels with one statement", async () => {
    const [kim, lee] = [await user(), await user()];
    vendor.behave(() => failWith("retry", "UNAVAILABLE"));
    const before = context.now;
    await reply(kim, "First");
    await reply(lee, "Second");
    const waiting = await channel("instant");
    expect(waiting).toMatchObject({
      queue: { length: 2 },
      lastFailure: { code: "UNAVAILABLE", detail: "The vendor says UNAVAILABLE" },
    });
    for (const at of [waiting.queue.oldestDueAt, waiting.lastFailure.at]) {
      expect(new Date(at).getTime()).toBeGreaterThanOrEqual(before.getTime());
    }
    expect(new Date(waiting.queue.oldestDueAt) <= new Date(waiting.lastFailure.at)).toBe(true);
    const query = jest.spyOn(Database.prototype, "query");
    expect(await channel("web")).toMatchObject({ queue: null, lastFailure: null });
    expect(query.mock.calls.filter(([{ name }]) => name === "read-channel-stats")).toHaveLength(1);
    query.mockRestore();
    expect(await channel("console")).toMatchObject({ queue: { length: 0, oldestDueAt: null }, lastFailure: null });

    vendor.behave();
    await context.app.pass(120);
    expect(await channel("instant")).toMatchObject({
      queue: { length: 0, oldestDueAt: null },
      lastFailure: waiting.lastFailure,
    });
    await context.agent.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", { id: lee.visitorId });
    expect((await channel("instant")).lastFailure).toEqual({ ...waiting.lastFailure, detail: null });
  });
});

describe("A channel that an admin resumes", () => {
  test("gives up nothing after a weekend's pause, and resumes as soon as its vendor accepts", async () => {
    const kim = await user();
    vendor.behave(() => failWith("retry", "CREDENTIALS_INVALID"));
    vendor.checkCredentials("refused");
    await reply(kim, "First");
    await context.passDays(2);
    await reply(kim, "Second");
    const error = await context.agent.client.fail(resumeMutation, { id: "instant" });
    expect(error).toMatchObject({
      message: "Instant is still paused: The token was refused",
      extensions: { code: "CONFLICT", reason: "CREDENTIALS_INVALID", detail: "The token was refused" },
    });
    expect(await channel("instant")).toMatchObject({
      health: { status: "PAUSED", detail: "The token was refused" },
      queue: { length: 2 },
    });

    vendor.behave();
    vendor.checkCredentials("good");
    const { resumeChannel } = await context.agent.client.do(resumeMutation, { id: "instant" });
    expect(resumeChannel).toEqual({ id: "instant", health: { status: "READY" } });
    await context.app.pass(120);
    expect((await immediate.deliveries(kim)).map(({ status }) => status)).toEqual(["SENT", "SENT"]);
    expect(vendor.textsTo(kim.name)).toEqual(["First", "First", "Second"]);
  });

  test.each([
    ["the website", "web", { code: "BAD_USER_INPUT", field: "channel" }, /never paused/],
    ["one that is not installed", "pigeon", { code: "NOT_FOUND" }, /channel does not exist/],
    [
      "one without settings",
      "console",
      { code: "CONFLICT" },
      /Console is not configured: set its environment variables/,
    ],
  ])("cannot be %s", async (_, id, extensions, message) => {
    const error = await context.agent.client.fail(resumeMutation, { id });
    expect(error.extensions).toEqual(extensions);
    expect(error.message).toMatch(message);
  });

  test("is returned unchanged if it is not paused", async () => {
    expect(await context.agent.client.do(resumeMutation, { id: "instant" })).toEqual({
      resumeChannel: { id: "instant", health: { status: "READY" } },
    });
  });
});

describe("A visitor's addresses", () => {
  test("are shown to agents in readable form, in the order of CHANNELS, and never to visitors", async () => {
    const kim = await user();
    expect(
      await update(kim.visitorId, {
        addresses: [
          { channel: "console", address: "  desk 4 " },
          { channel: "email", address: ` ${kim.name}@EXAMPLE.com ` },
        ],
      }),
    ).toEqual({
      id: kim.visitorId,
      email: kim.email,
      emailSource: "AGENT",
      addresses: [
        { channel: { id: "email" }, address: kim.email },
        { channel: { id: "instant" }, address: `@${kim.name} on Instant` },
        { channel: { id: "console" }, address: "desk 4 on the console" },
      ],
    });
    const removed = [
      { channel: "email", address: null },
      { channel: "console", address: null },
    ];
    expect(await update(kim.visitorId, { addresses: removed })).toMatchObject({
      email: null,
      emailSource: null,
      addresses: [{ channel: { id: "instant" } }],
    });
    const visitor = await context.app.startVisitor();
    const error = await visitor.fail("{ viewer { ... on Visitor { addresses { address } } } }");
    expect(error.extensions.code).toBe("FORBIDDEN");
  });

  test.each([
    [[{ channel: "web", address: "x" }], "input.addresses[0].channel", /needs no address/],
    [[{ channel: "pigeon", address: "x" }], "input.addresses[0].channel", /add it to CHANNELS, or name one of email/],
    [[{ channel: "instant" }], "input.addresses[0].address", /or null to remove it/],
    [[{ channel: "instant", address: "" }], "input.addresses[0].address", /./],
    [[{ channel: "instant", address: { id: 4 } }], "input.addresses[0].address", /expected string/],
    [[{ channel: "instant", address: "a\u0000" }], "input.addresses[0].address", /must not contain NUL/],
    [
      [
        { channel: "console", address: "x" },
        { channel: "console", address: "y" },
      ],
      "input.addresses[1].channel",
      /one address for console/,
    ],
  ])("%j are rejected, with their field and what to do", async (addresses, field, message) => {
    const { visitorId } = await user();
    const error = await refuseUpdate(visitorId, { addresses });
    expect(error.extensions).toEqual({ code: "BAD_USER_INPUT", field });
    expect(error.message).toMatch(message);
  });

  test("cannot contain the email twice, and cannot be added to an erased visitor", async () => {
    const { visitorId, email } = await user();
    const addresses = [{ channel: "email", address: email }];
    expect((await refuseUpdate(visitorId, { email, addresses })).extensions.field).toBe("input.addresses");
    await context.agent.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", { id: visitorId });
    expect((await refuseUpdate(visitorId, instantAddress("again"))).extensions.code).toBe("CONFLICT");
  });

  test("do not merge two visitors who share one; an account that writes to the channel belongs to one visitor only", async () => {
    const [kim, lee] = [await userWithEmail(), await user()];
    expect(await update(lee.visitorId, { addresses: [{ channel: "email", address: kim.email }] })).toMatchObject({
      id: lee.visitorId,
      email: kim.email,
    });
    const error = await refuseUpdate(lee.visitorId, instantAddress(kim.name));
    expect(error.extensions.code).toBe("CONFLICT");
    expect(error.message).toMatch(/Another visitor has this address on Instant: remove it there first/);
    const max = await user();
    const answers = await Promise.all(
      [lee, max].map(({ visitorId }) =>
        context.agent.client.ask(updateMutation, { input: { visitorId, ...instantAddress(`${kim.name}-new`) } }),
      ),
    );
    expect(answers.map(({ errors }) => errors?.[0]?.extensions.code ?? "done").sort()).toEqual(["CONFLICT", "done"]);
  });

  test("that change while a reply is queued send it only to the newest one, whose messages belong to the visitor", async () => {
    const kim = await user();
    vendor.behave(() => failWith("retry", "UNAVAILABLE"));
    await reply(kim, "First");
    vendor.behave();
    const moved = `${kim.name}-new`;
    await update(kim.visitorId, instantAddress(moved));
    expect(await immediate.deliveries(kim)).toMatchObject([{ status: "QUEUED", address: `@${moved} on Instant` }]);
    await context.app.pass(120);
    expect(await immediate.deliveries(kim)).toMatchObject([{ status: "SENT", address: `@${moved} on Instant` }]);
    expect(vendor.textsTo(moved)).toEqual(["First"]);
    expect(vendor.textsTo(kim.name)).toEqual(["First"]);
    await vendor.say(context.app, moved, "Thanks");
    const { conversation } = await context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { lastMessage { text } } }",
      { id: kim.conversationId },
    );
    expect(conversation.lastMessage.text).toBe("Thanks");
  });

  test("that change while a reply is being sent direct the next attempt to the newest one", async () => {
    const kim = await user();
    vendor.behave(() => "hang");
    await immediate.reply(kim, "First");
    const sending = context.app.tick();
    await vendor.hanging();
    const moved = `${kim.name}-new`;
    await update(kim.visitorId, instantAddress(moved));
    vendor.behave(() => failWith("retry", "UNAVAILABLE"));
    vendor.release();
    await sending;
    vendor.behave();
    await context.app.pass(120);
    expect(vendor.textsTo(moved)).toEqual(["First"]);
    expect(await immediate.deliveries(kim)).toMatchObject([{ status: "SENT", address: `@${moved} on Instant` }]);
  });

  test("that are removed leave queued and new replies waiting for another channel, without losing them", async () => {
    const kim = await user();
    vendor.behave(() => failWith("retry", "UNAVAILABLE"));
    await reply(kim, "First");
    vendor.behave();
    await update(kim.visitorId, instantAddress(null));
    expect(await immediate.deliveries(kim)).toMatchObject([{ status: "FAILED", failure: { code: "ADDRESS_INVALID" } }]);
    await reply(kim, "Second");
    expect(await immediate.forwarding(kim)).toMatchObject({
      state: "NO_ADDRESS",
      pendingReplies: 2,
      refusal: { code: "ADDRESS_INVALID" },
    });
    const [failed] = await immediate.deliveries(kim);
    const retryMutation = "mutation ($id: ID!) { retryDelivery(deliveryId: $id) { address status } }";
    expect((await context.agent.client.fail(retryMutation, { id: failed?.id })).extensions).toMatchObject({
      code: "DELIVERY_NOT_POSSIBLE",
      reason: "NO_ADDRESS",
    });
    await update(kim.visitorId, { email: kim.email });
    await context.app.pass(600);
    expect(server.mailsTo(kim.email)).toHaveLength(1);
    expect((await immediate.deliveries(kim)).at(-1)).toMatchObject({
      status: "SENT",
      messages: [{ text: "First" }, { text: "Second" }],
    });
    expect(vendor.textsTo(kim.name)).toEqual(["First"]);
    // With an address there again, replies are sent there again.
    await update(kim.visitorId, instantAddress(`${kim.name}-again`));
    await reply(kim, "Third");
    expect(vendor.textsTo(`${kim.name}-again`)).toEqual(["Third"]);
    expect(await immediate.forwarding(kim)).toMatchObject({ state: "NOTHING_PENDING", channel: { id: "instant" } });
  });

  test("on an immediate channel do not resend what was rejected by email", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "By mail.");
    server.behave({ RCPT: "550 5.7.1 Not today" });
    await context.agent.forwardNow(visitor);
    await context.app.tick();
    server.behave();
    expect((await immediate.forwarding(visitor)).state).toBe("FAILED");
    const { conversation } = await context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { visitor { id } } }",
      {
        id: visitor.conversationId,
      },
    );
    await update(conversation.visitor.id, instantAddress("new-account"));
    expect((await immediate.forwarding(visitor)).state).toBe("FAILED");
    await update(conversation.visitor.id, { email: `new-${visitor.email}` });
    expect((await immediate.forwarding(visitor)).state).toBe("WAITING");
  });
});
