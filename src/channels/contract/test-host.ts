import { createHash, randomBytes, randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import type { Json } from "../../json.js";
import type { Logger } from "../../logger.js";
import type {
  ChannelHost,
  ConversationKey,
  FoundConversation,
  InboundEvent,
  KeptOriginal,
  OptOutState,
  Original,
  Outbound,
  OutboundAttachment,
  OutboundMessage,
} from "../channel.js";

/** An in-memory `ChannelHost` for tests of plugins; it records what the plugin does. */
export interface TestHost extends ChannelHost {
  readonly events: readonly InboundEvent[];
  /** What `keep` stored, each key once: pass it to `interpret` as Afterchat would. */
  readonly originals: readonly KeptOriginal[];
  readonly logs: readonly LogLine[];
  /** The store's values by key. */
  readonly entries: ReadonlyMap<string, Json>;
  /** The keys that were stored with `encrypted`. */
  readonly encrypted: ReadonlySet<string>;
  /** Makes `findConversation` find this conversation, also by its deliveries. */
  addConversation(conversation: KnownConversation): void;
  /** `unavailable`: `receive` and `keep` reject, as they do when the database is unavailable. */
  setStorage(state: "available" | "unavailable"): void;
  /** Makes this the token of an admin's session. */
  addAdmin(token: string): void;
  /** Makes `findOptOut` return this state, which `opted-out` events then change. */
  addOptOut(conversationId: string, state: OptOutState): void;
  /** Sets the time that `now` returns. */
  setTime(now: Date): void;
}

interface KnownConversation {
  readonly id: string;
  readonly erased?: boolean;
  readonly blocked?: boolean;
  readonly deliveries?: readonly {
    readonly id: string;
    readonly reference: string;
    readonly externalIds: readonly string[];
  }[];
}

interface LogLine {
  readonly level: keyof Logger;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Starts empty, at noon UTC on 3 March 2026. */
export function createTestHost(): TestHost {
  const events: InboundEvent[] = [];
  const logs: LogLine[] = [];
  const originals: KeptOriginal[] = [];
  const conversations: KnownConversation[] = [];
  let storage: "available" | "unavailable" = "available";
  const entries = new Map<string, Json>();
  const encrypted = new Set<string>();
  const ids = new Map<string, { readonly purpose: string; readonly id: string }>();
  const adminTokens = new Set<string>();
  const optOuts = new Map<string, OptOutState>();
  let now = new Date("2026-03-03T12:00:00.000Z");
  const log =
    (level: keyof Logger) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      logs.push({ level, message, fields });
    };

  return {
    events,
    originals,
    logs,
    entries,
    encrypted,
    addConversation: (conversation) => {
      conversations.push(conversation);
    },
    setStorage: (state) => {
      storage = state;
    },
    setTime: (time) => {
      now = time;
    },
    now: () => new Date(now),
    receive: async (received) => {
      if (storage === "unavailable") throw new Error("The database is unavailable");
      events.push(...received);
      for (const event of received) {
        const state = event.type === "opted-out" ? optOuts.get(event.conversationId) : undefined;
        if (event.type !== "opted-out" || state === undefined || state.erased) continue;
        optOuts.set(event.conversationId, { ...state, [event.scope]: event.optedOut });
      }
    },
    keep: async (original: Original) => {
      if (storage === "unavailable") throw new Error("The database is unavailable");
      const known = originals.find(({ key }) => key === original.key);
      if (known !== undefined) return { id: known.id, outcome: "known" };
      const id = randomUUID();
      originals.push({ ...original, id, receivedAt: new Date(now), attempt: 1 });
      return { id, outcome: "kept" };
    },
    findConversation: async (by) => find(conversations, by),
    addOptOut: (conversationId, state) => {
      optOuts.set(conversationId, state);
    },
    addAdmin: (token) => {
      adminTokens.add(token);
    },
    isAdmin: async ({ headers }) => adminTokens.has(headers.get("authorization")?.replace(/^Bearer /, "") ?? ""),
    findOptOut: async (conversationId) => optOuts.get(conversationId) ?? null,
    sign: (purpose, id) => {
      const digest = createHash("sha256").update(`${purpose}\n${id}`).digest();
      const token = base32(digest).slice(0, 39);
      ids.set(token, { purpose, id });
      return token;
    },
    verify: (purpose, token) => {
      const signed = ids.get(token.toLowerCase());
      return signed?.purpose === purpose ? signed.id : null;
    },
    store: {
      get: async (key) => structuredClone(entries.get(key)),
      set: async (key, value, options) => {
        entries.set(key, structuredClone(value));
        if (options?.encrypted) encrypted.add(key);
        else encrypted.delete(key);
      },
      delete: async (key) => {
        entries.delete(key);
        encrypted.delete(key);
      },
      list: async (prefix, limit) =>
        [...entries]
          .filter(([key]) => key.startsWith(prefix))
          .sort(([a], [b]) => (a < b ? 1 : -1))
          .slice(0, limit)
          .map(([key, value]) => ({ key, value: structuredClone(value) })),
    },
    publicUrl: new URL("http://localhost:4000"),
    company: { name: "Company", locale: null },
    limitsFactor: 1,
    logger: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
  };
}

function find(conversations: readonly KnownConversation[], by: ConversationKey): FoundConversation | null {
  if ("conversationId" in by) {
    const found = conversations.find(({ id }) => id === by.conversationId);
    return found === undefined
      ? null
      : { id: found.id, erased: found.erased ?? false, blocked: found.blocked ?? false, deliveryId: null };
  }
  const sent = conversations.flatMap(({ id, erased, blocked, deliveries }) =>
    (deliveries ?? []).map((delivery) => ({ id, erased: erased ?? false, blocked: blocked ?? false, delivery })),
  );
  const names = "names" in by ? by.names : [null];
  for (const name of names) {
    const found = sent.find(({ delivery }) =>
      name === null
        ? "deliveryId" in by && delivery.id === by.deliveryId
        : delivery.externalIds.includes(name.externalId) || delivery.reference === name.reference,
    );
    if (found !== undefined)
      return { id: found.id, erased: found.erased, blocked: found.blocked, deliveryId: found.delivery.id };
  }
  return null;
}

/** A delivery of one reply from Ben to Ana with new ids; `overrides` replaces whole members. */
export function sampleOutbound<Address>(
  address: Address,
  overrides: Partial<Outbound<Address>> = {},
): Outbound<Address> {
  return {
    deliveryId: randomUUID(),
    reference: base32(randomBytes(10)),
    attempt: 1,
    address,
    kind: "unread-replies",
    messages: [
      sampleMessage("Do you ship to Lisbon?", { role: "context", author: { kind: "visitor", name: "Ana" } }),
      sampleMessage("Yes, within three days."),
    ],
    withholdsVisitor: false,
    earlierMessages: 0,
    conversation: { id: randomUUID(), startedAt: new Date("2026-03-03T10:58:00.000Z") },
    visitor: { id: randomUUID(), name: "Ana", locale: "en-GB", timeZone: "Europe/Lisbon" },
    company: { name: "Company", locale: null },
    links: { conversation: "http://localhost:4000/#afterchat-resume=code" },
    thread: [],
    lastInbound: null,
    progress: null,
    saveProgress: async () => {},
    ...overrides,
  };
}

/** A stored original with a new id; `overrides` replaces whole members. */
export function sampleOriginal(overrides: Partial<KeptOriginal> = {}): KeptOriginal {
  return {
    id: randomUUID(),
    key: randomUUID(),
    content: Buffer.from("Subject: Hello\r\n\r\nHello"),
    contentType: "message/rfc822",
    envelope: null,
    summary: { from: null, to: [], subject: null },
    receivedAt: new Date("2026-03-03T12:00:00.000Z"),
    attempt: 1,
    ...overrides,
  };
}

/** A pending reply from Ben; `overrides` replaces whole members. */
export function sampleMessage(text: string, overrides: Partial<OutboundMessage> = {}): OutboundMessage {
  return {
    role: "pending",
    author: { kind: "agent", name: "Ben" },
    text,
    sentAt: new Date("2026-03-03T11:05:00.000Z"),
    attachments: [],
    ...overrides,
  };
}

/** A text file with this content; `overrides` replaces whole members. */
export function sampleAttachment(
  name: string,
  content: string,
  overrides: Partial<OutboundAttachment> = {},
): OutboundAttachment {
  const bytes = Buffer.from(content);
  return {
    id: randomUUID(),
    name,
    contentType: "text/plain",
    sizeBytes: bytes.length,
    url: `http://localhost:4000/attachments/${base32(randomBytes(10))}`,
    open: async () => Readable.from([bytes]),
    ...overrides,
  };
}

/** RFC 4648 in lower case, without padding, like Afterchat's own tokens. */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? [])
    .map((group) => "abcdefghijklmnopqrstuvwxyz234567"[Number.parseInt(group.padEnd(5, "0"), 2)])
    .join("");
}
