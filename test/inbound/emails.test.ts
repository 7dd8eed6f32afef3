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

/** A visitor who left, and the mail that then reached them. */
async function mailed(text: string): Promise<{ ana: TestVisitor; mail: ReceivedMail }> {
  const ana = await context.visitorWhoLeft();
  await context.agent.reply(ana, text);
  await context.agent.forwardNow(ana);
  await context.app.tick();
  const mail = context.mailsTo(ana).at(-1);
  if (mail === undefined) throw new Error("Nothing was sent");
  return { ana, mail };
}

/** Takes in a mail, as a way in does, and has it interpreted. */
async function takeIn(
  raw: readonly string[] | Buffer,
  envelope: { readonly from: string; readonly to: readonly string[] },
): Promise<Data> {
  const { services } = context.app;
  const channel = services.channels.get("email");
  if (channel === undefined) throw new Error("There is no email");
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

/** What a mail program makes of "answer". */
function answer(ana: TestVisitor, { parsed }: ReceivedMail, text: string, ...fields: readonly string[]): string[] {
  const quoted = (parsed.text ?? "").split("\n").map((line) => `> ${line}`);
  return [
    `From: Ana <${ana.email}>`,
    `To: ${parsed.replyTo?.text}`,
    `Subject: Re: ${parsed.subject}`,
    `Message-ID: <answer-${count}@home.example>`,
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

describe("An email that answers a forwarded reply", () => {
  test("becomes the visitor's message with nothing but the new text, and reads what was answered", async () => {
    const { ana, mail } = await mailed("It is ready.");
    const to = [mail.parsed.replyTo?.value[0]?.address ?? ""];
    const kept = await takeIn(answer(ana, mail, "Great, I come at five."), { from: ana.email, to });
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

  test("the plus address is stripped, and the answer goes to From: it still arrives", async () => {
    const { ana, mail } = await mailed("It is ready.");
    const lines = answer(ana, mail, "On my way.").map((line) =>
      line.startsWith("To: ") ? "To: chat@harbour.example" : line,
    );
    expect(await takeIn(lines, { from: ana.email, to: [] })).toMatchObject({ message: { text: "On my way." } });
  });

  test("an auto-reply → nothing, and an admin sees why", async () => {
    const { ana, mail } = await mailed("It is ready.");
    const kept = await takeIn(answer(ana, mail, "I am away.", "Auto-Submitted: auto-replied"), {
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

  test("list mail → nothing, and an admin sees why", async () => {
    const { ana, mail } = await mailed("It is ready.");
    const lines = answer(ana, mail, "Hello all.", "List-Id: Bikes <bikes.home.example>", "Precedence: list");
    const to = [mail.parsed.replyTo?.value[0]?.address ?? ""];
    expect(await takeIn(lines, { from: "bikes@home.example", to })).toMatchObject({
      status: "DROPPED",
      reason: "LIST_MAIL",
      detail: "Precedence: list",
      conversation: { id: ana.conversationId },
    });
    expect((await messagesOf(ana)).at(-1)).toMatchObject({ text: "It is ready." });
  });

  test("no Message-ID → kept, deduplicated by hash: by two ways one message, another mail of its kind a second", async () => {
    const { ana, mail } = await mailed("It is ready.");
    const to = [mail.parsed.replyTo?.value[0]?.address ?? ""];
    const { services } = context.app;
    const channel = services.channels.get("email");
    if (channel === undefined) throw new Error("There is no email");
    const host = createChannelHost(services, channel.plugin);
    const bring = async (via: "smtp" | "imap", text: string, ...trace: readonly string[]): Promise<void> => {
      const lines = [...trace, ...answer(ana, mail, text).filter((line) => !line.startsWith("Message-ID:"))];
      const raw = Buffer.from(lines.join("\r\n"));
      const unknown = { remoteAddress: null, helo: null, arrivedAt: null, providerId: null };
      await storeMail(host, { raw, envelope: { ...unknown, via, from: ana.email, to } });
      await context.app.tick();
    };
    await bring("smtp", "On my way.");
    await bring("imap", "On my way.", `Delivered-To: ${to}`, "Received: from a by b");
    await bring("smtp", "I am there.");
    const texts = (await messagesOf(ana)).filter(({ via }) => via.id === "email").map(({ text }) => text);
    expect(texts).toEqual(["On my way.", "I am there."]);
  });

  test("our own mail that comes back → nothing", async () => {
    const { ana, mail } = await mailed("It is ready.");
    const own = [
      "From: chat@harbour.example",
      `To: ${ana.email}`,
      `Message-ID: ${mail.parsed.messageId}`,
      "",
      "It is ready.",
    ];
    const to = [mail.parsed.replyTo?.value[0]?.address ?? ""];
    expect(await takeIn(own, { from: mail.envelopeFrom, to })).toMatchObject({ reason: "OWN_MAIL" });
  });
});

describe("An email about a forwarded reply", () => {
  const report = (to: string, status: string): Buffer =>
    deliveryStatus({ to, status, diagnostic: null, returned: ["Subject: A reply to your chat", "", ""] });

  test("says that it came back: the delivery is BOUNCED, and a hard bounce suppresses", async () => {
    const { ana, mail } = await mailed("It is ready.");
    expect(await takeIn(report(mail.envelopeFrom, "5.1.1"), { from: "", to: [mail.envelopeFrom] })).toMatchObject({
      status: "UNDERSTOOD",
    });
    expect(await context.agent.delivery(ana)).toMatchObject({
      status: "BOUNCED",
      failure: { code: "ADDRESS_INVALID" },
    });
    expect(await context.agent.forwarding(ana)).toMatchObject({ state: "ADDRESS_SUPPRESSED" });
  });

  test("a soft one does not", async () => {
    const { ana, mail } = await mailed("It is ready.");
    await takeIn(report(mail.envelopeFrom, "5.2.2"), { from: "", to: [mail.envelopeFrom] });
    expect(await context.agent.delivery(ana)).toMatchObject({ status: "BOUNCED" });
    expect(await context.agent.forwarding(ana)).not.toMatchObject({ state: "ADDRESS_SUPPRESSED" });
  });
});
