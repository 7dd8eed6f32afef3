import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { storeMail } from "../../plugins/email/inbound/store-mail.js";
import { createChannelHost } from "../../src/channel-host.js";
import { InboundMailContext, type Recipient } from "../plugins/email/inbound/inbound-mail-context.js";
import { SmtpConversation } from "../plugins/email/inbound/sources/smtp-conversation.js";
import type { Data } from "../support/app/graphql-client.js";
import { resumeCodeOf } from "../support/app/resume-code.js";
import { TestContext } from "../support/app/test-context.js";
import { post, refused } from "../support/app/upload.js";
import { FakeImmediateVendor } from "../support/fakes/immediate-vendor.js";
import { identityToken } from "../support/services/fixtures.js";

let vendor: FakeImmediateVendor;
let context: TestContext;
let mails: InboundMailContext;
beforeAll(async () => {
  vendor = await FakeImmediateVendor.start();
  context = await TestContext.setup({
    ...vendor.environment,
    EMAIL_SMTP_LISTEN: "127.0.0.1:0",
    IDENTITY_SECRET: "the-website-and-afterchat-share-this",
  });
  mails = InboundMailContext.of(context);
});
beforeEach(() => {
  vendor.behave();
  context.mail.behave(() => null);
});
afterAll(async () => {
  await context?.teardown();
  await vendor?.stop();
});

const shown = "id blockedAt blockedBy { id }";
const blockMutation = `mutation ($id: ID!) { blockVisitor(visitorId: $id) { ${shown} } }`;
const unblockMutation = `mutation ($id: ID!) { unblockVisitor(visitorId: $id) { ${shown} } }`;

const block = async (id: string): Promise<Data> => (await context.agent.client.do(blockMutation, { id })).blockVisitor;
const unblock = async (id: string): Promise<Data> =>
  (await context.agent.client.do(unblockMutation, { id })).unblockVisitor;

async function visitorIdOf(conversationId: string): Promise<string> {
  const { conversation } = await context.agent.client.do(
    "query ($id: ID!) { conversation(id: $id) { visitor { id } } }",
    { id: conversationId },
  );
  return conversation.visitor.id;
}

const stateOf = async (of: { conversationId: string }): Promise<string> => (await context.agent.forwarding(of)).state;

describe("a blocked visitor on the website", () => {
  test("loses session and sockets at once; their browser begins anew as somebody else, whom staff do not take for them", async () => {
    const visitor = await context.visitor();
    await visitor.say("Buy my pills");
    const id = await visitorIdOf(visitor.conversationId);
    const page = await visitor.client.connect();
    const before = context.now;
    const blocked = await block(id);
    expect(blocked).toEqual({ id, blockedAt: expect.any(String), blockedBy: { id: context.agent.id } });
    expect(new Date(blocked.blockedAt).getTime()).toBeGreaterThanOrEqual(before.getTime());
    expect(await page.closed()).toMatchObject({ code: 4403 });
    for (const text of ['mutation { sendMessage(input: { text: "More" }) { id } }', "{ viewer { __typename } }"]) {
      expect((await visitor.client.fail(text)).extensions.code).toBe("UNAUTHENTICATED");
    }
    expect(await refused(post(visitor.client, { content: "pills" }))).toMatchObject({ status: 401 });
    await expect(visitor.client.connect()).rejects.toThrow("4403");

    const { startSession } = await context.app.client.do(
      "mutation ($token: String) { startSession(input: { token: $token }) { kind visitor { id } conversation { id } } }",
      { token: visitor.client.token },
    );
    expect(startSession).toMatchObject({ kind: "NEW", conversation: null });
    expect(startSession.visitor.id).not.toBe(id);
    // What was written stays for staff to read.
    expect((await context.agent.conversation(visitor)).messages.nodes).toHaveLength(1);
  });

  test("is blocked once: a second call changes nothing, and so does a second unblocking", async () => {
    const { visitorId } = await context.startConversation();
    const colleague = await context.createAgent();
    const first = await block(visitorId);
    expect((await colleague.client.do(blockMutation, { id: visitorId })).blockVisitor).toEqual(first);
    const unblocked = { id: visitorId, blockedAt: null, blockedBy: null };
    expect(await unblock(visitorId)).toEqual(unblocked);
    expect(await unblock(visitorId)).toEqual(unblocked);
  });

  test("is shown to staff as blocked at once", async () => {
    const visitor = await context.startConversation();
    const updated = await context.app.subscribe(
      context.agent.connection,
      "subscription ($id: ID) { conversationUpdated(conversationId: $id) { visitor { blockedAt network } } }",
      { id: visitor.conversationId },
    );
    await block(visitor.visitorId);
    expect((await updated.next()).data?.conversationUpdated.visitor).toEqual({
      blockedAt: expect.any(String),
      network: "127.0.0.1",
    });
    await unblock(visitor.visitorId);
    expect((await updated.next()).data?.conversationUpdated.visitor.blockedAt).toBeNull();
    await updated.end();
  });

  test("does not come back by the link in an email, nor by the website's identity", async () => {
    const token = await identityToken(context.app, { sub: "u-blocked", email: "eve@example.com" });
    const known = await context.app.startVisitor({ identity: { token } });
    const { sendMessage } = await known.do(
      'mutation { sendMessage(input: { text: "Hello" }) { conversation { id visitor { id } } } }',
    );
    const { id: conversationId, visitor } = sendMessage.conversation;
    await context.agent.reply({ conversationId }, "Hello!");
    await context.forward(conversationId);
    const resume = resumeCodeOf(context.mail.mails.at(-1));
    const guest = await context.app.startVisitor({ resume });
    await block(visitor.id);
    expect((await guest.fail("{ viewer { __typename } }")).extensions.code).toBe("UNAUTHENTICATED");
    const start = "mutation ($input: StartSessionInput!) { startSession(input: $input) { kind conversation { id } } }";
    const { startSession } = await context.app.client.do(start, { input: { resume } });
    expect(startSession).toEqual({ kind: "NEW", conversation: null });
    const fresh = await context.app.startVisitor();
    for (const input of [{ identity: { token } }, { identity: { token }, token: fresh.token }]) {
      expect(await context.app.client.fail(start, { input })).toMatchObject({
        message: "You have been blocked: nothing you write here is accepted any more.",
        extensions: { code: "FORBIDDEN" },
      });
    }
    // The anonymous visitor has joined nobody.
    expect((await fresh.do("{ viewer { ... on Visitor { email } } }")).viewer.email).toBeNull();
    await unblock(visitor.id);
    expect((await context.app.client.do(start, { input: { identity: { token } } })).startSession).toEqual({
      kind: "JOINED",
      conversation: { id: conversationId },
    });
  });

  test("writes nothing even in the seconds in which another process still knows the session", async () => {
    const { client, visitorId, conversationId } = await context.startConversation();
    await client.do("{ viewer { __typename } }");
    // As a process does that blocks them: this one keeps the session in its cache.
    await context.app.execute("UPDATE visitors SET blocked_at = now(), blocked_by_id = $2 WHERE id = $1", [
      visitorId,
      context.agent.id,
    ]);
    const input = { conversationId, text: "More pills" };
    const attempts: [string, Data][] = [
      ["mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }", { input }],
      ['mutation { sendMessage(input: { text: "Write to eve@example.com" }) { id } }', {}],
      ['mutation { submitContactForm(input: { email: "eve@example.com" }) { id } }', {}],
      ["mutation ($id: ID!) { setTyping(conversationId: $id) }", { id: conversationId }],
      ["mutation { recordActivity { id } }", {}],
    ];
    for (const [text, variables] of attempts) {
      expect((await client.fail(text, variables)).extensions.code).toBe("FORBIDDEN");
    }
    expect(await refused(post(client, { content: "pills" }))).toMatchObject({ status: 401 });
    await context.app.advance(6);
    expect((await client.fail("{ viewer { __typename } }")).extensions.code).toBe("UNAUTHENTICATED");
  });
});

describe("what is sent to a blocked visitor", () => {
  test("a queued email is cancelled, staff see why, and cannot send it", async () => {
    const visitor = await context.visitorWhoLeft();
    const id = await visitorIdOf(visitor.conversationId);
    await context.agent.reply(visitor, "It is, come by.");
    context.mail.behave(() => ({ code: 451, message: "4.3.0 Try again later" }));
    await context.app.pass(301);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "QUEUED" });
    context.mail.behave(() => null);
    await block(id);
    const cancelled = await context.agent.delivery(visitor);
    expect(cancelled).toMatchObject({ status: "CANCELLED", failure: { code: "BLOCKED", detail: null } });
    expect(await stateOf(visitor)).toBe("BLOCKED");
    expect(await context.agent.failToForward(visitor)).toMatchObject({
      message: "This visitor is blocked: call unblockVisitor first.",
      extensions: { code: "DELIVERY_NOT_POSSIBLE", reason: "BLOCKED" },
    });
    await expect(context.agent.reply(visitor, "Go away.")).rejects.toThrow("call unblockVisitor before writing");
    await context.app.pass(86_400);
    expect(context.mailCount(visitor)).toBe(0);
  });

  test("after unblocking, nothing is sent by itself; an agent can send what is still unread", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.signInAgain();
    await context.agent.reply(visitor, "It is, come by.");
    const id = await visitorIdOf(visitor.conversationId);
    await block(id);
    await unblock(id);
    await context.app.pass(86_000);
    expect(context.mailCount(visitor)).toBe(0);
    await context.agent.signInAgain();
    await context.agent.forwardNow(visitor);
    await context.app.tick();
    expect(context.mailsTo(visitor)[0]?.parsed.text).toContain("It is, come by.");
    // New replies are forwarded as to everybody.
    await context.agent.reply(visitor, "Until six.");
    expect(await stateOf(visitor)).toBe("WAITING");
    await context.app.pass(3_600);
    expect(context.mailCount(visitor)).toBe(2);
  });

  test("nothing becomes due while they are blocked, not even by a new address", async () => {
    await context.agent.signInAgain();
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    const id = await visitorIdOf(visitor.conversationId);
    await block(id);
    await context.agent.client.do(
      'mutation ($id: ID!) { updateVisitor(input: { visitorId: $id, email: "moved@example.com" }) { id } }',
      { id },
    );
    const due = await context.app.execute("SELECT due_at, offline_due_at FROM conversations WHERE id = $1", [
      visitor.conversationId,
    ]);
    expect(due).toEqual([{ due_at: null, offline_due_at: null }]);
    await context.app.pass(3_600);
    expect(context.mailCount({ email: "moved@example.com" })).toBe(0);
  });

  test("an attempt that is under way and fails is not repeated", async () => {
    const visitor = await context.visitorWhoLeft();
    const id = await visitorIdOf(visitor.conversationId);
    await context.agent.reply(visitor, "It is, come by.");
    context.mail.behave(() => ({ code: 451, message: "4.3.0 Try again later" }));
    await context.app.pass(301);
    // As if the attempt had begun before the visitor was blocked: it is queued again although nothing of a blocked visitor should be.
    const { id: deliveryId } = await context.agent.delivery(visitor);
    await block(id);
    await context.app.execute(
      "UPDATE deliveries SET status = 'QUEUED', next_attempt_at = now(), failure_code = NULL WHERE id = $1",
      [deliveryId],
    );
    context.mail.behave(() => null);
    await context.app.pass(3_600);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "CANCELLED", failure: { code: "BLOCKED" } });
    expect(context.mailCount(visitor)).toBe(0);
  });
});

describe("by email", () => {
  async function blockedRecipient(): Promise<Recipient & { visitorId: string }> {
    await context.agent.signInAgain();
    const recipient = await mails.recipient();
    const visitorId = await visitorIdOf(recipient.visitor.conversationId);
    await block(visitorId);
    return { ...recipient, visitorId };
  }

  /** Stores an email that was not refused at RCPT, as a mailbox or a provider's webhook brings it. */
  async function store(ana: Recipient, raw: string): Promise<void> {
    const email = context.app.services.channels.get("email");
    if (email === undefined) throw new Error("The email channel is not installed");
    await storeMail(createChannelHost(context.app.services, email.plugin), {
      raw: Buffer.from(raw),
      envelope: {
        via: "imap",
        from: ana.visitor.email,
        to: [ana.replyTo],
        remoteAddress: null,
        helo: null,
        arrivedAt: null,
        providerId: null,
      },
    });
    await context.app.tick();
  }

  test("the SMTP listener refuses the reply address with 550, but takes reports about what was sent before", async () => {
    const ana = await blockedRecipient();
    const client = await SmtpConversation.connect(mails.port("SMTP"));
    const replies = await client.envelope("EHLO", ana.visitor.email, ana.replyTo, ana.bounceTo);
    expect(replies).toEqual(["550 5.7.1 Messages from you are not accepted here", expect.stringMatching(/^250 /)]);
    await client.send("QUIT");
    await client.close();
    await unblock(ana.visitorId);
    const again = await SmtpConversation.connect(mails.port("SMTP"));
    expect(await again.envelope("EHLO", ana.visitor.email, ana.replyTo)).toEqual([expect.stringMatching(/^250 /)]);
    await again.send("QUIT");
    await again.close();
  });

  test("what arrives otherwise is dropped as BLOCKED; an admin can take it up once the visitor is unblocked", async () => {
    const ana = await blockedRecipient();
    await store(ana, mails.mail(ana, "You cannot block me"));
    const [kept] = await mails.kept(ana.replyTo);
    expect(kept).toMatchObject({
      status: "DROPPED",
      reason: "BLOCKED",
      detail: "Staff have blocked its visitor.",
      conversation: { id: ana.visitor.conversationId },
    });
    expect(await mails.answers(ana)).toEqual([]);
    await unblock(ana.visitorId);
    await context.app.tick();
    expect(await mails.answers(ana)).toEqual([]);
    await store(ana, mails.mail(ana, "Sorry about that"));
    expect(await mails.answers(ana)).toEqual(["Sorry about that"]);
    await context.agent.client.do("mutation ($id: ID!) { retryInboundEmail(inboundEmailId: $id) { id } }", {
      id: kept?.id,
    });
    await context.app.tick();
    expect(await mails.answers(ana)).toEqual(["Sorry about that", "You cannot block me"]);
  });
});

describe("on an IMMEDIATE channel", () => {
  async function user(name: string): Promise<{ conversationId: string; visitorId: string }> {
    expect(await vendor.say(context.app, name, "Is my bike ready?")).toBe(204);
    const { conversations } = await context.agent.client.do(
      'query ($name: String) { conversations(filter: { channel: "instant", search: $name }) { nodes { id visitor { id } } } }',
      { name },
    );
    const [conversation] = conversations.nodes;
    return { conversationId: conversation.id, visitorId: conversation.visitor.id };
  }
  const textsOf = async (of: { conversationId: string }): Promise<string[]> =>
    (await context.agent.conversation(of)).messages.nodes.map(({ text }: Data) => text);

  test("messages are acknowledged to the vendor and dropped; new ones are let in after unblocking", async () => {
    const ana = await user("ana");
    await block(ana.visitorId);
    expect(await vendor.say(context.app, "ana", "Answer me!")).toBe(204);
    expect(await textsOf(ana)).toEqual(["Is my bike ready?"]);
    await unblock(ana.visitorId);
    expect(await textsOf(ana)).toEqual(["Is my bike ready?"]);
    expect(await vendor.say(context.app, "ana", "Sorry")).toBe(204);
    expect(await textsOf(ana)).toEqual(["Is my bike ready?", "Sorry"]);
  });

  test("a queued reply is cancelled and cannot be retried", async () => {
    const ben = await user("ben");
    vendor.behave(() => ({ outcome: "retry", failure: { code: "UNAVAILABLE", detail: "Try again" } }));
    await context.agent.reply(ben, "It is, come by.");
    await context.app.tick();
    expect(await context.agent.delivery(ben)).toMatchObject({ status: "QUEUED", attempts: 1 });
    await block(ben.visitorId);
    expect(await context.agent.delivery(ben)).toMatchObject({ status: "CANCELLED", failure: { code: "BLOCKED" } });
    vendor.behave(() => ({ outcome: "rejected", failure: { code: "UNKNOWN", detail: "No" } }));
    await unblock(ben.visitorId);
    await context.agent.reply(ben, "Until six.");
    await context.app.tick();
    const [failed] = await context.agent.deliveries(ben);
    expect(failed).toMatchObject({ status: "FAILED" });
    await block(ben.visitorId);
    expect((await context.agent.failToRetry(failed?.id)).extensions).toMatchObject({
      code: "DELIVERY_NOT_POSSIBLE",
      reason: "BLOCKED",
    });
  });

  test("a reply that is queued again although its visitor is blocked is not sent", async () => {
    const eve = await user("eve");
    vendor.behave(() => ({ outcome: "retry", failure: { code: "UNAVAILABLE", detail: "Try again" } }));
    await context.agent.reply(eve, "It is, come by.");
    await context.app.tick();
    const { id } = await context.agent.delivery(eve);
    await block(eve.visitorId);
    // As when its attempt began before that, and failed afterwards.
    await context.app.execute(
      "UPDATE deliveries SET status = 'QUEUED', next_attempt_at = now(), failure_code = NULL WHERE id = $1",
      [id],
    );
    const sentBefore = vendor.requests.length;
    vendor.behave();
    await context.app.pass(3_600);
    await context.agent.signInAgain();
    expect(await context.agent.delivery(eve)).toMatchObject({ status: "CANCELLED", failure: { code: "BLOCKED" } });
    expect(vendor.requests.length).toBe(sentBefore);
  });

  test("edits, late files and profiles are dropped too, but what the visitor takes back is removed", async () => {
    const kim = await user("kim");
    const messageId = (await context.agent.conversation(kim)).messages.nodes[0].id;
    const [{ externalId } = {}] = await context.app.execute(
      'SELECT external_id AS "externalId" FROM messages WHERE id = $1',
      [messageId],
    );
    await block(kim.visitorId);
    const instant = context.app.services.channels.get("instant");
    if (instant === undefined) throw new Error("The channel is not installed");
    const host = createChannelHost(context.app.services, instant.plugin);
    const at = context.now;
    const file = { name: "pills.txt", contentType: "text/plain", content: Buffer.from("Buy now") };
    await host.receive([
      { type: "edited", externalId: "kim-edit", at, messageId: externalId, text: "Buy my pills" },
      { type: "attached", externalId: "kim-file", at, messageId: externalId, attachments: [file] },
      { type: "profile", externalId: "kim-profile", at, address: "kim", locale: "fr" },
    ]);
    const shown = async () => {
      const { conversation } = await context.agent.client.do(
        `query ($id: ID!) { conversation(id: $id) { visitor { locale } messages { nodes { text unsentAt attachments { name } } } } }`,
        { id: kim.conversationId },
      );
      return conversation;
    };
    expect(await shown()).toMatchObject({
      visitor: { locale: null },
      messages: { nodes: [{ text: "Is my bike ready?", unsentAt: null, attachments: [] }] },
    });
    await host.receive([{ type: "unsent", externalId: "kim-unsent", at, messageId: externalId }]);
    expect((await shown()).messages.nodes).toMatchObject([{ text: "", unsentAt: expect.any(String) }]);
  });

  test("an address that staff noted for a blocked visitor begins no conversation there", async () => {
    const { visitorId } = await context.startConversation();
    await context.agent.client.do(
      'mutation ($id: ID!) { updateVisitor(input: { visitorId: $id, addresses: [{ channel: "instant", address: "cleo" }] }) { id } }',
      { id: visitorId },
    );
    await block(visitorId);
    expect(await vendor.say(context.app, "cleo", "Here I am again")).toBe(204);
    const { conversations } = await context.agent.client.do(
      '{ conversations(filter: { channel: "instant", search: "cleo" }) { nodes { id } } }',
    );
    expect(conversations.nodes).toEqual([]);
  });
});

test("erasing removes the block and the network; an erased visitor cannot be blocked", async () => {
  const { visitorId, conversationId } = await context.startConversation();
  await block(visitorId);
  await context.agent.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", { id: visitorId });
  const { conversation } = await context.agent.client.do(
    `query ($id: ID!) { conversation(id: $id) { visitor { ${shown} network } } }`,
    { id: conversationId },
  );
  expect(conversation.visitor).toEqual({ id: visitorId, blockedAt: null, blockedBy: null, network: null });
  for (const text of [blockMutation, unblockMutation]) {
    expect((await context.agent.client.fail(text, { id: visitorId })).extensions.code).toBe("CONFLICT");
  }
});
