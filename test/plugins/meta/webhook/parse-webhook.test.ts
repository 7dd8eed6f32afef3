import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { metaAddress } from "../../../../plugins/meta/address.js";
import {
  type ParsedWebhook,
  parseWebhook,
  type WebhookContext,
} from "../../../../plugins/meta/webhook/parse-webhook.js";
import type { ChannelPlugin } from "../../../../src/channels/channel.js";
import { parseInboundEvents } from "../../../../src/channels/parse-inbound-events.js";

const now = new Date("2026-11-22T12:00:00.000Z");
const sentAt = 1_790_000_000_000;
const context: WebhookContext = { object: "page", channelName: "Messenger", accountIds: ["PAGE"], now };
const deliveryId = "0198f3a0-1111-7000-8000-00000000002a";

const from = (content: object, timestamp = sentAt) => ({
  sender: { id: "PSID" },
  recipient: { id: "PAGE" },
  timestamp,
  ...content,
});
const echo = (message: object) => ({
  sender: { id: "PAGE" },
  recipient: { id: "PSID" },
  timestamp: sentAt,
  message: { is_echo: true, ...message },
});
const body = (...messaging: readonly unknown[]) => ({
  object: "page",
  entry: [{ id: "PAGE", time: sentAt, messaging }],
});
const withFile = (...attachments: readonly object[]) => from({ message: { mid: "m_1", attachments } });

function read(given: unknown): Extract<ParsedWebhook, { outcome: "parsed" }> {
  const result = parseWebhook(given, context);
  if (result.outcome === "malformed") throw new Error(result.why);
  return result;
}

const eventsOf = (given: unknown) => read(given).events.map(({ event }) => event);
const at = new Date(sentAt);
const address = { id: "PSID", account: "PAGE" };
const text = (content: string) => ({ type: "message", externalId: "m_1", at, address, text: content });
const fromVisitor = { externalId: expect.any(String), at, address };

describe("An event in Meta's webhook", () => {
  test.each<[string, object, object]>([
    ["a message", from({ message: { mid: "m_1", text: "café 👋" } }), text("café 👋")],
    [
      "a reply to one of Afterchat's messages",
      from({ message: { mid: "m_1", text: "Yes", reply_to: { mid: "m_0" } } }),
      { ...text("Yes"), answers: [{ externalId: "m_0" }] },
    ],
    ["a quick reply", from({ message: { mid: "m_1", text: "Blue", quick_reply: { payload: "B" } } }), text("Blue")],
    ["a button", from({ postback: { mid: "m_1", title: "Start", payload: "GO" } }), text("Start")],
    ["a button without a title", from({ postback: { mid: "m_1", payload: "GO" } }), text("GO")],
    [
      "a button without an id",
      from({ postback: { title: "Start" } }),
      { ...text("Start"), externalId: expect.stringMatching(/^postback:[0-9a-f]{64}$/) },
    ],
    [
      "a reaction",
      from({ reaction: { mid: "m_9", action: "react", reaction: "love", emoji: "❤" } }),
      { ...fromVisitor, type: "message", text: "[Reacted: ❤]", answers: [{ externalId: "m_9" }] },
    ],
    ["a thumb", withFile({ type: "image", payload: { sticker_id: 369239263222822, url: "https://x/t" } }), text("👍")],
    ["a heart", withFile({ type: "like_heart" }), text("❤️")],
    [
      "a mention in a story: its link only",
      withFile({ type: "story_mention", payload: { url: "https://s/1" } }),
      text("[Mentioned you in a story: https://s/1]"),
    ],
    [
      "an answer to a story",
      from({ message: { mid: "m_1", text: "Wow", reply_to: { story: { url: "https://s/2", id: "2" } } } }),
      text("Wow\n[Reply to a story: https://s/2]"),
    ],
    [
      "a shared post",
      withFile({ type: "share", payload: { url: "https://p/1", title: "Bikes" } }),
      text("[Shared: Bikes https://p/1]"),
    ],
    ["a reel", withFile({ type: "ig_reel", payload: { url: "https://r/1" } }), text("[Shared a reel: https://r/1]")],
    [
      "the preview of a link that stands in the text",
      from({
        message: { mid: "m_1", text: "See https://l/1", attachments: [{ type: "fallback", url: "https://l/1" }] },
      }),
      text("See https://l/1"),
    ],
    [
      "a location",
      withFile({ type: "location", payload: { coordinates: { lat: 38.7, long: -9.1 } } }),
      text("[Location: 38.7, -9.1]"),
    ],
    [
      "a disappearing photo",
      withFile({ type: "ephemeral" }),
      text("[A disappearing photo or video: view it in Messenger]"),
    ],
    [
      "an unsupported message",
      from({ message: { mid: "m_1", is_unsupported: true } }),
      text("[This message can only be viewed in Messenger]"),
    ],
    [
      "a message without known content",
      from({ message: { mid: "m_1", commands: [] } }),
      text("[This message can only be viewed in Messenger]"),
    ],
    ["an unknown kind of attachment", withFile({ type: "hologram", title: "Me" }), text("[hologram: Me]")],
    [
      "an edit",
      from({ message_edit: { mid: "m_1", text: "new", num_edit: 1 } }),
      { type: "edited", externalId: "m_1#edit:1", at, messageId: "m_1", text: "new" },
    ],
    [
      "an unsent message",
      from({ message: { mid: "m_1", is_deleted: true } }),
      { type: "unsent", externalId: "m_1#unsent", at, messageId: "m_1" },
    ],
    [
      "a read watermark in milliseconds",
      from({ read: { watermark: sentAt + 700 } }),
      { ...fromVisitor, type: "read", upTo: new Date(sentAt + 700) },
    ],
    [
      "a read watermark in seconds",
      from({ read: { watermark: sentAt / 1000 } }),
      { ...fromVisitor, type: "read", upTo: at },
    ],
    ["a read message", from({ read: { mid: "m_2" } }), { type: "read", externalId: "m_2#read", at, messageId: "m_2" }],
    [
      "a delivery watermark without ids and timestamp",
      { sender: { id: "PSID" }, recipient: { id: "PAGE" }, delivery: { watermark: sentAt + 600 } },
      { ...fromVisitor, type: "delivered", upTo: new Date(sentAt + 600) },
    ],
    [
      "an echo of Afterchat's message",
      echo({ mid: "m_2", app_id: 123, metadata: deliveryId, text: "Hi" }),
      { type: "sent", externalId: "m_2", at, deliveryId, messageId: "m_2" },
    ],
    [
      "an echo of another app",
      echo({ mid: "m_2", app_id: 123, metadata: "theirs", text: "Hi" }),
      { type: "reply", externalId: "m_2", at, address, text: "Hi" },
    ],
    [
      "a message written in Meta's inbox",
      echo({ mid: "m_2", text: "Hi" }),
      { type: "reply", externalId: "m_2", at, address, text: "Hi" },
    ],
  ])("%s", (_, item, expected) => {
    expect(eventsOf(body(item))).toEqual([expected]);
  });

  test("each delivered message, and the watermark", () => {
    const item = from({ delivery: { mids: ["m_2", "m_3"], watermark: sentAt } });
    expect(eventsOf(body(item))).toMatchObject([
      { type: "delivered", upTo: at },
      { type: "delivered", messageId: "m_2" },
      { type: "delivered", messageId: "m_3" },
    ]);
  });

  test("files become tasks and are not fetched", () => {
    const kinds = ["image", "audio", "video", "file"];
    const files = kinds.map((type) => ({ type, payload: { url: `https://f/${type}` } }));
    const [parsed] = read(body(withFile(...files))).events;
    expect(parsed?.files).toEqual(
      kinds.map((kind, index) => ({ messageId: "m_1", index, kind, url: `https://f/${kind}` })),
    );
    expect(parsed?.event).toMatchObject({ text: "" });
  });

  test.each<[string, unknown, string]>([
    [
      "the dashboard's test",
      { object: "page", entry: [{ id: "0", time: 1, changes: [{ field: "messages" }] }] },
      "dashboard",
    ],
    ["another object", { object: "permissions", entry: [{}] }, "permissions"],
    ["another Page", { object: "page", entry: [{ id: "OTHER", messaging: [from({})] }] }, "not the one"],
    ["standby", { object: "page", entry: [{ id: "PAGE", standby: [from({})] }] }, "standby"],
    ["an unknown kind of event", body(from({ optin: {} })), "unknown kind"],
    ["a removed reaction", body(from({ reaction: { mid: "m_1", action: "unreact" } })), "removed reaction"],
    ["an event without participants", body({ message: { mid: "m_1", text: "?" } }), "without a visitor"],
    [
      "the echo of an earlier part of a reply",
      body(echo({ mid: "m_2", metadata: `${deliveryId} +`, text: "1" })),
      "last part",
    ],
    ["an event that is not an object", body(7), "not an object"],
    ["an entry that is not an object", { object: "page", entry: ["?"] }, "not an object"],
    ["a read receipt without a message", body(from({ read: {} })), "without a message"],
  ])("%s is ignored, with a reason", (_, given, why) => {
    const { events, ignored } = read(given);
    expect(events).toEqual([]);
    expect(ignored.join()).toContain(why);
  });

  test.each([null, 7, "text", [], {}, { object: "page" }, { object: "page", entry: {} }, { object: 1, entry: [] }])(
    "%j is malformed",
    (given) => {
      expect(parseWebhook(given, context).outcome).toBe("malformed");
    },
  );

  test("a missing or invalid timestamp is replaced by the entry's", () => {
    const item = from({ message: { mid: "m_1", text: "When?" } }, 1);
    expect(eventsOf(body(item))).toMatchObject([{ at }]);
    expect(eventsOf({ object: "page", entry: [{ id: "PAGE", messaging: [item] }] })).toMatchObject([{ at: now }]);
  });
});

/** Nearly valid webhook bodies: known members with any values. */
const anything = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>;
const id = fc.oneof(fc.constantFrom("PSID", "PAGE", "", "0"), fc.string({ unit: "binary" }), anything);
const mid = fc.oneof(fc.constantFrom("m_1", "m_2", ""), fc.string({ unit: "binary", maxLength: 1_200 }), anything);
const time = fc.oneof(fc.constantFrom(sentAt, sentAt / 1000, 0, 1, -1), fc.double(), anything);
const part = (members: Record<string, fc.Arbitrary<unknown>>) =>
  fc.oneof({ weight: 5, arbitrary: fc.record(members, { requiredKeys: [] }) }, { weight: 1, arbitrary: anything });
const attachment = part({
  type: fc.oneof(fc.constantFrom("image", "share", "story_mention", "fallback", "location"), anything),
  payload: part({ url: fc.oneof(fc.webUrl(), anything), title: anything, coordinates: anything }),
  url: anything,
});
const message = part({
  mid,
  text: fc.oneof(fc.string({ unit: "binary" }), anything),
  is_echo: fc.oneof(fc.boolean(), anything),
  is_deleted: fc.oneof(fc.boolean(), anything),
  is_unsupported: anything,
  metadata: fc.oneof(fc.constantFrom(deliveryId, `${deliveryId} +`), anything),
  attachments: fc.oneof(fc.array(attachment, { maxLength: 3 }), anything),
  reply_to: part({ mid, story: anything }),
});
const item = part({
  sender: part({ id }),
  recipient: part({ id }),
  timestamp: time,
  message,
  message_edit: part({ mid, text: fc.string(), num_edit: anything }),
  postback: part({ mid, title: anything, payload: anything }),
  reaction: part({ mid, emoji: anything, action: anything }),
  read: part({ mid, watermark: time }),
  delivery: part({ mids: fc.array(mid, { maxLength: 3 }), watermark: time }),
});
const nearlyValid = part({
  object: fc.constant("page"),
  entry: fc.array(
    part({
      id: fc.constant("PAGE"),
      time,
      messaging: fc.array(item, { maxLength: 5 }),
      standby: anything,
      changes: anything,
    }),
    { maxLength: 3 },
  ),
});

const plugin = { id: "messenger", address: metaAddress } as unknown as ChannelPlugin;

describe("Any webhook", () => {
  test("never throws, and every event of it can be stored", () => {
    fc.assert(
      fc.property(nearlyValid, (given) => {
        const result = parseWebhook(given, context);
        if (result.outcome === "malformed") return;
        const events = result.events.flatMap(({ event, fallback }) => [event, ...(fallback ? [fallback] : [])]);
        parseInboundEvents(plugin, events);
        for (const { externalId } of events) expect(externalId).toMatch(/^[\x21-\x7e]+$/);
      }),
      { numRuns: 500 },
    );
  });

  test("has the same result in any order", () => {
    const itemsInTwoOrders = fc
      .array(item, { maxLength: 8 })
      .chain((items) =>
        fc.tuple(fc.constant(items), fc.shuffledSubarray(items, { minLength: items.length, maxLength: items.length })),
      );
    fc.assert(
      fc.property(itemsInTwoOrders, ([given, shuffled]) => {
        expect(read(body(...shuffled)).events).toEqual(read(body(...given)).events);
        const separateEntries = {
          object: "page",
          entry: shuffled.map((event) => ({ id: "PAGE", time: sentAt, messaging: [event] })),
        };
        expect(read(separateEntries).events).toEqual(read(body(...given)).events);
      }),
      { numRuns: 300 },
    );
  });
});
