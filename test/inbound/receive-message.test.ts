import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { createChannelHost } from "../../src/channel-host.js";
import type { DeliveryResult } from "../../src/channels/channel.js";
import type { TestContext } from "../support/app/test-context.js";
import { fakeEmailVendor, messageIdOf } from "../support/fakes/email-channel.js";
import { InboundContext } from "./inbound-context.js";

let inbound: InboundContext;
let context: TestContext;

beforeAll(async () => {
  inbound = await InboundContext.setup();
  context = inbound.context;
});
afterEach(() => fakeEmailVendor.behave());
afterAll(() => inbound?.teardown());

describe("An email reply", () => {
  test("appears in the widget and marks only the replies in the answered email as read; later replies are still forwarded", async () => {
    const ana = await inbound.forwarded("It is ready.", "We close at six.");
    const [second, first] = await context.agent.deliveries(ana);
    await context.agent.reply(ana, "Bring the receipt.");
    const widget = await ana.client.connect();
    const added = widget.subscribe(
      "subscription { messageAdded { text via { id } author { ... on Visitor { id } } } }",
    );
    const next = added.next();
    await widget.subscribe("{ contactForm { current } }").next();

    const answered = fakeEmailVendor.attempts.find((attempt) => attempt.deliveryId === first?.id)?.reference ?? "";
    await inbound.receiveReply(ana, { text: "I will come at five.", inReplyTo: [answered] });
    expect((await next).data?.messageAdded).toMatchObject({ text: "I will come at five.", via: { id: "email" } });
    await widget.close();

    expect(await inbound.readReplies(ana)).toEqual(["It is ready."]);
    expect(await context.agent.conversation(ana)).toMatchObject({ unreadReplies: 2 });
    expect((await context.agent.forwarding(ana)).pendingReplies).toBe(1);
    await context.app.pass(3_600);
    const carried = fakeEmailVendor.lastTo(ana.email).messages.filter(({ role }) => role === "pending");
    expect(carried.map(({ text }) => text)).toEqual(["Bring the receipt."]);
    expect((await context.agent.deliveries(ana)).map(({ status }) => status)).toEqual(["SENT", "SENT", "DELIVERED"]);
    expect(second?.status).toBe("SENT");
  });

  test("is an interaction of the visitor: the inactivity delay starts over", async () => {
    const ana = await inbound.forwarded("It is ready.");
    await context.app.advance(1_000);
    await inbound.receiveReply(ana);
    await context.agent.reply(ana, "See you.");
    const { dueAt, trigger } = await context.agent.forwarding(ana);
    expect(trigger).toBe("VISITOR_LEFT");
    expect(new Date(dueAt).getTime() - context.now.getTime()).toBeGreaterThan(290_000);
  });

  test("without a known reference answers the newest delivery that was sent before it", async () => {
    const ana = await inbound.forwarded("It is ready.");
    await context.app.advance(60);
    const receivedAt = context.now.toISOString();
    await context.app.advance(60);
    await inbound.forward(ana, "We close at six.");
    await inbound.receiveReply(ana, { inReplyTo: ["unknownreference"], at: receivedAt });
    expect(await inbound.readReplies(ana)).toEqual(["It is ready."]);
    // The reply is guessed to be read, which does not prove the delivery.
    expect((await context.agent.deliveries(ana)).map(({ status }) => status)).toEqual(["SENT", "SENT"]);
    await inbound.receiveReply(ana);
    expect(await inbound.readReplies(ana)).toEqual(["It is ready.", "We close at six."]);
  });

  test("before anything was sent marks nothing as read", async () => {
    const ana = await context.visitorWhoLeft();
    await context.agent.reply(ana, "It is ready.");
    await inbound.receiveReply(ana);
    expect(await inbound.emails(ana)).toMatchObject([{ text: "Thank you." }]);
    expect(await inbound.readReplies(ana)).toEqual([]);
  });

  test("that refers to another conversation's delivery does not change that conversation", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const ben = await inbound.forwarded("Yours is not.");
    await inbound.receiveReply(ana, { inReplyTo: [fakeEmailVendor.lastTo(ben.email).reference] });
    expect(await inbound.readReplies(ben)).toEqual([]);
    expect(await context.agent.delivery(ben)).toMatchObject({ status: "SENT" });
  });

  test("to a closed conversation reopens it", async () => {
    const ana = await inbound.forwarded("It is ready.");
    await context.agent.client.do("mutation ($id: ID!) { closeConversation(conversationId: $id) { status } }", {
      id: ana.conversationId,
    });
    await inbound.receiveReply(ana, { text: "One more thing." });
    expect(await context.agent.conversation(ana)).toMatchObject({ status: "OPEN" });
    expect(await inbound.emails(ana)).toMatchObject([{ text: "One more thing." }]);
  });

  test("to an erased conversation is refused, and nothing of it is kept", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const earlier = inbound.replyFrom(ana, { text: "My number is 12345." });
    await inbound.receive(earlier);
    const { conversation } = await context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { visitor { id } messages(last: 1) { nodes { original { url } } } } }",
      { id: ana.conversationId },
    );
    const [{ original }] = conversation.messages.nodes;
    expect(await (await fetch(original.url)).text()).toBe(JSON.stringify({ ...earlier }));
    await context.agent.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", {
      id: conversation.visitor.id,
    });
    expect((await fetch(original.url)).status).toBe(410);
    await inbound.receiveReply(ana, { text: "My number is 67890." });
    const [late, early] = await inbound.inbound({ conversationId: ana.conversationId });
    expect(late).toMatchObject({
      status: "DROPPED",
      reason: "ERASED",
      from: null,
      to: [],
      original: null,
      detail: null,
    });
    expect(early).toMatchObject({ status: "UNDERSTOOD", from: null, original: null, message: { text: "" } });
    expect(await inbound.emails(ana)).toMatchObject([{ text: "", sender: null, original: null }]);
    expect(await context.agent.conversation(ana)).toMatchObject({ status: "CLOSED" });
  });

  test("of any length and with any characters is truncated, and the original has everything", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const text = `\0\ud800${"👩‍👩‍👧‍👦".repeat(30_000)}`;
    await inbound.receiveReply(ana, { text });
    const [message] = await inbound.emails(ana);
    expect(message?.text.length).toBeLessThan(50_100);
    expect(message?.text).toMatch(/👩‍👩‍👧‍👦\n\n\[Truncated here: the original contains the rest\.\]$/u);
    expect(message?.original.sizeBytes).toBeGreaterThan(text.length);
  });

  test("does not identify the visitor by an address in its text", async () => {
    const ana = await inbound.forwarded("It is ready.");
    await inbound.receiveReply(ana, { text: "Write to cleo@example.com instead." });
    const { conversation } = await context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { visitor { name email emailSource } } }",
      { id: ana.conversationId },
    );
    expect(conversation.visitor).toEqual({ name: "Ana", email: ana.email, emailSource: "FORM" });
  });
});

describe("An email reply to an unfinished delivery", () => {
  test("proves that the delivery arrived; the late result is ignored", async () => {
    const ana = await context.visitorWhoLeft();
    const reply = await context.agent.reply(ana, "It is ready.");
    const requested = Promise.withResolvers<string>();
    const result = Promise.withResolvers<DeliveryResult>();
    fakeEmailVendor.deliver = ({ reference }) => {
      requested.resolve(reference);
      return result.promise;
    };
    await context.agent.forwardNow(ana);
    const working = context.app.worker.work();
    const reference = await requested.promise;
    await inbound.post(inbound.replyFrom(ana, { inReplyTo: [reference] }));
    await context.app.interpreter.work();

    const delivered = { status: "DELIVERED", sentAt: expect.any(String), failure: null };
    expect(await context.agent.delivery(ana)).toMatchObject(delivered);
    const shown = await context.agent.conversation(ana);
    expect(shown.forwarding).toMatchObject({ state: "NOTHING_PENDING" });
    expect(shown.messages.nodes.find(({ id }: { id: string }) => id === reply)).toMatchObject({
      read: true,
      forwardedTo: ana.email,
    });
    result.resolve({ outcome: "rejected", failure: { code: "ADDRESS_INVALID", detail: "550", bounce: "hard" } });
    await working;
    expect(await context.agent.delivery(ana)).toMatchObject(delivered);
    await context.agent.reply(ana, "See you.");
    expect(await context.agent.forwarding(ana)).toMatchObject({ state: "WAITING" });
  });

  test("proves that the delivery arrived although the server never confirmed it, and it is not sent again", async () => {
    const ana = await context.visitorWhoLeft();
    await context.agent.reply(ana, "It is ready.");
    fakeEmailVendor.deliver = () => ({ outcome: "uncertain", failure: { code: "TIMED_OUT", detail: "No answer" } });
    await context.agent.forwardNow(ana);
    await context.app.tick();
    expect(await context.agent.delivery(ana)).toMatchObject({ status: "QUEUED", attempts: 1 });
    await inbound.receiveReply(ana, { inReplyTo: [fakeEmailVendor.lastTo(ana.email).reference] });
    await context.app.pass(600);
    expect(await context.agent.delivery(ana)).toMatchObject({ status: "DELIVERED", attempts: 1, nextAttemptAt: null });
  });

  test("without a reference proves the only UNCERTAIN delivery, but none when there are two", async () => {
    fakeEmailVendor.repeatable = false;
    fakeEmailVendor.deliver = () => ({ outcome: "uncertain", failure: { code: "TIMED_OUT", detail: "No answer" } });
    const [ana, ben] = [await inbound.forwarded("It is ready."), await inbound.forwarded("It is ready.", "And clean.")];
    expect(await context.agent.forwarding(ana)).toMatchObject({ state: "UNCERTAIN" });
    await inbound.receiveReply(ana);
    await inbound.receiveReply(ben);
    expect((await context.agent.deliveries(ana)).map(({ status }) => status)).toEqual(["DELIVERED"]);
    expect(await inbound.readReplies(ana)).toEqual(["It is ready."]);
    expect((await context.agent.deliveries(ben)).map(({ status }) => status)).toEqual(["UNCERTAIN", "UNCERTAIN"]);
    expect(await inbound.readReplies(ben)).toEqual([]);
    expect(await context.agent.forwarding(ana)).toMatchObject({ state: "NOTHING_PENDING" });
  });

  test("cancels a queued delivery that would have sent the same replies again", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const { reference, deliveryId } = fakeEmailVendor.lastTo(ana.email);
    const failure = { code: "UNKNOWN", detail: "Came back" };
    const bounce = { type: "bounced", externalId: `bounce-${deliveryId}`, deliveryId, failure };
    await inbound.receive({ interpretation: { outcome: "events", events: [bounce] } });
    fakeEmailVendor.deliver = () => ({ outcome: "retry", failure: { code: "UNAVAILABLE", detail: "Not now" } });
    await context.agent.forwardNow(ana);
    await context.app.tick();
    await inbound.receiveReply(ana, { inReplyTo: [reference] });
    expect((await context.agent.deliveries(ana)).map(({ status }) => status)).toEqual(["CANCELLED", "BOUNCED"]);
  });
});

describe("A report about a delivery, by the delivery's id", () => {
  test("marks a delivery of unknown outcome as BOUNCED", async () => {
    const ana = await context.visitorWhoLeft();
    await context.agent.reply(ana, "It is ready.");
    fakeEmailVendor.deliver = () => ({ outcome: "uncertain", failure: { code: "TIMED_OUT", detail: "No answer" } });
    await context.agent.forwardNow(ana);
    await context.app.tick();
    const { deliveryId } = fakeEmailVendor.lastTo(ana.email);
    const failure = { code: "ADDRESS_INVALID", detail: "5.1.1 unknown user", bounce: "hard" };
    const bounce = { type: "bounced", externalId: `bounce-${deliveryId}`, deliveryId, failure };
    await inbound.receive({ interpretation: { outcome: "events", events: [bounce] } });
    expect(await context.agent.delivery(ana)).toMatchObject({
      status: "BOUNCED",
      nextAttemptAt: null,
      failure: { code: "ADDRESS_INVALID", detail: "5.1.1 unknown user" },
    });
    expect(await context.agent.forwarding(ana)).toMatchObject({ state: "ADDRESS_SUPPRESSED" });
    expect((await inbound.inbound())[0]).toMatchObject({
      status: "UNDERSTOOD",
      message: null,
      delivery: { id: deliveryId },
      conversation: { id: ana.conversationId },
    });
  });

  test("of a complaint proves that it arrived and suppresses the address, which the agent sees", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const { deliveryId } = fakeEmailVendor.lastTo(ana.email);
    const complaint = { type: "complained", externalId: `complaint-${deliveryId}`, deliveryId, detail: "abuse report" };
    await inbound.receive({ interpretation: { outcome: "events", events: [complaint] } });
    expect(await context.agent.delivery(ana)).toMatchObject({ status: "DELIVERED" });
    await context.agent.reply(ana, "See you.");
    expect(await context.agent.forwarding(ana)).toMatchObject({ state: "ADDRESS_SUPPRESSED" });
  });

  test("about an unknown delivery is dropped as NOT_OURS", async () => {
    const failure = { code: "UNKNOWN", detail: "Came back" };
    for (const deliveryId of ["0190a000-0000-7000-8000-000000000000", "no id"]) {
      const bounce = { type: "bounced", externalId: `bounce-${deliveryId}`, deliveryId, failure };
      await inbound.receive({ interpretation: { outcome: "events", events: [bounce] } });
      expect((await inbound.inbound())[0]).toMatchObject({ status: "DROPPED", reason: "NOT_OURS" });
    }
  });

  test("after the visitor was erased stores no personal data again", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const { deliveryId } = fakeEmailVendor.lastTo(ana.email);
    const { conversation } = await context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { visitor { id } } }",
      { id: ana.conversationId },
    );
    await context.agent.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", {
      id: conversation.visitor.id,
    });
    const failure = { code: "ADDRESS_INVALID", detail: `550 no ${ana.email}`, bounce: "hard" };
    const bounce = { type: "bounced", externalId: `bounce-${deliveryId}`, deliveryId, failure };
    await inbound.receive({ interpretation: { outcome: "events", events: [bounce] } });
    expect(await context.agent.delivery(ana)).toMatchObject({ status: "BOUNCED", failure: { detail: null } });
    expect((await inbound.inbound())[0]).toMatchObject({ status: "UNDERSTOOD", original: null });
  });
});

describe("findConversation", () => {
  test("finds a conversation by its id, by a delivery, or by the first known name among others, and by nothing else", async () => {
    const [ana, ben] = [await inbound.forwarded("It is ready."), await inbound.forwarded("Yours too.")];
    const { services } = context.app;
    const email = services.channels.get("email");
    if (email === undefined) throw new Error("The channel is not installed");
    const host = createChannelHost(services, email.plugin);
    const sent = fakeEmailVendor.lastTo(ana.email);
    const found = { id: ana.conversationId, erased: false, blocked: false, deliveryId: sent.deliveryId };
    expect(await host.findConversation({ conversationId: ana.conversationId })).toEqual({ ...found, deliveryId: null });
    expect(await host.findConversation({ deliveryId: sent.deliveryId })).toEqual(found);
    const names = [
      { externalId: "<\0\ud800>", reference: "\0" },
      { externalId: messageIdOf(sent.reference) },
      { externalId: messageIdOf(fakeEmailVendor.lastTo(ben.email).reference) },
    ];
    expect(await host.findConversation({ names })).toEqual(found);
    const rewritten = { externalId: "<rewritten@provider.example>", reference: sent.reference.toUpperCase() };
    expect(await host.findConversation({ names: [rewritten] })).toEqual(found);
    for (const unknown of ["", "no id", "0190a000-0000-7000-8000-000000000000"]) {
      expect(await host.findConversation({ conversationId: unknown })).toBeNull();
      expect(await host.findConversation({ deliveryId: unknown })).toBeNull();
      expect(await host.findConversation({ names: [{ externalId: unknown, reference: unknown }] })).toBeNull();
    }
    expect(await host.findConversation({ names: [] })).toBeNull();
    // A channel does not find another channel's deliveries.
    const other = createChannelHost(services, { ...email.plugin, id: "other" });
    expect(await other.findConversation({ deliveryId: sent.deliveryId })).toBeNull();
    const { conversation } = await context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { visitor { id } } }",
      { id: ana.conversationId },
    );
    await context.agent.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", {
      id: conversation.visitor.id,
    });
    expect(await host.findConversation({ conversationId: ana.conversationId })).toMatchObject({ erased: true });
  });
});

describe("The sender of an email reply", () => {
  test("is verified as the visitor, regardless of letter case", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const sender = { address: ana.email.toUpperCase(), authenticated: true };
    await inbound.receiveReply(ana, { sender });
    expect(await inbound.emails(ana)).toMatchObject([
      { sender: { address: sender.address, verified: true, doubt: null, explanation: null } },
    ]);
  });

  test("is shown as unverified for another sender with a valid token or a DMARC failure, and the visitor's identity is unchanged", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const doubtful = [
      { address: "mallory@example.com", authenticated: true },
      { address: ana.email, authenticated: false, detail: "DMARC failed." },
      { address: "", authenticated: false },
      { address: "not an address\r\nBcc: x", authenticated: true },
    ];
    for (const sender of doubtful) await inbound.receiveReply(ana, { sender });
    const shown = (await inbound.emails(ana)).map((message) => message.sender);
    expect(shown.map(({ verified }) => verified)).toEqual([false, false, false, false]);
    expect(shown.map(({ doubt }) => doubt)).toEqual(["OTHER_SENDER", "NOT_AUTHENTICATED", "NO_SENDER", "OTHER_SENDER"]);
    expect(shown[1]?.explanation).toBe(
      "It claims to come from the visitor's address, but that could not be verified. DMARC failed.",
    );
    const { conversation } = await context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { visitor { name email emailSource } } }",
      { id: ana.conversationId },
    );
    expect(conversation.visitor).toEqual({ name: "Ana", email: ana.email, emailSource: "FORM" });
  });

  test("is verified for the address that replies were sent to before the visitor changed it", async () => {
    const ana = await inbound.forwarded("It is ready.");
    await ana.client.do("mutation ($input: SubmitContactFormInput!) { submitContactForm(input: $input) { id } }", {
      input: { email: "ana.at.work@example.com" },
    });
    await inbound.receiveReply(ana, { sender: { address: ana.email, authenticated: true } });
    expect(await inbound.emails(ana)).toMatchObject([{ sender: { verified: true } }]);
  });
});

test("The mail-loop guard stops messages from two auto-repliers (ping-pong), until the loop ends", async () => {
  const ana = await inbound.forwarded("It is ready.");
  for (let count = 1; count <= 22; count += 1) await inbound.receiveReply(ana, { text: `Out of office ${count}` });
  expect(await inbound.emails(ana)).toHaveLength(20);
  const guarded = await inbound.inbound({ conversationId: ana.conversationId, reason: "BREAKER" });
  expect(guarded).toMatchObject([
    { status: "DROPPED", original: { contentType: "message/rfc822" }, message: null },
    { status: "DROPPED" },
  ]);
  await context.app.advance(3_601);
  await inbound.receiveReply(ana, { text: "I am back." });
  expect((await inbound.emails(ana)).at(-1)?.text).toBe("I am back.");
  // A guarded email is not lost: an admin can retry it.
  await context.agent.client.do("mutation ($id: ID!) { retryInboundEmail(inboundEmailId: $id) { status } }", {
    id: guarded[0]?.id,
  });
  await context.app.tick();
  expect((await inbound.emails(ana)).at(-1)?.text).toBe("Out of office 22");
});
