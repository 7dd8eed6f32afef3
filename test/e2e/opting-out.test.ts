import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { resumeCodeOf } from "../support/app/resume-code.js";
import { TestContext } from "../support/app/test-context.js";
import type { TestVisitor } from "../support/app/test-visitor.js";

const setOptOut = `mutation ($optedOut: Boolean!, $id: ID) {
  setEmailOptOut(optedOut: $optedOut, conversationId: $id) { optedOut } }`;
const optOutQuery = "query ($id: ID!) { conversation(id: $id) { optedOut visitor { optedOut } forwarding { state } } }";

let context: TestContext;
beforeAll(async () => {
  context = await TestContext.setup();
});
afterAll(() => context?.teardown());

const optOut = (visitor: TestVisitor, id: string | null) => visitor.client.do(setOptOut, { optedOut: true, id });
const optIn = (visitor: TestVisitor, id: string | null) => visitor.client.do(setOptOut, { optedOut: false, id });

/** The opt-outs and the forwarding state that the agent sees. */
async function optOutState(id: string): Promise<{ conversation: boolean; visitor: boolean; state: string }> {
  const { conversation } = await context.agent.client.do(optOutQuery, { id });
  return {
    conversation: conversation.optedOut,
    visitor: conversation.visitor.optedOut,
    state: conversation.forwarding.state,
  };
}

/** A visitor with a queued reply, which the mail server refused temporarily. */
async function visitorWithQueuedReply(): Promise<TestVisitor> {
  const visitor = await context.visitorWhoLeft();
  await context.agent.reply(visitor, "It is, come by.");
  context.mail.behave(() => ({ code: 451, message: "4.3.0 Try again later" }));
  await context.app.pass(301);
  context.mail.behave(() => null);
  expect(await context.agent.delivery(visitor)).toMatchObject({ status: "QUEUED", attempts: 1 });
  return visitor;
}

/** A visitor with two conversations, each with a pending reply; the first is closed. */
async function twoConversations(): Promise<{ visitor: TestVisitor; first: string; second: string }> {
  const visitor = await context.visitor();
  await visitor.say("Is my bike ready?");
  const first = visitor.conversationId;
  await context.agent.reply(visitor, "It is, come by.");
  await context.agent.client.do("mutation ($id: ID!) { closeConversation(conversationId: $id) { id } }", { id: first });
  await visitor.say("Do you sell tyres?");
  const second = visitor.conversationId;
  expect(second).not.toBe(first);
  await context.agent.reply(visitor, "Of every size.");
  await visitor.leave();
  return { visitor, first, second };
}

describe("a visitor who opts out of one conversation", () => {
  test("gets no email about it, and the agent sees why; another conversation is forwarded", async () => {
    const { visitor, first, second } = await twoConversations();
    expect(await optOut(visitor, first)).toEqual({ setEmailOptOut: { optedOut: false } });
    expect(await optOutState(first)).toEqual({ conversation: true, visitor: false, state: "OPTED_OUT" });
    expect(await optOutState(second)).toEqual({ conversation: false, visitor: false, state: "WAITING" });
    const { conversations } = await visitor.client.do("{ conversations { nodes { id optedOut } } }");
    expect(conversations.nodes).toEqual([
      { id: second, optedOut: false },
      { id: first, optedOut: true },
    ]);
    await context.app.pass(3_600);
    expect(context.mailCount(visitor)).toBe(1);
    expect(context.mailsTo(visitor)[0]?.parsed.text).toContain("Of every size.");
    expect(await optOutState(second)).toMatchObject({ state: "NOTHING_PENDING" });
  });

  test("has the queued delivery cancelled, and forwardNow is refused", async () => {
    const visitor = await visitorWithQueuedReply();
    await optOut(visitor, visitor.conversationId);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "CANCELLED", nextAttemptAt: null });
    const { extensions } = await context.agent.failToForward(visitor);
    expect(extensions).toMatchObject({ code: "DELIVERY_NOT_POSSIBLE", reason: "OPTED_OUT" });
    await context.app.pass(3_600);
    expect(context.mailCount(visitor)).toBe(0);
  });

  test("gets the replies that are still unread, when due, after opting in again", async () => {
    const visitor = await context.visitorWhoLeft();
    await optOut(visitor, visitor.conversationId);
    const read = await context.agent.reply(visitor, "It is, come by.");
    await context.agent.reply(visitor, "We close at six.");
    await context.app.pass(3_600);
    await visitor.openPage();
    await visitor.read(read);
    await visitor.leave();
    await context.app.advance(60);

    await optIn(visitor, visitor.conversationId);
    const { state, dueAt, trigger } = await context.agent.forwarding(visitor);
    expect({ state, trigger }).toEqual({ state: "WAITING", trigger: "VISITOR_LEFT" });
    await context.passUntil(dueAt, -1);
    expect(context.mailCount(visitor)).toBe(0);
    await context.passUntil(dueAt);
    expect(await context.agent.delivery(visitor)).toMatchObject({
      status: "SENT",
      messages: [{ text: "We close at six." }],
    });
    expect(context.mailCount(visitor)).toBe(1);
  });
});

describe("a visitor who opts out of all email", () => {
  test("gets none about any conversation, not even a new one, and the agent sees why", async () => {
    const { visitor, first, second } = await twoConversations();
    expect(await optOut(visitor, null)).toEqual({ setEmailOptOut: { optedOut: true } });
    expect(await optOutState(first)).toEqual({ conversation: false, visitor: true, state: "OPTED_OUT" });
    expect(await optOutState(second)).toEqual({ conversation: false, visitor: true, state: "OPTED_OUT" });
    await context.agent.client.do("mutation ($id: ID!) { closeConversation(conversationId: $id) { id } }", {
      id: second,
    });
    await visitor.say("And saddles?");
    await context.agent.reply(visitor, "Those as well.");
    expect(await optOutState(visitor.conversationId)).toMatchObject({ state: "OPTED_OUT" });
    await context.app.pass(3_600);
    expect(context.mailCount(visitor)).toBe(0);

    await optIn(visitor, null);
    await context.app.pass(1);
    expect(context.mailCount(visitor)).toBe(3);
  });

  test("has the queued delivery cancelled, and the worker does not retry it", async () => {
    const visitor = await visitorWithQueuedReply();
    await optOut(visitor, null);
    await optOut(visitor, null);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "CANCELLED" });
    await context.app.pass(3_600);
    expect(context.mailCount(visitor)).toBe(0);
  });

  test("keeps the opt-out of single conversations after opting in again", async () => {
    const { visitor, first, second } = await twoConversations();
    await optOut(visitor, first);
    await optOut(visitor, null);
    await optIn(visitor, null);
    expect(await optOutState(first)).toEqual({ conversation: true, visitor: false, state: "OPTED_OUT" });
    expect(await optOutState(second)).toMatchObject({ conversation: false, state: "WAITING" });
    await optOut(visitor, null);
    expect(await optIn(visitor, first)).toEqual({ setEmailOptOut: { optedOut: true } });
    expect(await optOutState(first)).toEqual({ conversation: false, visitor: true, state: "OPTED_OUT" });
  });

  test("stays opted out when an agent or the visitor enters an address", async () => {
    const visitor = await context.visitorWhoLeft();
    await optOut(visitor, null);
    await context.agent.reply(visitor, "It is, come by.");
    const { viewer } = await visitor.client.do("{ viewer { ... on Visitor { id } } }");
    await context.agent.client.do(
      'mutation ($id: ID!) { updateVisitor(input: { visitorId: $id, email: "ana-noted@example.com" }) { id } }',
      { id: viewer.id },
    );
    await visitor.client.do('mutation { submitContactForm(input: { email: "ana-given@example.com" }) { id } }');
    expect(await context.agent.forwarding(visitor)).toMatchObject({
      state: "OPTED_OUT",
      address: "ana-given@example.com",
    });
  });
});

test("a guest who came by the link in an email can opt out of that conversation only", async () => {
  const { visitor, first, second } = await twoConversations();
  await context.app.pass(301);
  const link = context.mailsTo(visitor).find((mail) => mail.parsed.text?.includes("Of every size."));
  const guest = await context.app.startVisitor({ resume: resumeCodeOf(link) });
  expect((await guest.fail(setOptOut, { optedOut: true, id: null })).extensions.code).toBe("FORBIDDEN");
  expect((await guest.fail(setOptOut, { optedOut: true, id: first })).extensions.code).toBe("NOT_FOUND");
  expect(await guest.do(setOptOut, { optedOut: true, id: second })).toEqual({ setEmailOptOut: { optedOut: false } });
  expect(await optOutState(second)).toMatchObject({ conversation: true, visitor: false });
});
