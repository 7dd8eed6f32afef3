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

/** A visitor who left and got a reply by email, and the code in that email's link. */
async function visitorWithEmail(): Promise<{ visitor: TestVisitor; code: string }> {
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

describe("The resume link in an email", () => {
  test("reused: shows only its conversation, with the address masked, each time it is followed", async () => {
    const { visitor, code } = await visitorWithEmail();
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

  test("cannot change the address, by the form, by an identity or in the chat", async () => {
    const { visitor, code } = await visitorWithEmail();
    const guest = await enter(code);
    const form = await guest.fail('mutation { submitContactForm(input: { email: "eve@example.com" }) { id } }');
    expect(form.extensions.code).toBe("FORBIDDEN");
    await guest.do('mutation { sendMessage(input: { text: "Write to eve@example.com" }) { id } }');
    expect((await seenByAgent(visitor)).visitor.email).toBe(visitor.email);
  });

  test("counts as the visitor after their first message, which is added to the conversation", async () => {
    const { visitor, code } = await visitorWithEmail();
    const guest = await enter(code);
    const { sendMessage } = await guest.do(
      'mutation { sendMessage(input: { text: "On my way!" }) { conversation { id } } }',
    );
    expect(sendMessage.conversation.id).toBe(visitor.conversationId);
    expect((await seenByAgent(visitor)).visitor.online).toBe(true);
  });

  test("has no effect when a mail scanner prefetches it: nothing is read, no presence, no page", async () => {
    const { visitor, code } = await visitorWithEmail();
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

    // Present only from the first interaction of a person.
    await guest.do("mutation { recordActivity { id } }");
    await context.app.services.presence.flush();
    expect((await seenByAgent(visitor)).visitor).toMatchObject({ online: true, leftAt: null });
    await connection.close();
  });

  test("expired: works for 30 days and not after", async () => {
    const { code } = await visitorWithEmail();
    await context.app.advance(30 * 24 * 3600 - 3600);
    expect((await follow(code)).kind).toBe("GUEST");
    await context.app.advance(3600);
    expect(await follow(code)).toMatchObject({ kind: "NEW", conversation: null });
    await context.agent.signInAgain();
  });

  test("revoked: an agent can revoke it, which ends its sessions; the link in the next email works", async () => {
    const { visitor, code } = await visitorWithEmail();
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

  test("of another conversation switches the session to that one", async () => {
    const one = await visitorWithEmail();
    const other = await visitorWithEmail();
    const first = await follow(one.code);
    const second = await follow(other.code, { token: first.token });
    expect(second).toMatchObject({ kind: "GUEST", conversation: { id: other.visitor.conversationId } });
    const { conversations } = await context.app.client.as(second.token).do("{ conversations { nodes { id } } }");
    expect(conversations.nodes).toEqual([{ id: other.visitor.conversationId }]);
  });

  test("is a full session with the visitor's own token; a token of another visitor is ignored and stays valid", async () => {
    const { visitor, code } = await visitorWithEmail();
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
