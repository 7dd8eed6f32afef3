import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { v7 } from "uuid";
import { z } from "zod";
import { createChannelHost } from "../../src/channel-host.js";
import { type ChannelHost, type InboundEvent, maxOriginalBytes, type Original } from "../../src/channels/channel.js";
import { parseInboundEvents } from "../../src/channels/parse-inbound-events.js";
import { type Json } from "../../src/json.js";
import { createServices, type TestServices } from "../support/services/create-services.js";
import { fakePlugin } from "../support/services/fake-channel.js";

const secret = "the first secret, of 32 characters";
const newSecret = "the newer secret, of 32 characters";
let context: TestServices;

beforeAll(async () => {
  context = await createServices();
});
afterAll(() => context.stop());

const hostOf = (channel: string, appSecrets: readonly string[] = [secret]): ChannelHost =>
  createChannelHost(
    { ...context.services, config: { ...context.services.config, appSecrets } },
    fakePlugin(channel, { address: z.string().trim().toLowerCase().min(1) }),
  );

/** Everything that the table holds, as someone with access to the disk reads it. */
async function readTable(): Promise<Buffer> {
  const rows = await context.services.database.query<{ row: string; encrypted: Buffer | null }>(
    {
      name: "read-store",
      text: "SELECT channel || key || coalesce(value::text, '') AS row, encrypted FROM channel_store",
    },
    [],
  );
  return Buffer.concat(rows.flatMap(({ row, encrypted }) => [Buffer.from(row), encrypted ?? Buffer.alloc(0)]));
}

describe("A channel's store", () => {
  test("stores, replaces and deletes any JSON", async () => {
    const { store } = hostOf("plain");
    expect(await store.get("absent")).toBeUndefined();
    for (const value of [
      null,
      0,
      "",
      false,
      [1, [2]],
      { a: { b: null } },
      "nul \0 and half a pair \ud800",
      "\\u0000",
    ]) {
      await store.set("key", value as Json);
      expect(await store.get("key")).toEqual(value);
      await store.set("key", value as Json, { encrypted: true });
      expect(await store.get("key")).toEqual(value);
    }
    await store.delete("key");
    await store.delete("key");
    expect(await store.get("key")).toBeUndefined();
    await expect(store.set("key", undefined as unknown as Json)).rejects.toThrow(/accepts only JSON/);
  });

  test("lists entries by prefix in descending order, whatever characters the prefix contains", async () => {
    const { store } = hostOf("listing");
    const keys = ["mail:1", "mail:2", "mail:10", "mail:B", "mail:a", "mail%", "mail_", "mailbox", "m\\", "other"];
    for (const key of keys) await store.set(key, key, { encrypted: key === "mail:2" });
    const list = async (prefix: string, limit = 100) => (await store.list(prefix, limit)).map(({ key }) => key);
    expect(await list("mail:")).toEqual(["mail:a", "mail:B", "mail:2", "mail:10", "mail:1"]);
    expect(await list("mail:", 2)).toEqual(["mail:a", "mail:B"]);
    expect(await list("mail%")).toEqual(["mail%"]);
    expect(await list("mail_")).toEqual(["mail_"]);
    expect(await list("m\\")).toEqual(["m\\"]);
    expect(await list("")).toHaveLength(keys.length);
    expect((await store.list("mail:2", 1))[0]?.value).toBe("mail:2");
  });

  test("is separate for each channel", async () => {
    await hostOf("mine").store.set("cursor", 1);
    expect(await hostOf("yours").store.get("cursor")).toBeUndefined();
    expect(await hostOf("yours").store.list("", 10)).toEqual([]);
  });

  test("stores nothing of an encrypted value in plain text, and decrypts it only for its own entry", async () => {
    const token = randomBytes(24).toString("hex");
    const { store } = hostOf("sealed");
    await store.set("token", { token }, { encrypted: true });
    await store.set("open", { token: "not secret at all" });
    const table = (await readTable()).toString("latin1");
    expect(table).toContain("not secret at all");
    expect(table).not.toContain(token);
    expect(table).not.toContain(Buffer.from(token).toString("base64"));

    await context.services.database.query(
      {
        name: "move-entry",
        text: `INSERT INTO channel_store (channel, key, encrypted)
          SELECT channel, 'moved', encrypted FROM channel_store WHERE channel = 'sealed' AND key = 'token'`,
      },
      [],
    );
    await expect(store.get("moved")).rejects.toThrow(/cannot be decrypted/);
  });

  test("decrypts older values after a rotation of the secret, and reports a missing one", async () => {
    await hostOf("rotated").store.set("token", "kept", { encrypted: true });
    const after = hostOf("rotated", [newSecret, secret]);
    expect(await after.store.get("token")).toBe("kept");
    await after.store.set("token", "renewed", { encrypted: true });
    expect(await hostOf("rotated", [newSecret]).store.get("token")).toBe("renewed");
    const lost = hostOf("rotated").store.get("token");
    await expect(lost).rejects.toThrow("rotated/token cannot be decrypted: add the APP_SECRET");
    await expect(lost).rejects.not.toThrow(secret);
  });

  test("links an entry to a conversation", async () => {
    const { database } = context.services;
    const [visitorId, conversationId] = [v7(), v7()];
    await database.query(
      { name: "a-visitor", text: "INSERT INTO visitors (id, created_at) VALUES ($1, '2026-03-03')" },
      [visitorId],
    );
    await database.query(
      {
        name: "a-conversation",
        text: `INSERT INTO conversations (id, visitor_id, channel, started_at, last_activity_at)
          VALUES ($1, $2, 'web', '2026-03-03', '2026-03-03')`,
      },
      [conversationId, visitorId],
    );
    await hostOf("tied").store.set("mail", "text", { conversationId });
    const rows = await database.query<{ key: string }>(
      { name: "entries-of", text: "SELECT key FROM channel_store WHERE conversation_id = $1" },
      [conversationId],
    );
    expect(rows).toEqual([{ key: "mail" }]);
  });
});

describe("A channel's tokens", () => {
  const channelId = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
  const purpose = fc.oneof(fc.constantFrom("reply", "a:b", ":", "b"), fc.stringMatching(/^[ -~]{1,12}$/));
  const id = fc.oneof(fc.uuid(), fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" }));

  test("return their id in any letter case, and no other", () => {
    fc.assert(
      fc.property(channelId, purpose, id, (channel, purposeOfToken, value) => {
        const host = hostOf(channel);
        const token = host.sign(purposeOfToken, value);
        expect(token).toMatch(/^[a-z2-7]+$/);
        expect(host.verify(purposeOfToken, token)).toBe(value);
        expect(host.verify(purposeOfToken, token.toUpperCase())).toBe(value);
      }),
    );
  });

  test("are valid for one channel and one purpose only", () => {
    fc.assert(
      fc.property(
        channelId,
        purpose,
        channelId,
        purpose,
        id,
        (channel, signedFor, otherChannel, otherPurpose, value) => {
          fc.pre(channel !== otherChannel || signedFor !== otherPurpose);
          expect(hostOf(otherChannel).verify(otherPurpose, hostOf(channel).sign(signedFor, value))).toBeNull();
        },
      ),
      // Equal if channel and purpose were simply concatenated.
      {
        examples: [
          ["a", "bc", "ab", "c", "id"],
          ["a", "b:c", "ab", ":c", "id"],
        ],
      },
    );
  });

  test("fit into an email address for a UUID, survive a rotation, and are invalid without their secret", () => {
    const uuid = v7();
    const token = hostOf("email").sign("reply", uuid);
    expect(token.length).toBeLessThan(64 - "reply+".length);
    expect(hostOf("email", [newSecret, secret]).verify("reply", token)).toBe(uuid);
    expect(hostOf("email", [newSecret]).verify("reply", token)).toBeNull();
    expect(hostOf("email").verify("reply", "no token!")).toBeNull();
    expect(() => hostOf("email").sign("re\0ply", uuid)).toThrow(/printable ASCII/);
  });
});

describe("Data that a channel receives", () => {
  const at = new Date("2026-03-03T12:00:00.000Z");
  const message = { type: "message", externalId: "m1", at, address: "ana", text: "Hello" } as const;
  const optedOut = { type: "opted-out", externalId: "o1", at, conversationId: v7(), scope: "visitor", optedOut: true };

  test.each([
    ["events must be a list", { type: "message" }],
    [
      "events[0].type must be message, reply, sent, delivered, read, edited, unsent, attached, profile, bounced",
      [{ ...message, type: "gone" }],
    ],
    ["events[1].externalId must not be empty", [message, { ...message, externalId: "" }]],
    ["events[0].at must be a valid Date", [{ ...message, at: "2026-03-03" }]],
    ["events[0].text must be a string", [{ ...message, text: 7 }]],
    ["events[0].address ", [{ ...message, address: " " }]],
    ["events[0].address must name the sender", [{ ...message, address: undefined }]],
    ["events[0].conversationId must be a conversation's id", [{ ...message, conversationId: "7" }]],
    ["events[0].messageId must be given, or both address and upTo", [{ type: "delivered", externalId: "e", at }]],
    [
      "events[0].messageId must be given, or both address and upTo",
      [{ type: "read", externalId: "e", at, address: "ana" }],
    ],
    [
      "events[0].upTo must be a valid Date",
      [{ type: "read", externalId: "e", at, address: "ana", upTo: 1_790_000_000 }],
    ],
    ["events[0].address ", [{ type: "read", externalId: "e", at, address: " ", upTo: at }]],
    ["events[0].address ", [{ type: "reply", externalId: "e", at, text: "Hello" }]],
    ["events[0].deliveryId must be a string", [{ type: "sent", externalId: "e", at, messageId: "m" }]],
    ["events[0].text must be a string", [{ type: "edited", externalId: "e", at, messageId: "m" }]],
    ["events[0].messageId must be a string", [{ type: "unsent", externalId: "e", at }]],
    [
      "events[0].attachments[0].content must be bytes",
      [{ type: "attached", externalId: "e", at, messageId: "m", attachments: [{ name: null, contentType: null }] }],
    ],
    ["events[0].addressNow ", [{ type: "profile", externalId: "e", at, address: "ana", addressNow: " " }]],
    ["events[0].messageId must be given, or deliveryId", [{ type: "complained", externalId: "e", at, detail: "" }]],
    ["events[0].conversationId must be a conversation's id", [{ ...optedOut, conversationId: "ana" }]],
    ["events[0].scope must be conversation or visitor", [{ ...optedOut, scope: "all" }]],
    ["events[0].optedOut must be true or false", [{ ...optedOut, optedOut: "yes" }]],
    [
      "events[0].failure.code must be one of ADDRESS_INVALID, OPTED_OUT",
      [{ type: "bounced", externalId: "e", at, messageId: "m", failure: { code: "NO", detail: "" } }],
    ],
  ])("is rejected with the field's name: %s", async (fault, events) => {
    const receiving = hostOf("pigeon").receive(events as unknown as readonly InboundEvent[]);
    await expect(receiving).rejects.toThrow("Channel pigeon passed invalid events to receive");
    await expect(receiving).rejects.toThrow(fault);
  });

  test.each([
    ["original.key must not be empty", { key: "" }],
    ["original.content must be bytes", { content: "text" }],
    ["original.content must be at most 26214400 bytes", { content: new Uint8Array(maxOriginalBytes + 1) }],
    ["original.contentType must be a media type", { contentType: "text/html\r\nX: y" }],
    ["original.envelope ", { envelope: undefined }],
    ["original.summary.to.0 must be a string", { summary: { from: null, to: [7], subject: null } }],
  ])("is rejected as an original with the field's name: %s", async (fault, part) => {
    const summary = { from: null, to: [], subject: null };
    const whole = { key: "k", content: new Uint8Array(), contentType: "message/rfc822", envelope: null, summary };
    const storing = hostOf("pigeon").keep({ ...whole, ...part } as unknown as Original);
    await expect(storing).rejects.toThrow("Channel pigeon passed an invalid original to keep");
    await expect(storing).rejects.toThrow(fault);
  });

  test("has addresses normalised by the plugin, and texts without NUL", () => {
    const plugin = fakePlugin("pigeon", { address: z.string().trim().toLowerCase() });
    const given = [
      { ...message, address: " Ana ", text: "nul\0", name: "A\0na" },
      { ...message, name: undefined },
      { type: "read", externalId: "r", at, messageId: "m" },
    ] as unknown as readonly InboundEvent[];
    expect(parseInboundEvents(plugin, given)).toEqual([
      { ...message, address: "ana", text: "nul", name: "Ana" },
      message,
      { type: "read", externalId: "r", at, messageId: "m" },
    ]);
  });
});

test("An opt-out reported by a channel, such as STOP, is stored once; for an unknown conversation it changes nothing", async () => {
  const [visitorId, conversationId] = [v7(), v7()];
  const text = `
    WITH visitor AS (INSERT INTO visitors (id, created_at) VALUES ($1, now()) RETURNING id)
    INSERT INTO conversations (id, visitor_id, channel, started_at, last_activity_at) SELECT $2, id, 'web', now(), now() FROM visitor`;
  await context.services.database.query({ name: "insert-conversation", text }, [visitorId, conversationId]);
  const host = hostOf("pigeon");
  const stop = { type: "opted-out", externalId: "stop-1", at: new Date(), scope: "visitor", optedOut: true } as const;
  await host.receive([{ ...stop, conversationId }]);
  const stopped = { conversation: false, visitor: true, locale: null, erased: false };
  expect(await host.findOptOut(conversationId)).toEqual(stopped);
  await host.receive([{ ...stop, conversationId, externalId: "start-1", optedOut: false }]);
  // The vendor repeats its report.
  await host.receive([{ ...stop, conversationId }]);
  expect(await host.findOptOut(conversationId)).toEqual({ ...stopped, visitor: false });
  await host.receive([{ ...stop, conversationId: v7(), externalId: "stop-2" }]);
  for (const unknown of [v7(), "nonsense"]) expect(await host.findOptOut(unknown)).toBeNull();
});

test("A channel logs through Afterchat's logger and uses its clock", () => {
  const host = hostOf("pigeon");
  host.logger.warn("flew off", { height: 7, channel: "email" });
  expect(context.lines.at(-1)).toBe('warn flew off {"height":7,"channel":"pigeon"}');
  expect(host.publicUrl.href).toBe("https://chat.example.com/");
  const before = host.now().getTime();
  context.services.clock.advance(60_000);
  expect(host.now().getTime() - before).toBeGreaterThanOrEqual(60_000);
});
