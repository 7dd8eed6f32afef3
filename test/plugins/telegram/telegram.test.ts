import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { ChannelConnection, InboundMessage } from "afterchat/channel";
import {
  createTestHost,
  sampleAttachment,
  sampleMessage,
  sampleOutbound,
  type TestHost,
} from "afterchat/channel-contract";
import { classifyError } from "../../../plugins/telegram/classify-error.js";
import { telegramChannel } from "../../../plugins/telegram/index.js";
import { FakeTelegram, telegramMessage, telegramUpdate, token, webhookSecret } from "../../support/fakes/telegram.js";

const signal = new AbortController().signal;
const webhook = "https://chat.example.com/webhooks/telegram";
let vendor: FakeTelegram;
let host: TestHost;
let connection: ChannelConnection<string>;

beforeEach(async () => {
  vendor = await FakeTelegram.start();
  host = { ...createTestHost(), publicUrl: new URL("https://chat.example.com") };
  const environment = { TELEGRAM_BOT_TOKEN: token, TELEGRAM_WEBHOOK_SECRET: webhookSecret, ...vendor.environment };
  const config = telegramChannel.configure(environment);
  if (config === undefined) throw new Error("Telegram is not configured");
  connection = await telegramChannel.connect(config, host);
});
afterEach(async () => {
  await connection.close();
  await vendor.stop();
});

async function post(update: Parameters<typeof telegramUpdate>[1]): Promise<number | undefined> {
  return (await connection.handleWebhook?.(telegramUpdate(webhook, update)))?.status;
}

const message = (more: object, messageId = 1) => telegramMessage(4711, messageId, host.now(), more);

describe("An error of the Bot API", () => {
  test.each([
    [401, "Unauthorized", "retry", "CREDENTIALS_INVALID"],
    [404, "Not Found", "retry", "CREDENTIALS_INVALID"],
    [403, "Forbidden: bot was blocked by the user", "rejected", "ADDRESS_INVALID"],
    [403, "Forbidden: user is deactivated", "rejected", "ADDRESS_INVALID"],
    [400, "Bad Request: chat not found", "rejected", "ADDRESS_INVALID"],
    [400, "Bad Request: PEER_ID_INVALID", "rejected", "ADDRESS_INVALID"],
    [400, "Bad Request: message is too long", "rejected", "CONTENT_REJECTED"],
    [413, "Request Entity Too Large", "rejected", "CONTENT_REJECTED"],
    [429, "Too Many Requests", "retry", "RATE_LIMITED"],
    [500, "Internal Server Error", "retry", "UNAVAILABLE"],
    [502, "Bad Gateway", "retry", "UNAVAILABLE"],
    [504, "Gateway Timeout", "uncertain", "TIMED_OUT"],
    [302, "", "retry", "UNAVAILABLE"],
  ])("%i %s is %s, %s", (status, description, outcome, code) => {
    expect(classifyError({ status, description, retryAfterSeconds: undefined })).toMatchObject({
      outcome,
      failure: { code },
    });
  });

  test("uses parameters.retry_after as the time to wait", () => {
    const error = { status: 429, description: "Too Many Requests: retry after 7", retryAfterSeconds: 7 };
    expect(classifyError(error)).toMatchObject({ outcome: "retry", afterMs: 7_000 });
  });
});

describe("A reply through Telegram", () => {
  test("sends files that Telegram can fetch by URL as files, and others as links", async () => {
    const files = [
      sampleAttachment("bike.jpg", "a picture", { contentType: "image/jpeg" }),
      sampleAttachment("manual.pdf", "a document", { contentType: "application/pdf" }),
      sampleAttachment("poster.png", "large", { contentType: "image/png", sizeBytes: 6 * 1_048_576 }),
      sampleAttachment("notes.txt", "text"),
    ];
    const messages = [sampleMessage("Here they are.", { attachments: files })];
    expect(await connection.deliver(sampleOutbound("4711", { messages }), signal)).toMatchObject({
      outcome: "accepted",
      externalIds: ["4711/1", "4711/2", "4711/3", "4711/4", "4711/5"],
    });
    expect(vendor.sent.map(({ method, text }) => [method, text])).toEqual([
      ["sendMessage", "Here they are."],
      ["sendPhoto", files[0]?.url],
      ["sendDocument", files[1]?.url],
      ["sendMessage", `poster.png\n${files[2]?.url}`],
      ["sendMessage", `notes.txt\n${files[3]?.url}`],
    ]);
  });

  test("sends a link instead of a file that Telegram cannot fetch", async () => {
    const file = sampleAttachment("bike.jpg", "a picture", { contentType: "image/jpeg" });
    vendor.unfetchable.add(file.url);
    const messages = [sampleMessage("", { attachments: [file] })];
    expect(await connection.deliver(sampleOutbound("4711", { messages }), signal)).toMatchObject({
      outcome: "accepted",
    });
    expect(vendor.textsTo(4711)).toEqual([`bike.jpg\n${file.url}`]);
  });
});

describe("Telegram's health check", () => {
  test("checks the bot's token, and registers the webhook once", async () => {
    expect(await connection.checkHealth(signal)).toEqual({ ok: true });
    expect(vendor.webhook).toMatchObject({ url: webhook, secret_token: webhookSecret });
    vendor.webhook = null;
    expect(await connection.checkHealth(signal)).toEqual({ ok: true });
    expect(vendor.webhook).toBeNull();
  });
});

describe("An update from Telegram", () => {
  const received = () => host.events as readonly InboundMessage[];

  test("becomes a message with the visitor's name and locale and the message it replies to", async () => {
    expect(await post({ message: message({ text: "Is it ready?", reply_to_message: { message_id: 7 } }) })).toBe(204);
    expect(received()).toEqual([
      {
        type: "message",
        externalId: "4711/1",
        at: host.now(),
        address: "4711",
        name: "Ana Silva",
        locale: "pt",
        text: "Is it ready?",
        answers: [{ externalId: "4711/7" }],
        attachments: [],
      },
    ]);
  });

  test("with a photo becomes its caption and the largest size, without exposing the token in the file's URL", async () => {
    vendor.files.set("files/large", Buffer.from("a picture"));
    const photo = [{ file_id: "small" }, { file_id: "large", file_size: 9 }];
    expect(await post({ message: message({ photo, caption: "This one" }) })).toBe(204);
    expect(received()).toMatchObject([
      { text: "This one", attachments: [{ name: "photo.jpg", contentType: "image/jpeg" }] },
    ]);
    expect(Buffer.from(received()[0]?.attachments?.[0]?.content ?? []).toString()).toBe("a picture");
    expect(JSON.stringify([host.events, host.logs])).not.toContain(token);
  });

  test("with a file that cannot be fetched gets a note; one that may be fetched later is requested again", async () => {
    expect(
      await post({ message: message({ document: { file_id: "gone", file_name: "bill.pdf" }, caption: "The bill" }) }),
    ).toBe(204);
    expect(received().map(({ text }) => text)).toEqual([
      "The bill\n\n[File not saved: bill.pdf, because Telegram does not provide it.]",
    ]);
    const large = { document: { file_id: "large", file_name: "film.mov", file_size: 21 * 1_048_576 } };
    expect(await post({ message: message(large, 2) })).toBe(204);
    expect(received()[1]?.text).toBe("[File not saved: film.mov, because it is larger than 20 MB.]");

    const voice = message({ voice: { file_id: "voice" } }, 3);
    await vendor.stop();
    expect(await post({ message: voice })).toBe(503);
    expect(received()).toHaveLength(2);
    host.setTime(new Date(host.now().getTime() + 11 * 60_000));
    expect(await post({ message: voice })).toBe(204);
    expect(received()[2]?.text).toBe("[File not saved: voice.ogg, because Telegram did not provide it.]");
  });

  test.each([
    ["a sticker", { sticker: { emoji: "👍" } }, "👍"],
    ["a location", { location: { latitude: 38.7, longitude: -9.1 } }, "[Location: 38.7, -9.1]"],
    ["a contact", { contact: { phone_number: "+351912345678", first_name: "Rui" } }, "[Contact: Rui, +351912345678]"],
    ["unsupported content", { poll: { question: "?" } }, "[This message can only be viewed in Telegram]"],
    ["a start parameter", { text: "/start order-17" }, "/start order-17"],
  ])("with %s becomes a text", async (_, more, text) => {
    expect(await post({ message: message(more) })).toBe(204);
    expect(received().map((event) => event.text)).toEqual([text]);
  });

  test("with an edit changes the message, once for each edit", async () => {
    const edited_message = message({ text: "At six", edit_date: Math.floor(host.now().getTime() / 1000) + 60 });
    expect(await post({ edited_message })).toBe(204);
    expect(await post({ edited_message })).toBe(204);
    expect(new Set(received().map(({ externalId }) => externalId)).size).toBe(1);
    expect(received()[0]).toMatchObject({ type: "edited", messageId: "4711/1", text: "At six" });
  });

  test.each([
    ["pressing Start", { message: { ...telegramMessage(4711, 1, new Date(), { text: "/start" }) } }],
    ["a group", { message: telegramMessage(4711, 1, new Date(), { chat: { id: -5, type: "group" }, text: "Hi" }) }],
    ["another bot", { message: telegramMessage(4711, 1, new Date(), { from: { is_bot: true }, text: "Hi" }) }],
    ["an update of another kind", { update_id: 9, my_chat_member: {} }],
  ])("from %s is acknowledged and ignored", async (_, update) => {
    expect(await post(update)).toBe(204);
    expect(host.events).toEqual([]);
  });
});
