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

describe("What a visitor answers by email", () => {
  test("shows in the widget and reads what the answered mail carried, no more; later replies still travel", async () => {
    const ana = await inbound.forwarded("It is ready.", "We close at six.");
    const [second, first] = await context.agent.deliveries(ana);
    await context.agent.reply(ana, "Bring the receipt.");
    const widget = await ana.client.connect();
    const heard = widget.subscribe(
      "subscription { messageAdded { text via { id } author { ... on Visitor { id } } } }",
    );
    const next = heard.next();
    await widget.subscribe("{ contactForm { current } }").next();

    const answered = fakeEmailVendor.attempts.find((attempt) => attempt.deliveryId === first?.id)?.reference ?? "";
    await inbound.answer(ana, { text: "I will come at five.", answers: [answered] });
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

  test("is a doing of theirs: the inactivity clock begins anew", async () => {
    const ana = await inbound.forwarded("It is ready.");
    await context.app.advance(1_000);
    await inbound.answer(ana);
    await context.agent.reply(ana, "See you.");
    const { dueAt, trigger } = await context.agent.forwarding(ana);
    expect(trigger).toBe("VISITOR_LEFT");
    expect(new Date(dueAt).getTime() - context.now.getTime()).toBeGreaterThan(290_000);
  });

  test("names nothing of ours: the newest that was sent before it came counts as answered", async () => {
    const ana = await inbound.forwarded("It is ready.");
    await context.app.advance(60);
    const came = context.now.toISOString();
    await context.app.advance(60);
    await inbound.forward(ana, "We close at six.");
    await inbound.answer(ana, { answers: ["nothingofours"], at: came });
    expect(await inbound.readReplies(ana)).toEqual(["It is ready."]);
    // Read by a guess, which proves nothing of the delivery.
    expect((await context.agent.deliveries(ana)).map(({ status }) => status)).toEqual(["SENT", "SENT"]);
    await inbound.answer(ana);
    expect(await inbound.readReplies(ana)).toEqual(["It is ready.", "We close at six."]);
  });

  test("comes before anything was sent: nothing is read", async () => {
    const ana = await context.visitorWhoLeft();
    await context.agent.reply(ana, "It is ready.");
    await inbound.answer(ana);
    expect(await inbound.emails(ana)).toMatchObject([{ text: "Thank you." }]);
    expect(await inbound.readReplies(ana)).toEqual([]);
  });

  test("names what was sent in another conversation: that one stays as it is", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const ben = await inbound.forwarded("Yours is not.");
    await inbound.answer(ana, { answers: [fakeEmailVendor.lastTo(ben.email).reference] });
    expect(await inbound.readReplies(ben)).toEqual([]);
    expect(await context.agent.delivery(ben)).toMatchObject({ status: "SENT" });
  });

  test("comes to a closed conversation → reopened", async () => {
    const ana = await inbound.forwarded("It is ready.");
    await context.agent.client.do("mutation ($id: ID!) { closeConversation(conversationId: $id) { status } }", {
      id: ana.conversationId,
    });
    await inbound.answer(ana, { text: "One more thing." });
    expect(await context.agent.conversation(ana)).toMatchObject({ status: "OPEN" });
    expect(await inbound.emails(ana)).toMatchObject([{ text: "One more thing." }]);
  });

  test("comes to an erased one → refused, and nothing of it is kept", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const before = inbound.answerOf(ana, { text: "My number is 12345." });
    await inbound.receive(before);
    const { conversation } = await context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { visitor { id } messages(last: 1) { nodes { original { url } } } } }",
      { id: ana.conversationId },
    );
    const [{ original }] = conversation.messages.nodes;
    expect(await (await fetch(original.url)).text()).toBe(JSON.stringify({ ...before }));
    await context.agent.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", {
      id: conversation.visitor.id,
    });
    expect((await fetch(original.url)).status).toBe(410);
    await inbound.answer(ana, { text: "My number is 67890." });
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

  test("is of any length and of any characters: bounded, and the original has all", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const text = `\0\ud800${"👩‍👩‍👧‍👦".repeat(30_000)}`;
    await inbound.answer(ana, { text });
    const [message] = await inbound.emails(ana);
    expect(message?.text.length).toBeLessThan(50_100);
    expect(message?.text).toMatch(/👩‍👩‍👧‍👦\n\n\[Truncated here: the original contains the rest\.\]$/u);
    expect(message?.original.sizeBytes).toBeGreaterThan(text.length);
  });

  test("holds an address: nobody is identified by it", async () => {
    const ana = await inbound.forwarded("It is ready.");
    await inbound.answer(ana, { text: "Write to cleo@example.com instead." });
    const { conversation } = await context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { visitor { name email emailSource } } }",
      { id: ana.conversationId },
    );
    expect(conversation.visitor).toEqual({ name: "Ana", email: ana.email, emailSource: "FORM" });
  });
});

describe("An answer to what is still being sent", () => {
  test("proves that it arrived; the late result is ignored", async () => {
    const ana = await context.visitorWhoLeft();
    const reply = await context.agent.reply(ana, "It is ready.");
    const asked = Promise.withResolvers<string>();
    const result = Promise.withResolvers<DeliveryResult>();
    fakeEmailVendor.deliver = ({ reference }) => {
      asked.resolve(reference);
      return result.promise;
    };
    await context.agent.forwardNow(ana);
    const working = context.app.worker.work();
    const reference = await asked.promise;
    await inbound.bring(inbound.answerOf(ana, { answers: [reference] }));
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

  test("proves that it arrived although the server never said so, and it is not sent again", async () => {
    const ana = await context.visitorWhoLeft();
    await context.agent.reply(ana, "It is ready.");
    fakeEmailVendor.deliver = () => ({ outcome: "uncertain", failure: { code: "TIMED_OUT", detail: "No answer" } });
    await context.agent.forwardNow(ana);
    await context.app.tick();
    expect(await context.agent.delivery(ana)).toMatchObject({ status: "QUEUED", attempts: 1 });
    await inbound.answer(ana, { answers: [fakeEmailVendor.lastTo(ana.email).reference] });
    await context.app.pass(600);
    expect(await context.agent.delivery(ana)).toMatchObject({ status: "DELIVERED", attempts: 1, nextAttemptAt: null });
  });

  test("proves it of the only one of unknown outcome, though it names none, and nothing where there are two", async () => {
    fakeEmailVendor.repeatable = false;
    fakeEmailVendor.deliver = () => ({ outcome: "uncertain", failure: { code: "TIMED_OUT", detail: "No answer" } });
    const [ana, ben] = [await inbound.forwarded("It is ready."), await inbound.forwarded("It is ready.", "And clean.")];
    expect(await context.agent.forwarding(ana)).toMatchObject({ state: "UNCERTAIN" });
    await inbound.answer(ana);
    await inbound.answer(ben);
    expect((await context.agent.deliveries(ana)).map(({ status }) => status)).toEqual(["DELIVERED"]);
    expect(await inbound.readReplies(ana)).toEqual(["It is ready."]);
    expect((await context.agent.deliveries(ben)).map(({ status }) => status)).toEqual(["UNCERTAIN", "UNCERTAIN"]);
    expect(await inbound.readReplies(ben)).toEqual([]);
    expect(await context.agent.forwarding(ana)).toMatchObject({ state: "NOTHING_PENDING" });
  });

  test("reads what a queued one would have carried again: that is cancelled", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const { reference, deliveryId } = fakeEmailVendor.lastTo(ana.email);
    const failure = { code: "UNKNOWN", detail: "Came back" };
    const bounce = { type: "bounced", externalId: `bounce-${deliveryId}`, deliveryId, failure };
    await inbound.receive({ interpretation: { outcome: "events", events: [bounce] } });
    fakeEmailVendor.deliver = () => ({ outcome: "retry", failure: { code: "UNAVAILABLE", detail: "Not now" } });
    await context.agent.forwardNow(ana);
    await context.app.tick();
    await inbound.answer(ana, { answers: [reference] });
    expect((await context.agent.deliveries(ana)).map(({ status }) => status)).toEqual(["CANCELLED", "BOUNCED"]);
  });
});

describe("A report about a delivery, by its own id", () => {
  test("says that one of unknown outcome came back", async () => {
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

  test("complains: it arrived, and a complaint stops mail, and the agent sees why", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const { deliveryId } = fakeEmailVendor.lastTo(ana.email);
    const complaint = { type: "complained", externalId: `complaint-${deliveryId}`, deliveryId, detail: "abuse report" };
    await inbound.receive({ interpretation: { outcome: "events", events: [complaint] } });
    expect(await context.agent.delivery(ana)).toMatchObject({ status: "DELIVERED" });
    await context.agent.reply(ana, "See you.");
    expect(await context.agent.forwarding(ana)).toMatchObject({ state: "ADDRESS_SUPPRESSED" });
  });

  test("is about none of ours: dropped, with the reason", async () => {
    const failure = { code: "UNKNOWN", detail: "Came back" };
    for (const deliveryId of ["0190a000-0000-7000-8000-000000000000", "no id"]) {
      const bounce = { type: "bounced", externalId: `bounce-${deliveryId}`, deliveryId, failure };
      await inbound.receive({ interpretation: { outcome: "events", events: [bounce] } });
      expect((await inbound.inbound())[0]).toMatchObject({ status: "DROPPED", reason: "NOT_OURS" });
    }
  });

  test("comes after its visitor was erased: nothing of them is written down again", async () => {
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

describe("A conversation is found", () => {
  test("by its id, by a delivery, or by the first name of ours among others; never by what came from outside otherwise", async () => {
    const [ana, ben] = [await inbound.forwarded("It is ready."), await inbound.forwarded("Yours too.")];
    const { services } = context.app;
    const email = services.channels.get("email");
    if (email === undefined) throw new Error("The channel is not installed");
    const host = createChannelHost(services, email.plugin);
    const sent = fakeEmailVendor.lastTo(ana.email);
    const found = { id: ana.conversationId, erased: false, deliveryId: sent.deliveryId };
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
    for (const nothing of ["", "no id", "0190a000-0000-7000-8000-000000000000"]) {
      expect(await host.findConversation({ conversationId: nothing })).toBeNull();
      expect(await host.findConversation({ deliveryId: nothing })).toBeNull();
      expect(await host.findConversation({ names: [{ externalId: nothing, reference: nothing }] })).toBeNull();
    }
    expect(await host.findConversation({ names: [] })).toBeNull();
    // Another channel's are not this one's.
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

describe("Who sent it", () => {
  test("is the visitor: verified, by whatever letter case", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const sender = { address: ana.email.toUpperCase(), authenticated: true };
    await inbound.answer(ana, { sender });
    expect(await inbound.emails(ana)).toMatchObject([
      { sender: { address: sender.address, verified: true, doubt: null, explanation: null } },
    ]);
  });

  test("has a valid token but is another sender, or a DMARC failure: shown as unverified, and who the visitor is stays", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const doubtful = [
      { address: "mallory@example.com", authenticated: true },
      { address: ana.email, authenticated: false, detail: "DMARC failed." },
      { address: "", authenticated: false },
      { address: "not an address\r\nBcc: x", authenticated: true },
    ];
    for (const sender of doubtful) await inbound.answer(ana, { sender });
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

  test("wrote from where replies went before the visitor's address changed: verified", async () => {
    const ana = await inbound.forwarded("It is ready.");
    await ana.client.do("mutation ($input: SubmitContactFormInput!) { submitContactForm(input: $input) { id } }", {
      input: { email: "ana.at.work@example.com" },
    });
    await inbound.answer(ana, { sender: { address: ana.email, authenticated: true } });
    expect(await inbound.emails(ana)).toMatchObject([{ sender: { verified: true } }]);
  });
});

test("Ping-pong → breaker: what two machines send each other stops becoming messages until they calm down", async () => {
  const ana = await inbound.forwarded("It is ready.");
  for (let count = 1; count <= 22; count += 1) await inbound.answer(ana, { text: `Out of office ${count}` });
  expect(await inbound.emails(ana)).toHaveLength(20);
  const broken = await inbound.inbound({ conversationId: ana.conversationId, reason: "BREAKER" });
  expect(broken).toMatchObject([
    { status: "DROPPED", original: { contentType: "message/rfc822" }, message: null },
    { status: "DROPPED" },
  ]);
  await context.app.advance(3_601);
  await inbound.answer(ana, { text: "I am back." });
  expect((await inbound.emails(ana)).at(-1)?.text).toBe("I am back.");
  // What was kept out is not lost: an admin lets it in.
  await context.agent.client.do("mutation ($id: ID!) { retryInboundEmail(inboundEmailId: $id) { status } }", {
    id: broken[0]?.id,
  });
  await context.app.tick();
  expect((await inbound.emails(ana)).at(-1)?.text).toBe("Out of office 22");
});
