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

const reply = (talker: StartedConversation, text: string) =>
  context.sendMessage(context.agent.client, talker.conversationId, text);
const mailsTo = (address: string) => context.mail.mails.filter((mail) => mail.envelopeTo.includes(address));
const refuse = (message: string) => context.mail.behave(() => ({ code: 550, message }));

/** Refuses a reply of its own so often. */
async function refusals(talker: StartedConversation, count: number): Promise<void> {
  refuse("5.7.1 Not wanted here");
  for (let number = 0; number < count; number += 1) {
    await reply(talker, `Reply ${number}`);
    await context.forward(talker.conversationId);
  }
  context.mail.behave(() => null);
}

describe("suppressed addresses", () => {
  test("are listed newest first, page by page, with what was said of them", async () => {
    for (const name of ["first", "second", "third"]) {
      await context.suppress(`${name}@paging.example`);
      await context.app.advance(60);
    }
    const search = "paging";
    const names = ["third", "second", "first"].map((name) => `${name}@paging.example`);
    expect(await addresses({ search })).toEqual(names);
    const begin = await page({ search, first: 2 });
    expect(begin.nodes[0]).toEqual({
      channel: { id: "email", name: "Email" },
      address: "third@paging.example",
      reason: "HARD_BOUNCE",
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      detail: "550 5.1.1 No such user",
    });
    expect(begin.nodes).toHaveLength(2);
    expect(begin.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const rest = await page({ search, first: 2, after: begin.pageInfo.endCursor });
    expect(rest.nodes.map((node: Data) => node.address)).toEqual(["first@paging.example"]);
    expect(rest.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  test("are found by any part of the address, in any letter case; what is no wildcard is none", async () => {
    await context.suppress("Mara_50%off@search.example");
    await context.suppress("maraX50@search.example");
    expect(await addresses({ search: "MARA_50%" })).toEqual(["Mara_50%off@search.example"]);
    expect(await addresses({ search: " search.EXAMPLE " })).toHaveLength(2);
    expect(await addresses({ search: "nobody\0 at all" })).toEqual([]);
    expect(await addresses({ search: "" })).toEqual(await addresses());
    expect(await page({ first: 0 })).toMatchObject({ nodes: [] });
  });

  test("take no cursor of another list and no page that is too large", async () => {
    for (const wrong of [{ after: "nonsense" }, { after: Buffer.from("[1]").toString("base64url") }, { first: 101 }]) {
      expect((await context.agent.client.fail(list, wrong)).extensions.code).toBe("BAD_USER_INPUT");
    }
  });

  test("hold those that bounced softly five times in a row: a mail that arrives between begins the count anew", async () => {
    const talker = await context.startConversation("Hello", { email: "soft@example.com" });
    await refusals(talker, 4);
    expect(await addresses({ search: "soft@" })).toEqual([]);
    await reply(talker, "This one arrives.");
    await context.forward(talker.conversationId);
    await refusals(talker, 4);
    expect(await stateOf(talker)).toBe("FAILED");
    expect(await addresses({ search: "soft@" })).toEqual([]);
    await refusals(talker, 1);
    expect((await page({ search: "soft@" })).nodes).toMatchObject([
      { address: "soft@example.com", reason: "SOFT_BOUNCES", detail: "550 5.7.1 Not wanted here" },
    ]);
    await reply(talker, "One more");
    expect(await stateOf(talker)).toBe("ADDRESS_SUPPRESSED");
  });

  test("are each their own: a new address given by the visitor starts clean, with a count of its own", async () => {
    const talker = await context.startConversation("Hello", { email: "old@clean.example" });
    await refusals(talker, 5);
    await reply(talker, "One more");
    expect(await stateOf(talker)).toBe("ADDRESS_SUPPRESSED");
    await talker.client.do('mutation { submitContactForm(input: { email: "new@clean.example" }) { id } }');
    expect(await stateOf(talker)).toBe("WAITING");
    await refusals(talker, 4);
    expect(await stateOf(talker)).toBe("FAILED");
    expect(await addresses({ search: "clean.example" })).toEqual(["old@clean.example"]);
    await reply(talker, "At last");
    await context.forward(talker.conversationId);
    expect(mailsTo("new@clean.example")).toHaveLength(1);
    expect(await stateOf(talker)).toBe("NOTHING_PENDING");
  });
});

describe("lifting a suppression", () => {
  test("makes what is unread at the address eligible, for everyone who has it, and answers twice the same", async () => {
    const email = "back@lifted.example";
    const talker = await context.startConversation("Is my bike ready?", { email });
    const other = await context.startConversation("Do you sell tyres?", { email });
    await reply(talker, "It is, come by.");
    refuse("5.1.1 No such user");
    await context.forward(talker.conversationId);
    context.mail.behave(() => null);
    await reply(other, "Of every size.");
    await context.app.pass(3_600);
    expect([await stateOf(talker), await stateOf(other)]).toEqual(["ADDRESS_SUPPRESSED", "ADDRESS_SUPPRESSED"]);
    expect(mailsTo(email)).toEqual([]);
    const [listed] = (await page({ search: email })).nodes;

    const answers = [await liftEmail(email), await liftEmail(email), await liftEmail(` back@LIFTED.example`)];
    expect(answers).toEqual([1, 2, 3].map(() => ({ liftSuppression: listed })));
    expect(await addresses({ search: email })).toEqual([]);
    expect([await stateOf(talker), await stateOf(other)]).toEqual(["WAITING", "WAITING"]);
    await context.app.tick();
    expect(mailsTo(email)).toHaveLength(2);
  });

  test("counts soft bounces anew, and a later hard one suppresses again, with its own reason and date", async () => {
    const talker = await context.startConversation("Hello", { email: "again@lifted.example" });
    await refusals(talker, 5);
    const before = (await liftEmail("again@lifted.example")).liftSuppression;
    await refusals(talker, 4);
    expect(await stateOf(talker)).toBe("FAILED");
    await context.app.advance(60);
    await context.suppress("again@lifted.example");
    const [now] = (await page({ search: "again@" })).nodes;
    expect([before.reason, now.reason]).toEqual(["SOFT_BOUNCES", "HARD_BOUNCE"]);
    expect(new Date(now.since).getTime()).toBeGreaterThan(new Date(before.since).getTime());
    expect((await liftEmail("again@lifted.example")).liftSuppression).toEqual(now);
  });

  test("is refused for a channel that is not there, and for an address that was not suppressed", async () => {
    const wrong = await context.agent.client.fail(lift, { channel: "pigeon", address: "ana@example.com" });
    expect(wrong.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "channel" });
    expect(wrong.message).toContain("email");
    await context.startConversation("Hello", { email: "fine@lifted.example" });
    for (const address of ["fine@lifted.example", "", "not an address"]) {
      expect((await context.agent.client.fail(lift, { channel: "email", address })).extensions.code).toBe("NOT_FOUND");
    }
  });

  test("is heard of by the agents who look at its conversations", async () => {
    const email = "heard@lifted.example";
    const talker = await context.startConversation("Hello", { email });
    await context.suppress(email);
    await reply(talker, "It is, come by.");
    const connection = await context.agent.client.connect();
    const heard = await context.app.subscribe(
      connection,
      "subscription ($id: ID) { conversationUpdated(conversationId: $id) { forwarding { state } } }",
      { id: talker.conversationId },
    );
    await liftEmail(email);
    expect((await heard.next()).data?.conversationUpdated.forwarding.state).toBe("WAITING");
    await connection.close();
  });
});

test("opting out and back in are heard of at once by agents and by the visitor's other tabs; saying it again is told to nobody", async () => {
  const talker = await context.startConversation("Hello", { email: "mind@example.com" });
  await reply(talker, "It is, come by.");
  const query = `subscription ($id: ID) { conversationUpdated(conversationId: $id) {
    optedOut visitor { optedOut } } }`;
  const connections = [await context.agent.client.connect(), await talker.client.connect()];
  const heard = [];
  for (const connection of connections) {
    heard.push(await context.app.subscribe(connection, query, { id: talker.conversationId }));
  }
  const say = (optedOut: boolean, id: string | null) =>
    talker.client.do(
      "mutation ($is: Boolean!, $id: ID) { setEmailOptOut(optedOut: $is, conversationId: $id) { id } }",
      { is: optedOut, id },
    );
  const wishes = [
    { id: talker.conversationId, out: { optedOut: true, visitor: { optedOut: false } } },
    { id: null, out: { optedOut: false, visitor: { optedOut: true } } },
  ];
  for (const { id, out } of wishes) {
    await say(true, id);
    for (const subscription of heard) expect((await subscription.next()).data?.conversationUpdated).toEqual(out);
    await say(true, id);
    await say(false, id);
    await say(false, id);
    for (const subscription of heard) {
      const back = { optedOut: false, visitor: { optedOut: false } };
      expect((await subscription.next()).data?.conversationUpdated).toEqual(back);
    }
  }
  for (const connection of connections) await connection.close();
});
