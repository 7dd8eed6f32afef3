import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { storeMail } from "../../plugins/email/inbound/store-mail.js";
import { createChannelHost } from "../../src/channel-host.js";
import { deliveryStatus } from "../plugins/email/delivery-status.js";
import type { Data } from "../support/app/graphql-client.js";
import { TestContext } from "../support/app/test-context.js";
import type { TestVisitor } from "../support/app/test-visitor.js";
import type { ReceivedMail } from "../support/fakes/mail-sink.js";

let context: TestContext;
let count = 0;

beforeAll(async () => {
  context = await TestContext.setup();
});
afterAll(() => context.teardown());

/** A visitor who left, and the email with a reply that was then sent to them. */
async function forwarded(text: string): Promise<{ ana: TestVisitor; mail: ReceivedMail }> {
  const ana = await context.visitorWhoLeft();
  await context.agent.reply(ana, text);
  await context.agent.forwardNow(ana);
  await context.app.tick();
  const mail = context.mailsTo(ana).at(-1);
  if (mail === undefined) throw new Error("No email was sent");
  return { ana, mail };
}

/** Stores an email, as an inbound source does, and waits until it is interpreted. */
async function receive(
  raw: readonly string[] | Buffer,
  envelope: { readonly from: string; readonly to: readonly string[] },
): Promise<Data> {
  const { services } = context.app;
  const channel = services.channels.get("email");
  if (channel === undefined) throw new Error("The email channel is not installed");
  count += 1;
  await createChannelHost(services, channel.plugin).keep({
    key: `mail-${count}`,
    content: Buffer.isBuffer(raw) ? raw : Buffer.from(raw.join("\r\n")),
    contentType: "message/rfc822",
    envelope: { ...envelope, via: "smtp", remoteAddress: null, helo: null, arrivedAt: null, providerId: null },
    summary: { from: envelope.from, to: [...envelope.to], subject: null },
  });
  await context.app.tick();
  const { inboundEmails } = await context.agent.client.do(
    `{ inboundEmails(first: 1) { nodes { status reason detail conversation { id } message { text } delivery { id } } } }`,
  );
  return inboundEmails.nodes[0];
}

/** An email as a mail program writes it for "Reply". */
function reply(ana: TestVisitor, { parsed }: ReceivedMail, text: string, ...fields: readonly string[]): string[] {
  const quoted = (parsed.text ?? "").split("\n").map((line) => `> ${line}`);
  return [
    `From: Ana <${ana.email}>`,
    `To: ${parsed.replyTo?.text}`,
    `Subject: Re: ${parsed.subject}`,
    `Message-ID: <reply-${count}@home.example>`,
    `In-Reply-To: ${parsed.messageId}`,
    ...fields,
    "",
    text,
    "",
    `On Tue, 3 Mar 2026 at 11:05, ${parsed.from?.text} wrote:`,
    ...quoted,
  ];
}

async function messagesOf(ana: TestVisitor): Promise<Data[]> {
  const { conversation } = await context.agent.client.do(
    `query ($id: ID!) { conversation(id: $id) { messages(last: 20) { nodes {
      text read via { id } sender { verified doubt explanation } attachments { name contentType } } } } }`,
    { id: ana.conversationId },
  );
  return conversation.messages.nodes;
}

describe("An email reply to a forwarded reply", () => {
  test("becomes the visitor's message with only the new text, and marks the answered reply as read", async () => {
    const { ana, mail } = await forwarded("It is ready.");
    const to = [mail.parsed.replyTo?.value[0]?.address ?? ""];
    const kept = await receive(reply(ana, mail, "Great, I come at five."), { from: ana.email, to });
    expect(kept).toMatchObject({ status: "UNDERSTOOD", conversation: { id: ana.conversationId } });
    const messages = await messagesOf(ana);
    expect(messages.at(-2)).toMatchObject({ text: "It is ready.", read: true });
    expect(messages.at(-1)).toMatchObject({
      text: "Great, I come at five.",
      via: { id: "email" },
      sender: { verified: false, doubt: "NOT_AUTHENTICATED" },
    });
    expect(await context.agent.delivery(ana)).toMatchObject({ status: "DELIVERED" });
  });

  test("is received although the plus address was stripped and it is addressed to the From address", async () => {
    const { ana, mail } = await forwarded("It is ready.");
    const lines = reply(ana, mail, "On my way.").map((line) =>
      line.startsWith("To: ") ? "To: chat@harbour.example" : line,
    );
    expect(await receive(lines, { from: ana.email, to: [] })).toMatchObject({ message: { text: "On my way." } });
  });

  test("is dropped as an auto-reply, and an admin sees why", async () => {
    const { ana, mail } = await forwarded("It is ready.");
    const kept = await receive(reply(ana, mail, "I am away.", "Auto-Submitted: auto-replied"), {
      from: "",
      to: [mail.envelopeFrom],
    });
    expect(kept).toMatchObject({
      status: "DROPPED",
      reason: "AUTO_REPLY",
      detail: "Auto-Submitted: auto-replied",
      conversation: { id: ana.conversationId },
    });
    expect((await messagesOf(ana)).at(-1)).toMatchObject({ text: "It is ready." });
  });

  test("is dropped as list mail, and an admin sees why", async () => {
    const { ana, mail } = await forwarded("It is ready.");
    const lines = reply(ana, mail, "Hello all.", "List-Id: Bikes <bikes.home.example>", "Precedence: list");
    const to = [mail.parsed.replyTo?.value[0]?.address ?? ""];
    expect(await receive(lines, { from: "bikes@home.example", to })).toMatchObject({
      status: "DROPPED",
      reason: "LIST_MAIL",
      detail: "Precedence: list",
      conversation: { id: ana.conversationId },
    });
    expect((await messagesOf(ana)).at(-1)).toMatchObject({ text: "It is ready." });
  });

  test("without a Message-ID is deduplicated by hash: two sources give one message, and a different email a second one", async () => {
    const { ana, mail } = await forwarded("It is ready.");
    const to = [mail.parsed.replyTo?.value[0]?.address ?? ""];
    const { services } = context.app;
    const channel = services.channels.get("email");
    if (channel === undefined) throw new Error("The email channel is not installed");
    const host = createChannelHost(services, channel.plugin);
    const store = async (via: "smtp" | "imap", text: string, ...trace: readonly string[]): Promise<void> => {
      const lines = [...trace, ...reply(ana, mail, text).filter((line) => !line.startsWith("Message-ID:"))];
      const raw = Buffer.from(lines.join("\r\n"));
      const unknown = { remoteAddress: null, helo: null, arrivedAt: null, providerId: null };
      await storeMail(host, { raw, envelope: { ...unknown, via, from: ana.email, to } });
      await context.app.tick();
    };
    await store("smtp", "On my way.");
    await store("imap", "On my way.", `Delivered-To: ${to}`, "Received: from a by b");
    await store("smtp", "I am there.");
    const texts = (await messagesOf(ana)).filter(({ via }) => via.id === "email").map(({ text }) => text);
    expect(texts).toEqual(["On my way.", "I am there."]);
  });

  test("is dropped when it is Afterchat's own email", async () => {
    const { ana, mail } = await forwarded("It is ready.");
    const own = [
      "From: chat@harbour.example",
      `To: ${ana.email}`,
      `Message-ID: ${mail.parsed.messageId}`,
      "",
      "It is ready.",
    ];
    const to = [mail.parsed.replyTo?.value[0]?.address ?? ""];
    expect(await receive(own, { from: mail.envelopeFrom, to })).toMatchObject({ reason: "OWN_MAIL" });
  });
});

describe("A bounce of a forwarded reply", () => {
  const report = (to: string, status: string): Buffer =>
    deliveryStatus({ to, status, diagnostic: null, returned: ["Subject: A reply to your chat", "", ""] });

  test("marks the delivery as BOUNCED, and a hard bounce suppresses the address", async () => {
    const { ana, mail } = await forwarded("It is ready.");
    expect(await receive(report(mail.envelopeFrom, "5.1.1"), { from: "", to: [mail.envelopeFrom] })).toMatchObject({
      status: "UNDERSTOOD",
    });
    expect(await context.agent.delivery(ana)).toMatchObject({
      status: "BOUNCED",
      failure: { code: "ADDRESS_INVALID" },
    });
    expect(await context.agent.forwarding(ana)).toMatchObject({ state: "ADDRESS_SUPPRESSED" });
  });

  test("does not suppress the address when it is soft", async () => {
    const { ana, mail } = await forwarded("It is ready.");
    await receive(report(mail.envelopeFrom, "5.2.2"), { from: "", to: [mail.envelopeFrom] });
    expect(await context.agent.delivery(ana)).toMatchObject({ status: "BOUNCED" });
    expect(await context.agent.forwarding(ana)).not.toMatchObject({ state: "ADDRESS_SUPPRESSED" });
  });
});
