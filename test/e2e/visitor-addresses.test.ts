import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Data, GraphqlClient } from "../support/app/graphql-client.js";
import { TestContext } from "../support/app/test-context.js";
import type { TestVisitor } from "../support/app/test-visitor.js";
import { FaultySmtpServer } from "../support/fakes/faulty-smtp-server.js";

const reply = "It is, come by.";

let server: FaultySmtpServer;
let context: TestContext;

beforeAll(async () => {
  server = await FaultySmtpServer.start();
  context = await TestContext.setup({ EMAIL_SMTP_URL: server.url });
});

afterEach(() => {
  server.behave();
  server.release();
});

afterAll(async () => {
  await context?.teardown();
  await server?.stop();
});

/** A visitor who left, with a queued reply that the mail server refused temporarily. */
async function visitorWithQueuedReply(): Promise<TestVisitor> {
  const visitor = await context.visitorWhoLeft();
  await context.agent.reply(visitor, reply);
  server.behave({ RCPT: "451 4.3.0 Try again later" });
  await context.agent.forwardNow(visitor);
  await context.app.tick();
  expect(await context.agent.delivery(visitor)).toMatchObject({ status: "QUEUED", attempts: 1 });
  server.behave();
  return visitor;
}

async function submitAddress(client: GraphqlClient, email: string, name: string | null = null): Promise<void> {
  await client.do("mutation ($input: SubmitContactFormInput!) { submitContactForm(input: $input) { id } }", {
    input: { email, name },
  });
}

async function visitorOf(visitor: TestVisitor): Promise<Data> {
  const { conversation } = await context.agent.client.do(
    "query ($id: ID!) { conversation(id: $id) { visitor { id name email emailSource identified } } }",
    { id: visitor.conversationId },
  );
  return conversation.visitor;
}

describe("A visitor without an address", () => {
  test("is shown to the agent as such: nothing will be sent, and why", async () => {
    const visitor = await context.visitorWhoLeft({ email: null });
    await context.agent.reply(visitor, reply);
    expect(await visitorOf(visitor)).toMatchObject({ email: null, emailSource: null, identified: false });
    expect(await context.agent.forwarding(visitor)).toMatchObject({
      state: "NO_ADDRESS",
      dueAt: null,
      address: null,
      pendingReplies: 1,
    });
    expect((await context.agent.failToForward(visitor)).extensions).toMatchObject({
      code: "DELIVERY_NOT_POSSIBLE",
      reason: "NO_ADDRESS",
    });
    await context.app.pass(3600);
    expect(await context.agent.deliveries(visitor)).toEqual([]);
  });

  test("who submits one later has earlier unread replies become eligible", async () => {
    const visitor = await context.visitorWhoLeft({ email: null });
    await context.agent.reply(visitor, reply);
    await context.app.pass(600);
    await submitAddress(visitor.client, "late@example.com");
    expect(await visitorOf(visitor)).toMatchObject({
      email: "late@example.com",
      emailSource: "FORM",
      identified: true,
    });
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "WAITING", address: "late@example.com" });
    await context.app.tick();
    expect(server.mailsTo("late@example.com").map((mail) => mail.raw)).toEqual([expect.stringContaining(reply)]);
  });

  test("gets them as well when an agent enters an address, and no more when it is removed", async () => {
    const visitor = await context.visitorWhoLeft({ email: null });
    await context.agent.reply(visitor, reply);
    const { id: visitorId } = await visitorOf(visitor);
    const note = (email: string | null) =>
      context.agent.client.do(
        "mutation ($input: UpdateVisitorInput!) { updateVisitor(input: $input) { email emailSource identified } }",
        { input: { visitorId, email } },
      );
    expect((await note("noted@example.com")).updateVisitor).toEqual({
      email: "noted@example.com",
      emailSource: "AGENT",
      identified: true,
    });
    await context.app.pass(600);
    expect(server.mailsTo("noted@example.com")).toHaveLength(1);
    expect((await note(null)).updateVisitor).toEqual({ email: null, emailSource: null, identified: false });
    await context.agent.reply(visitor, "One more thing.");
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "NO_ADDRESS", pendingReplies: 1 });
  });
});

describe("A new address while a delivery is queued", () => {
  test("gets the reply, at the newest address only", async () => {
    const visitor = await visitorWithQueuedReply();
    await submitAddress(visitor.client, "second@example.com");
    await submitAddress(visitor.client, "third@example.com");
    const [cancelled] = await context.agent.deliveries(visitor);
    expect(cancelled).toMatchObject({ status: "CANCELLED", address: visitor.email, nextAttemptAt: null });
    await context.app.pass(3600);
    expect(server.mailsTo(visitor.email)).toEqual([]);
    expect(server.mailsTo("second@example.com")).toEqual([]);
    expect(server.mailsTo("third@example.com")).toHaveLength(1);
    const statuses = (await context.agent.deliveries(visitor)).map(({ status, address }) => [status, address]);
    expect(statuses).toEqual([
      ["SENT", "third@example.com"],
      ["CANCELLED", visitor.email],
    ]);
  });

  test("that is the same as before leaves the queued delivery unchanged", async () => {
    const visitor = await visitorWithQueuedReply();
    await submitAddress(visitor.client, visitor.email);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "QUEUED" });
    await context.app.pass(600);
    expect(server.mailsTo(visitor.email)).toHaveLength(1);
  });
});

describe("An address typed by a visitor", () => {
  test("does not merge two visitors: each sees their own conversation and gets their own email", async () => {
    const email = "shared@example.com";
    const one = await context.visitorWhoLeft({ email, name: "Ana" });
    const other = await context.visitorWhoLeft({ email, name: "Ben" });
    const [ana, ben] = [await visitorOf(one), await visitorOf(other)];
    expect(ana.id).not.toBe(ben.id);
    expect([ana.name, ben.name]).toEqual(["Ana", "Ben"]);
    await context.agent.reply(one, "For Ana.");
    await context.agent.reply(other, "For Ben.");
    await context.app.pass(600);
    const mails = server.mailsTo(email).map((mail) => mail.raw);
    expect(mails).toHaveLength(2);
    expect(mails.filter((raw) => raw.includes("For Ana.") && raw.includes("For Ben."))).toEqual([]);
    for (const visitor of [one, other]) {
      const { conversations } = await visitor.client.do("{ conversations { nodes { id } } }");
      expect(conversations.nodes).toEqual([{ id: visitor.conversationId }]);
    }
  });

  test("of a third person does not rename the visitor, and the agent sees where it came from", async () => {
    const visitor = await context.visitorWhoLeft({ email: null });
    await visitor.client.do('mutation { sendMessage(input: { text: "Write to ben@example.com please" }) { id } }');
    expect(await visitorOf(visitor)).toMatchObject({ name: null, email: "ben@example.com", emailSource: "CHAT" });
    // A second one in the chat may belong to another person: the visitor's address stays.
    await visitor.client.do('mutation { sendMessage(input: { text: "or my boss, eve@example.com" }) { id } }');
    expect(await visitorOf(visitor)).toMatchObject({ email: "ben@example.com", emailSource: "CHAT" });
    await submitAddress(visitor.client, "ana@example.com");
    expect(await visitorOf(visitor)).toMatchObject({ name: null, email: "ana@example.com", emailSource: "FORM" });
  });
});

describe("A visitor who is erased", () => {
  const erase = async (visitor: TestVisitor): Promise<void> => {
    const { id } = await visitorOf(visitor);
    await context.agent.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id name email } }", { id });
  };

  test("while a delivery is queued gets nothing, and none of their data remains visible", async () => {
    const visitor = await visitorWithQueuedReply();
    await erase(visitor);
    await context.app.pass(24 * 3600);
    await context.agent.signInAgain();
    expect(server.mailsTo(visitor.email)).toEqual([]);
    expect(await context.agent.delivery(visitor)).toMatchObject({
      status: "CANCELLED",
      address: "",
      failure: expectNoDetail,
    });
    const { conversation } = await context.agent.client.do(everythingQuery, { id: visitor.conversationId });
    const shown = JSON.stringify(conversation);
    for (const word of [visitor.email, "Ana", "bike", reply]) expect(shown).not.toContain(word);
    expect(conversation).toMatchObject({ status: "CLOSED", forwarding: { state: "NO_ADDRESS" } });
    expect((await visitor.client.fail("mutation { recordActivity { id } }")).extensions.code).toBe("UNAUTHENTICATED");
    const late = await context.agent.client.fail(
      "mutation ($id: ID!) { reopenConversation(conversationId: $id) { id } }",
      { id: visitor.conversationId },
    );
    expect(late.extensions.code).toBe("CONFLICT");
  });

  test("while a delivery is SENDING has it finished and then emptied", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, reply);
    server.behave({ MAIL: "hang" });
    await context.agent.forwardNow(visitor);
    const sending = context.app.tick();
    await server.hanging();
    await erase(visitor);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "SENDING" });
    server.behave();
    server.release();
    await sending;
    expect(server.mailsTo(visitor.email)).toHaveLength(1);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "SENT", address: "", failure: null });
    const { conversation } = await context.agent.client.do(everythingQuery, { id: visitor.conversationId });
    for (const word of [visitor.email, "Ana", "bike", reply]) expect(JSON.stringify(conversation)).not.toContain(word);
  });

  test("while a delivery is SENDING is not retried when the server refuses temporarily", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, reply);
    server.behave({ MAIL: "hang" });
    await context.agent.forwardNow(visitor);
    const sending = context.app.tick();
    await server.hanging();
    await erase(visitor);
    server.behave({ RCPT: "451 4.3.0 Try again later" });
    server.release();
    await sending;
    server.behave();
    await context.app.pass(3600);
    expect(server.mailsTo(visitor.email)).toEqual([]);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "CANCELLED", address: "" });
  });
});

const expectNoDetail = expect.objectContaining({ detail: null });
const everythingQuery = `query ($id: ID!) { conversation(id: $id) {
  status visitor { name email page locale timeZone } lastMessage { text } forwarding { state address }
  messages { nodes { text forwardedTo deliveries { address failure { detail } } } } } }`;
