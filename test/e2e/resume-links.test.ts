import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Data, GraphqlClient } from "../support/app/graphql-client.js";
import { resumeCodeOf } from "../support/app/resume-code.js";
import { TestContext } from "../support/app/test-context.js";
import type { TestVisitor } from "../support/app/test-visitor.js";

const startMutation = `mutation ($input: StartSessionInput!) { startSession(input: $input) {
  token kind visitor { id email } conversation { id } } }`;

let context: TestContext;

beforeAll(async () => {
  context = await TestContext.setup();
});

afterAll(() => context?.teardown());

/** A visitor who left, with a reply that reached them by mail; and the code in that mail's link. */
async function mailed(): Promise<{ visitor: TestVisitor; code: string }> {
  const visitor = await context.visitorWhoLeft();
  await context.agent.reply(visitor, "It is, come by.");
  await context.app.pass(600);
  return { visitor, code: resumeCodeOf(context.mailsTo(visitor)[0]) };
}

async function follow(code: string, input: Data = {}): Promise<Data> {
  return (await context.app.client.do(startMutation, { input: { resume: code, ...input } })).startSession;
}

async function enter(code: string): Promise<GraphqlClient> {
  return context.app.client.as((await follow(code)).token);
}

async function seenByAgent(visitor: TestVisitor): Promise<Data> {
  const { conversation } = await context.agent.client.do(
    "query ($id: ID!) { conversation(id: $id) { readByVisitorUpTo unreadReplies visitor { online leftAt page locale email } } }",
    { id: visitor.conversationId },
  );
  return conversation;
}

describe("The link in a mail, by its resume code,", () => {
  test("reused: shows its one conversation, the address masked, as often as it is followed", async () => {
    const { visitor, code } = await mailed();
    await context.agent.client.do("mutation ($id: ID!) { closeConversation(conversationId: $id) { id } }", {
      id: visitor.conversationId,
    });
    const { sendMessage: second } = await visitor.client.do(
      'mutation { sendMessage(input: { text: "Something private" }) { id conversation { id } } }',
    );
    for (let time = 0; time < 2; time += 1) {
      const session = await follow(code);
      expect(session).toMatchObject({ kind: "GUEST", conversation: { id: visitor.conversationId } });
      expect(session.visitor.email).toBe(`a***@${visitor.email.split("@")[1]}`);
      const guest = context.app.client.as(session.token);
      const { conversations } = await guest.do("{ conversations { nodes { id messages { nodes { text } } } } }");
      expect(conversations.nodes).toEqual([
        {
          id: visitor.conversationId,
          messages: { nodes: [{ text: "Is my bike ready?" }, { text: "It is, come by." }] },
        },
      ]);
      const { conversation } = await guest.do("query ($id: ID!) { conversation(id: $id) { id } }", {
        id: second.conversation.id,
      });
      expect(conversation).toBeNull();
      const written = await guest.fail(
        'mutation ($id: ID!) { sendMessage(input: { conversationId: $id, text: "Hello" }) { id } }',
        { id: second.conversation.id },
      );
      expect(written.extensions.code).toBe("NOT_FOUND");
    }
  });

  test("changes no address: not by the form, not by an identity, not by the chat", async () => {
    const { visitor, code } = await mailed();
    const guest = await enter(code);
    const form = await guest.fail('mutation { submitContactForm(input: { email: "eve@example.com" }) { id } }');
    expect(form.extensions.code).toBe("FORBIDDEN");
    await guest.do('mutation { sendMessage(input: { text: "Write to eve@example.com" }) { id } }');
    expect((await seenByAgent(visitor)).visitor.email).toBe(visitor.email);
  });

  test("reads as the visitor once they are there, and brings their message into the conversation", async () => {
    const { visitor, code } = await mailed();
    const guest = await enter(code);
    const { sendMessage } = await guest.do(
      'mutation { sendMessage(input: { text: "On my way!" }) { conversation { id } } }',
    );
    expect(sendMessage.conversation.id).toBe(visitor.conversationId);
    expect((await seenByAgent(visitor)).visitor.online).toBe(true);
  });

  test("prefetched by a mail scanner marks nothing: no reading, no presence, no page", async () => {
    const { visitor, code } = await mailed();
    await context.agent.reply(visitor, "Not read yet.");
    const before = await seenByAgent(visitor);
    const link = /http\S+#afterchat-resume=\S+/.exec(context.mailsTo(visitor)[0]?.parsed.text ?? "")?.[0] ?? "";
    for (const method of ["HEAD", "GET"]) await fetch(link, { method });
    const session = await follow(code, { page: "/scanned", locale: "tlh", timeZone: "Asia/Tokyo" });
    const guest = context.app.client.as(session.token);
    await guest.do("{ viewer { ... on Visitor { id } } conversations { nodes { messages { nodes { text read } } } } }");
    const connection = await guest.connect();
    await context.app.services.presence.flush();
    expect(await seenByAgent(visitor)).toEqual(before);
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "WAITING", trigger: "VISITOR_LEFT" });

    // Present only from the first thing that a person does.
    await guest.do("mutation { recordActivity { id } }");
    await context.app.services.presence.flush();
    expect((await seenByAgent(visitor)).visitor).toMatchObject({ online: true, leftAt: null });
    await connection.close();
  });

  test("expired: is good for 30 days, and no longer", async () => {
    const { code } = await mailed();
    await context.app.advance(30 * 24 * 3600 - 3600);
    expect((await follow(code)).kind).toBe("GUEST");
    await context.app.advance(3600);
    expect(await follow(code)).toMatchObject({ kind: "NEW", conversation: null });
    await context.agent.signInAgain();
  });

  test("revoked: works no more once an agent said so, and ends who came by it; the next mail's does", async () => {
    const { visitor, code } = await mailed();
    const guest = await enter(code);
    const connection = await guest.connect();
    await context.agent.client.do("mutation ($id: ID!) { revokeResumeCodes(conversationId: $id) { id } }", {
      id: visitor.conversationId,
    });
    expect((await connection.closed()).code).toBe(4403);
    expect((await guest.fail("{ conversations { nodes { id } } }")).extensions.code).toBe("UNAUTHENTICATED");
    expect(await follow(code)).toMatchObject({ kind: "NEW", conversation: null });

    await context.agent.reply(visitor, "Here is another link.");
    await context.app.pass(600);
    expect(await follow(resumeCodeOf(context.mailsTo(visitor)[1]))).toMatchObject({
      kind: "GUEST",
      conversation: { id: visitor.conversationId },
    });
  });

  test("of another conversation shows that one, and no longer the first", async () => {
    const one = await mailed();
    const other = await mailed();
    const first = await follow(one.code);
    const second = await follow(other.code, { token: first.token });
    expect(second).toMatchObject({ kind: "GUEST", conversation: { id: other.visitor.conversationId } });
    const { conversations } = await context.app.client.as(second.token).do("{ conversations { nodes { id } } }");
    expect(conversations.nodes).toEqual([{ id: other.visitor.conversationId }]);
  });

  test("is the full session together with the visitor's own token; another visitor's stays what it was", async () => {
    const { visitor, code } = await mailed();
    const own = await follow(code, { token: visitor.client.token });
    expect(own).toMatchObject({
      kind: "KEPT",
      visitor: { email: visitor.email },
      conversation: { id: visitor.conversationId },
    });
    const stranger = await context.visitorWhoLeft();
    expect(await follow(code, { token: stranger.client.token })).toMatchObject({ kind: "GUEST" });
    const { viewer } = await stranger.client.do("{ viewer { ... on Visitor { email } } }");
    expect(viewer.email).toBe(stranger.email);
  });
});
