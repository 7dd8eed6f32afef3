import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Data } from "../support/app/graphql-client.js";
import type { InConversation } from "../support/app/test-agent.js";
import { TestContext } from "../support/app/test-context.js";

let context: TestContext;
beforeAll(async () => {
  context = await TestContext.setup();
});
afterAll(() => context?.teardown());

async function detailsOf({ conversationId }: InConversation): Promise<Data> {
  const query = `query ($id: ID!) { conversation(id: $id) { forwarding { state kind contextMessages heldAt heldBy { name }
    delivery { status kind } suppression { address reason since channel { id } } } } }`;
  return (await context.agent.client.do(query, { id: conversationId })).conversation.forwarding;
}
const nothing = { delivery: null, heldAt: null, heldBy: null, suppression: null };

test("What would be sent is what is sent: its kind, and how many earlier messages go along", async () => {
  const visitor = await context.visitor();
  await visitor.say("Is my bike ready?");
  const reply = await context.agent.reply(visitor, "One moment.");
  await visitor.client.do("mutation ($input: MarkReadInput!) { markRead(input: $input) { id } }", {
    input: { conversationId: visitor.conversationId, messageId: reply },
  });
  await visitor.say("Thank you.");
  await visitor.leave();
  await context.agent.reply(visitor, "It is, come by.");
  const waiting = await detailsOf(visitor);
  expect(waiting).toEqual({ state: "WAITING", kind: "UNREAD_REPLIES", contextMessages: 3, ...nothing });

  const { forwardNow } = await context.agent.client.do(
    "mutation ($id: ID!) { forwardNow(conversationId: $id) { kind } }",
    { id: visitor.conversationId },
  );
  expect(forwardNow.kind).toBe(waiting.kind);
  await context.app.tick();
  const [mail] = context.mailsTo(visitor);
  const earlier = ["Is my bike ready?", "One moment.", "Thank you."];
  expect(earlier.filter((text) => mail?.parsed.text?.includes(text))).toHaveLength(waiting.contextMessages);
  expect(await detailsOf(visitor)).toEqual({ state: "NOTHING_PENDING", kind: null, contextMessages: 0, ...nothing });
});

test("Held replies say who holds them, and since when, until they are released or sent", async () => {
  const visitor = await context.visitorWhoLeft();
  await context.agent.reply(visitor, "It is, come by.");
  const hold = (name: string) =>
    context.agent.client.do(`mutation ($id: ID!) { ${name}(conversationId: $id) { id } }`, {
      id: visitor.conversationId,
    });
  await hold("holdForwarding");
  const held = await detailsOf(visitor);
  expect(held).toMatchObject({ state: "HELD", kind: "UNREAD_REPLIES", heldBy: { name: "Admin" } });
  expect(Math.abs(Date.parse(held.heldAt) - context.now.getTime())).toBeLessThan(60_000);
  // Held again by somebody else, it is still the first one's.
  const colleague = await context.createAgent();
  await colleague.client.do("mutation ($id: ID!) { holdForwarding(conversationId: $id) { id } }", {
    id: visitor.conversationId,
  });
  expect(await detailsOf(visitor)).toEqual(held);
  await hold("releaseForwarding");
  expect(await detailsOf(visitor)).toMatchObject({ state: "WAITING", ...nothing });
});

test("A hold that ended because the visitor has read everything is not the next one's", async () => {
  const visitor = await context.visitor();
  await visitor.say("Is my bike ready?");
  const hold = "mutation ($id: ID!) { holdForwarding(conversationId: $id) { id } }";
  const first = await context.agent.reply(visitor, "One moment.");
  await context.agent.client.do(hold, { id: visitor.conversationId });
  await visitor.read(first);
  expect(await detailsOf(visitor)).toMatchObject({ state: "NOTHING_PENDING", ...nothing });
  await context.agent.reply(visitor, "It is, come by.");
  const colleague = await context.createAgent();
  await colleague.client.do(hold, { id: visitor.conversationId });
  const { viewer } = await colleague.client.do("{ viewer { ... on Agent { name } } }");
  expect(await detailsOf(visitor)).toMatchObject({ state: "HELD", heldBy: viewer });
});

test("What the visitor wrote is not counted while their address may be a stranger's, and only a bot has answered", async () => {
  const visitor = await context.visitor();
  await visitor.say("Is my bike ready?");
  await visitor.read(await context.agent.reply(visitor, "Let me look that up.", "Helper"));
  await visitor.say("Thank you.");
  await visitor.leave();
  await context.agent.reply(visitor, "A colleague will answer.", "Helper");
  const waiting = await detailsOf(visitor);
  await context.agent.forwardNow(visitor);
  await context.app.tick();
  const text = context.mailsTo(visitor)[0]?.parsed.text ?? "";
  const earlier = ["Is my bike ready?", "Let me look that up.", "Thank you."].filter((part) => text.includes(part));
  expect(earlier).toEqual(["Let me look that up."]);
  expect(waiting).toMatchObject({ kind: "UNREAD_REPLIES", contextMessages: 1 });
});

test("A delivery that is queued, and one that failed, can be looked at", async () => {
  const visitor = await context.visitorWhoLeft();
  await context.agent.reply(visitor, "It is, come by.");
  const refuse = { code: 450, message: "4.2.0 Try again later" };
  context.mail.behave(() => refuse);
  await context.agent.forwardNow(visitor);
  await context.app.tick();
  expect(await detailsOf(visitor)).toMatchObject({
    state: "SENDING",
    delivery: { status: "QUEUED", kind: "UNREAD_REPLIES" },
  });
  context.mail.behave(() => ({ code: 554, message: "5.7.1 Refused as spam" }));
  await context.app.pass(3_600);
  expect(await detailsOf(visitor)).toMatchObject({ state: "FAILED", delivery: { status: "FAILED" } });
  context.mail.behave(() => null);
});

test("An address to which nothing is sent says why", async () => {
  const address = await context.suppress("gone@example.com");
  const conversation = await context.startConversation("Hello", { email: address });
  await context.agent.reply(conversation, "Hello!");
  expect(await detailsOf(conversation)).toMatchObject({
    state: "ADDRESS_SUPPRESSED",
    suppression: { address, reason: "HARD_BOUNCE", channel: { id: "email" } },
  });
});

test("Nothing would be sent while nothing is forwarded", async () => {
  const visitor = await context.visitorWhoLeft();
  await context.agent.reply(visitor, "It is, come by.");
  const set = (mode: string) =>
    context.agent.client.do(`mutation { updateForwardingPreference(input: { mode: ${mode} }) { mode } }`);
  await set("NOTHING");
  expect(await detailsOf(visitor)).toEqual({ state: "DISABLED", kind: null, contextMessages: 0, ...nothing });
  await set("FULL_TRANSCRIPT");
  expect(await detailsOf(visitor)).toMatchObject({ kind: "FULL_TRANSCRIPT", contextMessages: 1 });
  await set("UNREAD_REPLIES");
});

test("Staff sees a visitor's conversations, newest first and page by page, and when they were last active", async () => {
  const visitor = await context.visitorWhoLeft();
  const read = async (first: number, after: string | null = null) => {
    const query = `query ($id: ID!, $first: Int, $after: String) { conversation(id: $id) { replyWindowEndsAt visitor { lastActivityAt
      conversations(first: $first, after: $after) { nodes { id status } pageInfo { hasNextPage endCursor } } } } }`;
    return (await context.agent.client.do(query, { id: visitor.conversationId, first, after })).conversation;
  };
  const { visitor: before, replyWindowEndsAt } = await read(10);
  expect(before.conversations.nodes).toEqual([{ id: visitor.conversationId, status: "OPEN" }]);
  expect(Math.abs(Date.parse(before.lastActivityAt) - context.now.getTime())).toBeLessThan(60_000);
  // The website takes answers at any time.
  expect(replyWindowEndsAt).toBeNull();
  await context.agent.client.do("mutation ($id: ID!) { closeConversation(conversationId: $id) { id } }", {
    id: visitor.conversationId,
  });
  // Another visitor's is not among them.
  await context.visitorWhoLeft();
  const { visitor: after } = await read(1);
  expect(after.conversations).toMatchObject({ nodes: [{ status: "CLOSED" }], pageInfo: { hasNextPage: false } });
  expect((await read(1, after.conversations.pageInfo.endCursor)).visitor.conversations.nodes).toEqual([]);
});
