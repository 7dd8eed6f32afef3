import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Data } from "../../support/app/graphql-client.js";
import { type StartedConversation, TestContext } from "../../support/app/test-context.js";

const fields = "channel { id name } address reason since detail";
const list = `query ($search: String, $first: Int, $after: String) {
  suppressedAddresses(search: $search, first: $first, after: $after) {
    nodes { ${fields} } pageInfo { hasNextPage hasPreviousPage endCursor } } }`;
const lift = `mutation ($channel: ID!, $address: String!) {
  liftSuppression(channel: $channel, address: $address) { ${fields} } }`;

let context: TestContext;
beforeAll(async () => {
  context = await TestContext.setup({}, { agent: "offline" });
});
afterEach(() => context.mail.behave(() => null));
afterAll(() => context?.teardown());

async function page(variables: Data = {}): Promise<Data> {
  return (await context.agent.client.do(list, variables)).suppressedAddresses;
}

async function addresses(variables: Data = {}): Promise<string[]> {
  return (await page(variables)).nodes.map((node: Data) => node.address);
}

const liftEmail = (address: string) => context.agent.client.do(lift, { channel: "email", address });

async function stateOf({ conversationId }: StartedConversation): Promise<string> {
  const { conversation } = await context.agent.client.do(
    "query ($id: ID!) { conversation(id: $id) { forwarding { state } } }",
    { id: conversationId },
  );
  return conversation.forwarding.state;
}

const reply = (visitor: StartedConversation, text: string) =>
  context.sendMessage(context.agent.client, visitor.conversationId, text);
const mailsTo = (address: string) => context.mail.mails.filter((mail) => mail.envelopeTo.includes(address));
const refuse = (message: string) => context.mail.behave(() => ({ code: 550, message }));

/** Sends `count` replies, each of which the mail server refuses. */
async function sendRefusedReplies(visitor: StartedConversation, count: number): Promise<void> {
  refuse("5.7.1 Not accepted here");
  for (let number = 0; number < count; number += 1) {
    await reply(visitor, `Reply ${number}`);
    await context.forward(visitor.conversationId);
  }
  context.mail.behave(() => null);
}

describe("Suppressed addresses", () => {
  test("are listed in pages, newest first, with the server's response", async () => {
    for (const name of ["first", "second", "third"]) {
      await context.suppress(`${name}@paging.example`);
      await context.app.advance(60);
    }
    const search = "paging";
    const names = ["third", "second", "first"].map((name) => `${name}@paging.example`);
    expect(await addresses({ search })).toEqual(names);
    const firstPage = await page({ search, first: 2 });
    expect(firstPage.nodes[0]).toEqual({
      channel: { id: "email", name: "Email" },
      address: "third@paging.example",
      reason: "HARD_BOUNCE",
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      detail: "550 5.1.1 No such user",
    });
    expect(firstPage.nodes).toHaveLength(2);
    expect(firstPage.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const rest = await page({ search, first: 2, after: firstPage.pageInfo.endCursor });
    expect(rest.nodes.map((node: Data) => node.address)).toEqual(["first@paging.example"]);
    expect(rest.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  test("are found by any part of the address, in any letter case, without wildcards", async () => {
    await context.suppress("Mara_50%off@search.example");
    await context.suppress("maraX50@search.example");
    expect(await addresses({ search: "MARA_50%" })).toEqual(["Mara_50%off@search.example"]);
    expect(await addresses({ search: " search.EXAMPLE " })).toHaveLength(2);
    expect(await addresses({ search: "unknown\0 address" })).toEqual([]);
    expect(await addresses({ search: "" })).toEqual(await addresses());
    expect(await page({ first: 0 })).toMatchObject({ nodes: [] });
  });

  test("refuse a cursor that is not their own and a page that is too large", async () => {
    for (const wrong of [{ after: "nonsense" }, { after: Buffer.from("[1]").toString("base64url") }, { first: 101 }]) {
      expect((await context.agent.client.fail(list, wrong)).extensions.code).toBe("BAD_USER_INPUT");
    }
  });

  test("include those with five soft bounces in a row: a mail that arrives in between resets the count", async () => {
    const visitor = await context.startConversation("Hello", { email: "soft@example.com" });
    await sendRefusedReplies(visitor, 4);
    expect(await addresses({ search: "soft@" })).toEqual([]);
    await reply(visitor, "This one arrives.");
    await context.forward(visitor.conversationId);
    await sendRefusedReplies(visitor, 4);
    expect(await stateOf(visitor)).toBe("FAILED");
    expect(await addresses({ search: "soft@" })).toEqual([]);
    await sendRefusedReplies(visitor, 1);
    expect((await page({ search: "soft@" })).nodes).toMatchObject([
      { address: "soft@example.com", reason: "SOFT_BOUNCES", detail: "550 5.7.1 Not accepted here" },
    ]);
    await reply(visitor, "One more");
    expect(await stateOf(visitor)).toBe("ADDRESS_SUPPRESSED");
  });

  test("are independent: a new address given by the visitor is not suppressed, and has its own count", async () => {
    const visitor = await context.startConversation("Hello", { email: "old@clean.example" });
    await sendRefusedReplies(visitor, 5);
    await reply(visitor, "One more");
    expect(await stateOf(visitor)).toBe("ADDRESS_SUPPRESSED");
    await visitor.client.do('mutation { submitContactForm(input: { email: "new@clean.example" }) { id } }');
    expect(await stateOf(visitor)).toBe("WAITING");
    await sendRefusedReplies(visitor, 4);
    expect(await stateOf(visitor)).toBe("FAILED");
    expect(await addresses({ search: "clean.example" })).toEqual(["old@clean.example"]);
    await reply(visitor, "At last");
    await context.forward(visitor.conversationId);
    expect(mailsTo("new@clean.example")).toHaveLength(1);
    expect(await stateOf(visitor)).toBe("NOTHING_PENDING");
  });
});

describe("Lifting a suppression", () => {
  test("makes unread replies eligible for every visitor with the address, and is idempotent", async () => {
    const email = "back@lifted.example";
    const visitor = await context.startConversation("Is my bike ready?", { email });
    const other = await context.startConversation("Do you sell tyres?", { email });
    await reply(visitor, "It is, come by.");
    refuse("5.1.1 No such user");
    await context.forward(visitor.conversationId);
    context.mail.behave(() => null);
    await reply(other, "Of every size.");
    await context.app.pass(3_600);
    expect([await stateOf(visitor), await stateOf(other)]).toEqual(["ADDRESS_SUPPRESSED", "ADDRESS_SUPPRESSED"]);
    expect(mailsTo(email)).toEqual([]);
    const [listed] = (await page({ search: email })).nodes;

    const answers = [await liftEmail(email), await liftEmail(email), await liftEmail(` back@LIFTED.example`)];
    expect(answers).toEqual([1, 2, 3].map(() => ({ liftSuppression: listed })));
    expect(await addresses({ search: email })).toEqual([]);
    expect([await stateOf(visitor), await stateOf(other)]).toEqual(["WAITING", "WAITING"]);
    await context.app.tick();
    expect(mailsTo(email)).toHaveLength(2);
  });

  test("resets the count of soft bounces, and a later hard bounce suppresses again, with its own reason and date", async () => {
    const visitor = await context.startConversation("Hello", { email: "again@lifted.example" });
    await sendRefusedReplies(visitor, 5);
    const before = (await liftEmail("again@lifted.example")).liftSuppression;
    await sendRefusedReplies(visitor, 4);
    expect(await stateOf(visitor)).toBe("FAILED");
    await context.app.advance(60);
    await context.suppress("again@lifted.example");
    const [now] = (await page({ search: "again@" })).nodes;
    expect([before.reason, now.reason]).toEqual(["SOFT_BOUNCES", "HARD_BOUNCE"]);
    expect(new Date(now.since).getTime()).toBeGreaterThan(new Date(before.since).getTime());
    expect((await liftEmail("again@lifted.example")).liftSuppression).toEqual(now);
  });

  test("is refused for a channel that is not installed, and for an address that is not suppressed", async () => {
    const wrong = await context.agent.client.fail(lift, { channel: "pigeon", address: "ana@example.com" });
    expect(wrong.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "channel" });
    expect(wrong.message).toContain("email");
    await context.startConversation("Hello", { email: "fine@lifted.example" });
    for (const address of ["fine@lifted.example", "", "not an address"]) {
      expect((await context.agent.client.fail(lift, { channel: "email", address })).extensions.code).toBe("NOT_FOUND");
    }
  });

  test("publishes conversationUpdated to agents", async () => {
    const email = "updated@lifted.example";
    const visitor = await context.startConversation("Hello", { email });
    await context.suppress(email);
    await reply(visitor, "It is, come by.");
    const connection = await context.agent.client.connect();
    const updates = await context.app.subscribe(
      connection,
      "subscription ($id: ID) { conversationUpdated(conversationId: $id) { forwarding { state } } }",
      { id: visitor.conversationId },
    );
    await liftEmail(email);
    expect((await updates.next()).data?.conversationUpdated.forwarding.state).toBe("WAITING");
    await connection.close();
  });
});

test("Opting out and back in publishes conversationUpdated to agents and the visitor's tabs; repeating it does not", async () => {
  const visitor = await context.startConversation("Hello", { email: "optout@example.com" });
  await reply(visitor, "It is, come by.");
  const query = `subscription ($id: ID) { conversationUpdated(conversationId: $id) {
    optedOut visitor { optedOut } } }`;
  const connections = [await context.agent.client.connect(), await visitor.client.connect()];
  const subscriptions = [];
  for (const connection of connections) {
    subscriptions.push(await context.app.subscribe(connection, query, { id: visitor.conversationId }));
  }
  const setOptOut = (optedOut: boolean, id: string | null) =>
    visitor.client.do(
      "mutation ($is: Boolean!, $id: ID) { setEmailOptOut(optedOut: $is, conversationId: $id) { id } }",
      { is: optedOut, id },
    );
  const cases = [
    { id: visitor.conversationId, expected: { optedOut: true, visitor: { optedOut: false } } },
    { id: null, expected: { optedOut: false, visitor: { optedOut: true } } },
  ];
  for (const { id, expected } of cases) {
    await setOptOut(true, id);
    for (const subscription of subscriptions)
      expect((await subscription.next()).data?.conversationUpdated).toEqual(expected);
    await setOptOut(true, id);
    await setOptOut(false, id);
    await setOptOut(false, id);
    for (const subscription of subscriptions) {
      const back = { optedOut: false, visitor: { optedOut: false } };
      expect((await subscription.next()).data?.conversationUpdated).toEqual(back);
    }
  }
  for (const connection of connections) await connection.close();
});
