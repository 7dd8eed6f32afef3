import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Data } from "../support/app/graphql-client.js";
import { TestAgent } from "../support/app/test-agent.js";
import { TestApp } from "../support/app/test-app.js";
import { TestVisitor } from "../support/app/test-visitor.js";

/** Without a mail server, as a newcomer starts it. */
let app: TestApp;
let agent: TestAgent;
let visitors = 0;

beforeAll(async () => {
  app = await TestApp.start();
  agent = await TestAgent.signIn(app);
  await agent.client.do("mutation { updateContactForm(input: { whenOffline: OFF }) { current } }");
});
afterAll(() => app?.stop());

const key = () => {
  const notes = app.services.channels.get("email")?.connection?.startNotes ?? [];
  return notes.find((note) => note.startsWith("Mailbox key: "))?.slice("Mailbox key: ".length) ?? "";
};
const authorization = () => ({ authorization: `Bearer ${key()}` });

async function mails(): Promise<readonly Data[]> {
  const response = await fetch(`${app.url}/mailbox.json`, { headers: authorization() });
  return ((await response.json()) as { mails: readonly Data[] }).mails;
}

/** A visitor who asked, left, and got the answer by email. Returns them and the id of that email. */
async function forwarded(): Promise<{ visitor: TestVisitor; mailId: string }> {
  visitors += 1;
  const visitor = await TestVisitor.arrive(app, { email: `ana-${visitors}@home.example` });
  await visitor.say("Is my bike ready?");
  await visitor.leave();
  await agent.confirmAddress(visitor);
  await agent.reply(visitor, "It is, come by.");
  await agent.forwardNow(visitor);
  await app.tick();
  const mail = (await mails()).find(({ to }) => to === visitor.email);
  return { visitor, mailId: mail?.id };
}

async function answer(mailId: string, as: string, text?: string): Promise<number> {
  const response = await fetch(`${app.url}/mailbox/${mailId}/answer`, {
    method: "POST",
    headers: { ...authorization(), "content-type": "application/json" },
    body: JSON.stringify({ as, text }),
  });
  await response.arrayBuffer();
  await app.tick();
  return response.status;
}

async function newestInbound(): Promise<Data> {
  const { inboundEmails } = await agent.client.do("{ inboundEmails(first: 1) { nodes { status reason } } }");
  return inboundEmails.nodes[0];
}

async function messagesOf({ conversationId }: TestVisitor): Promise<readonly Data[]> {
  const { conversation } = await agent.client.do(
    `query ($id: ID!) { conversation(id: $id) { messages(last: 20) { nodes {
      text forwardedTo author { __typename } via { id } sender { address verified } } } } }`,
    { id: conversationId },
  );
  return conversation.messages.nodes;
}

describe("An answer in the dev mailbox of a running program", () => {
  test("as the visitor is in the conversation, checked, and the answered reply counts as read", async () => {
    const { visitor, mailId } = await forwarded();
    expect(await answer(mailId, "REPLY", "Thank you, see you at five!")).toBe(202);
    const messages = await messagesOf(visitor);
    expect(messages.map(({ text, forwardedTo }) => ({ text, forwardedTo }))).toEqual([
      { text: "Is my bike ready?", forwardedTo: null },
      { text: "It is, come by.", forwardedTo: visitor.email },
      { text: "Thank you, see you at five!", forwardedTo: null },
    ]);
    expect(messages.at(-1)).toMatchObject({
      author: { __typename: "Visitor" },
      via: { id: "email" },
      sender: { address: visitor.email, verified: true },
    });
    expect((await agent.forwarding(visitor)).state).toBe("NOTHING_PENDING");
  });

  test("threads: what is forwarded next answers what the visitor answered", async () => {
    const { visitor, mailId } = await forwarded();
    await answer(mailId, "REPLY", "Until when are you open?");
    await agent.reply(visitor, "Until six.");
    await agent.forwardNow(visitor);
    await app.tick();
    const [next] = await mails();
    expect(next).toMatchObject({ to: visitor.email, subject: expect.stringMatching(/^Re: Harbour Bikes replied/) });
    expect(await answer(next?.id, "REPLY", "Great!")).toBe(202);
    expect((await messagesOf(visitor)).at(-1)?.text).toBe("Great!");
  });

  test("by a machine is dropped", async () => {
    const { visitor, mailId } = await forwarded();
    expect(await answer(mailId, "MACHINE")).toBe(202);
    expect(await newestInbound()).toMatchObject({ status: "DROPPED", reason: "AUTO_REPLY" });
    expect(await messagesOf(visitor)).toHaveLength(2);
  });

  test.each([
    ["BOUNCE", "BOUNCED"],
    ["COMPLAINT", "DELIVERED"],
  ])("as a %s makes the delivery %s, and its address is suppressed", async (as, status) => {
    const { visitor, mailId } = await forwarded();
    expect(await answer(mailId, as)).toBe(202);
    expect((await agent.delivery(visitor)).status).toBe(status);
    await agent.reply(visitor, "Are you still there?");
    expect((await agent.forwarding(visitor)).state).toBe("ADDRESS_SUPPRESSED");
  });
});

test("An admin's session opens the dev mailbox; an agent's, a visitor's and one that has ended do not", async () => {
  const input = { email: "mira@example.com", password: "a colleague's password", role: "AGENT", name: "Mira" };
  await agent.client.do("mutation ($input: CreateAgentInput!) { createAgent(input: $input) { id } }", { input });
  const colleague = await app.client.signIn(input.email, input.password);
  const visitor = await app.startVisitor();
  const former = await app.signInAdmin();
  const list = async (token: string | null) =>
    (await fetch(`${app.url}/mailbox.json`, { headers: { authorization: `Bearer ${token}` } })).status;
  const open = async (token: string | null) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const response = await fetch(`${app.url}/mailbox`, { method: "POST", headers, body: "{}" });
    return { status: response.status, hasCookie: response.headers.has("set-cookie") };
  };
  expect(await list(former.token)).toBe(200);
  expect(await open(former.token)).toEqual({ status: 204, hasCookie: true });
  await former.do("mutation { signOut }");
  for (const { token } of [former, colleague, visitor]) {
    expect(await list(token)).toBe(403);
    expect(await open(token)).toEqual({ status: 401, hasCookie: false });
  }
});

describe("The list of the dev mailbox in a running program", () => {
  test("is told when an email comes, and ends when the program stops", async () => {
    const own = await TestApp.start();
    const before = app;
    app = own;
    const admin = agent;
    try {
      agent = await TestAgent.signIn(own);
      await agent.client.do("mutation { updateContactForm(input: { whenOffline: OFF }) { current } }");
      const events: string[] = [];
      let told = Promise.withResolvers<void>();
      const outgoing = httpRequest(`${own.url}/mailbox.json`, {
        agent: false,
        headers: { ...authorization(), accept: "text/event-stream" },
      });
      const ended = new Promise<void>((resolve, reject) => {
        outgoing.on("error", reject);
        outgoing.on("response", (response) => {
          response.on("data", (chunk) => {
            events.push(String(chunk));
            told.resolve();
          });
          response.on("end", resolve);
        });
        outgoing.end();
      });
      await told.promise;
      told = Promise.withResolvers();
      await forwarded();
      await told.promise;
      expect(events).toEqual([
        expect.stringMatching(/^retry: 1000\n\nevent: revision\ndata: [\w-]{16}\n\n$/),
        expect.stringMatching(/^event: revision\ndata: [\w-]{16}\n\n$/),
      ]);
      await own.stop();
      await ended;
    } finally {
      app = before;
      agent = admin;
    }
  });
});
