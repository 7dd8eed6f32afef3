import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { GraphqlClient } from "../support/app/graphql-client.js";
import { TestApp } from "../support/app/test-app.js";
import { addressOf, MailSink } from "../support/fakes/mail-sink.js";

describe("a reply to a visitor who left is emailed", () => {
  let sink: MailSink;
  let app: TestApp;
  let agent: GraphqlClient;

  beforeAll(async () => {
    sink = await MailSink.start();
    app = await TestApp.start({ EMAIL_SMTP_URL: sink.url, EMAIL_FROM: "chat@harbour.example" });
    agent = await app.signInAdmin();
  });

  afterAll(async () => {
    await app?.stop();
    await sink?.stop();
  });

  test("five minutes after they left, and agents see where it was forwarded to", async () => {
    const staff = await agent.connect();
    const visitor = await app.startVisitor({ timeZone: "Europe/Berlin", locale: "en-GB" });
    const page = await visitor.connect();
    await visitor.do('mutation { submitContactForm(input: { email: "ana@example.com", name: "Ana" }) { identified } }');
    const { sendMessage } = await visitor.do(
      'mutation { sendMessage(input: { text: "Is my bike ready?" }) { id conversation { id } } }',
    );
    const conversationId = sendMessage.conversation.id;
    await page.close();

    await app.advance(60);
    const updates = staff.subscribe("subscription { messageUpdated { text forwardedTo } }");
    const reply = await agent.do(
      'mutation ($id: ID!) { sendMessage(input: { conversationId: $id, text: "It is, come by." }) { id forwardedTo } }',
      { id: conversationId },
    );
    expect(reply.sendMessage.forwardedTo).toBeNull();
    const waiting = await agent.do(forwarding, { id: conversationId });
    expect(waiting.conversation.forwarding).toMatchObject({
      state: "WAITING",
      trigger: "VISITOR_LEFT",
      address: "ana@example.com",
      pendingReplies: 1,
      channel: { id: "email" },
    });

    await app.pass(239);
    expect(sink.mails).toHaveLength(0);
    await app.pass(1);
    expect(sink.mails).toHaveLength(1);
    const mail = sink.mails[0]?.parsed;
    expect(sink.mails[0]?.envelopeTo).toEqual(["ana@example.com"]);
    expect(addressOf(mail?.from)).toEqual({ name: "Admin via Harbour Bikes", address: "chat@harbour.example" });
    expect(mail?.text).toContain("It is, come by.");
    expect(mail?.text).toContain("Is my bike ready?");

    const forwarded = await updates.until(({ messageUpdated }) => messageUpdated.forwardedTo !== null);
    expect(forwarded.messageUpdated).toEqual({ text: "It is, come by.", forwardedTo: "ana@example.com" });
    const after = await agent.do(forwarding, { id: conversationId });
    expect(after.conversation.forwarding.state).toBe("NOTHING_PENDING");
    await staff.close();
  });
});

const forwarding = `query ($id: ID!) { conversation(id: $id) {
  forwarding { state dueAt trigger address pendingReplies asOf channel { id } }
  messages { nodes { text forwardedTo deliveries { status trigger late } } } } }`;
