/**
 * The same suite for every channel, chosen by what it declares in `supports`. A plugin's test imports it as
 * `afterchat/channel-contract`, describes its counterpart (a real server on loopback, or a stand-in for a vendor) in a
 * fixture, and runs with Jest: `@jest/globals` is needed beside it.
 */
import { describe, expect, test } from "@jest/globals";
import {
  type ChannelConnection,
  type ChannelPlugin,
  type DeliveryResult,
  type Environment,
  type FailureCode,
  type Json,
  type Outbound,
  type OutboundAttachment,
  SettingsError,
} from "./channel.js";
import {
  createTestHost,
  sampleAttachment,
  sampleMessage,
  sampleOriginal,
  sampleOutbound,
  type TestHost,
} from "./channel-test-host.js";

export {
  createTestHost,
  sampleAttachment,
  sampleMessage,
  sampleOriginal,
  sampleOutbound,
  type TestHost,
} from "./channel-test-host.js";

/** What a counterpart can be told to do, and what a delivery must then become. */
const EXPECTED = {
  "refuses-for-now": { outcome: "retry" },
  "limits-rate": { outcome: "retry", code: "RATE_LIMITED" },
  "refuses-credentials": { outcome: "retry", code: "CREDENTIALS_INVALID" },
  /** Nothing answers, or the connection ends before any content was taken. */
  unreachable: { outcome: "retry", code: "UNAVAILABLE" },
  "refuses-for-good": { outcome: "rejected" },
  "refuses-address": { outcome: "rejected", code: "ADDRESS_INVALID" },
  /** The connection ends after the content was taken, without a word. */
  "drops-after-content": { outcome: "uncertain" },
} as const satisfies Record<string, { readonly outcome: DeliveryResult["outcome"]; readonly code?: FailureCode }>;

/** `silent-after-content`: takes the content and never answers; the suite then aborts the delivery. */
export type Behaviour = "accepts" | "silent-after-content" | keyof typeof EXPECTED;

export interface ReceivedMessage {
  /** All the text that arrived in it. */
  readonly text: string;
  /** What makes a repetition recognisable; `null` where the channel has nothing like it. */
  readonly messageId: string | null;
}

/** The other side of a channel: a server, a stand-in for a vendor, or what the plugin wrote into its host. */
export interface Counterpart {
  /** Settings that lead to it, added to the fixture's environment. */
  readonly environment: Environment;
  /** Everything taken so far, oldest first. */
  received(): Promise<readonly ReceivedMessage[]>;
  /** Resolves once the content of a delivery has come in; needed for `silent-after-content`. */
  heard?(): Promise<void>;
  behave(behaviour: Behaviour): Promise<void>;
  /** Resolves only when every connection to it has ended. */
  stop(): Promise<void>;
}

export interface ChannelFixture {
  /** Settings that make the channel usable, without those of the counterpart. */
  readonly environment: Environment;
  /** Settings that must stop the start, and the variables that must be named, all at once. */
  readonly badEnvironments: readonly { readonly environment: Environment; readonly variables: readonly string[] }[];
  /** The environment in which the channel is not configured; `{}` unless said otherwise. */
  readonly unconfiguredEnvironment?: Environment;
  readonly goodAddresses: readonly Json[];
  readonly badAddresses: readonly Json[];
  /** Parts of the settings that must not show in results, logs or notes. */
  readonly secrets: readonly string[];
  /** What the counterpart can do beside accepting. */
  readonly behaviours: readonly Exclude<Behaviour, "accepts">[];
  start(host: TestHost): Promise<Counterpart>;
}

/** Texts and names that have broken senders before. */
const HOSTILE = [
  "",
  "\r\nBcc: someone@example.com\r\n\r\nNot the mail's own words",
  "<script>alert(1)</script> & <b>bold</b> <%= it %> {{7*7}} $(7*7)",
  "\u0000\u0007\ud800 lone \udfff",
  "👩‍👩‍👧‍👦".repeat(500),
  `a${"\u0301".repeat(5_000)}`,
  "مرحبا \u202e evil \u2066",
  "\n.\n..\r\n.\r\nQUIT\r\n",
  "長".repeat(10_000),
  "x".repeat(10_000),
];

/** What anybody may send to where mails, or whatever the channel takes, come in. */
const HOSTILE_ORIGINALS: readonly Uint8Array[] = [
  new Uint8Array(),
  new Uint8Array(1_000),
  Uint8Array.from({ length: 5_000 }, (_, index) => (index * 167) % 256),
  Buffer.from("{"),
  Buffer.from("\r\n\r\n"),
  Buffer.from(`Subject: ${"=?utf-8?B?4oKs?= ".repeat(5_000)}\r\n\r\nHello`),
  Buffer.from(`Content-Type: text/html\r\n\r\n${"<div>".repeat(20_000)}`),
  Buffer.from(`Content-Type: text/plain; charset=x-nowhere\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\ud800`),
];

/** What becomes of a delivery that the counterpart would take: anything else is the plugin's own failure. */
const SETTLED = { outcome: expect.stringMatching(/^(accepted|rejected)$/) };

/** Registers the suite for `plugin`. */
export function channelContract<Config, Address>(
  plugin: ChannelPlugin<Config, Address>,
  fixture: ChannelFixture,
): void {
  const { supports } = plugin;
  const goodAddress = (): Address => plugin.address.parse(fixture.goodAddresses[0]);
  const pending = ["The first reply, 1001", "The second reply, 1002"];
  const outbound = (): Outbound<Address> =>
    sampleOutbound(goodAddress(), { messages: pending.map((text) => sampleMessage(text)) });

  /** Runs `use` with a connected channel and leaves nothing open. */
  async function connected(use: (setting: Setting<Address>) => Promise<void>): Promise<void> {
    const host = createTestHost();
    const counterpart = await fixture.start(host);
    const config = plugin.configure({ ...fixture.environment, ...counterpart.environment });
    if (config === undefined) throw new Error("The fixture's environment leaves the channel unconfigured");
    const connection = await plugin.connect(config, host);
    try {
      await use({ host, counterpart, connection });
    } finally {
      await connection.close();
      await counterpart.stop();
    }
  }

  describe(`The channel ${plugin.id}`, () => {
    test("says who it is in words that can be stored and shown", () => {
      expect(plugin.id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(plugin.name.trim()).toBe(plugin.name);
      expect(plugin.name).not.toBe("");
      expect(["immediate", "when-away"]).toContain(plugin.policy);
    });

    test("declares limits that can be kept", () => {
      expect(supports.maxTextLength === null || supports.maxTextLength > 0).toBe(true);
      expect(supports.replyWindowHours === null || supports.replyWindowHours > 0).toBe(true);
    });

    describe("configured", () => {
      test("by good settings, it is ready; by none, it is not configured or ready without any", () => {
        expect(plugin.configure(fixture.environment)).toBeDefined();
        const unconfigured = fixture.unconfiguredEnvironment;
        if (unconfigured) expect(plugin.configure(unconfigured)).toBeUndefined();
        else expect(() => plugin.configure({})).not.toThrow();
      });

      test.each(fixture.badEnvironments)(
        "by bad settings, it names $variables at once",
        ({ environment, variables }) => {
          const error = settingsErrorOf(() => plugin.configure(environment));
          expect([...new Set(error.faults.map((fault) => fault.variable))].sort()).toEqual([...variables].sort());
          for (const { problem } of error.faults) expect(problem).not.toBe("");
          expectNoSecret(error.message, fixture.secrets);
        },
      );
    });

    describe("about addresses", () => {
      test.each(fixture.goodAddresses.map((address) => ({ address })))("accepts $address", ({ address }) => {
        const parsed = plugin.address.parse(address);
        // What is stored is read again with the same schema.
        expect(plugin.address.parse(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
        expect(plugin.describeAddress(parsed).trim()).not.toBe("");
        expect(plugin.describeAddress(parsed)).not.toMatch(/^\d+$/);
      });

      test.each(fixture.badAddresses.map((address) => ({ address })))("refuses $address", ({ address }) => {
        expect(plugin.address.safeParse(address).success).toBe(false);
      });
    });

    test("connects and closes, and may be closed twice", () =>
      connected(async ({ connection }) => {
        await connection.close();
      }));

    test("is healthy while its counterpart accepts", () =>
      connected(async ({ connection, counterpart }) => {
        expect(await connection.checkHealth(new AbortController().signal)).toMatchObject({ ok: true });
        expect(await counterpart.received()).toEqual([]);
      }));

    test("delivers every pending reply exactly once", () =>
      connected(async ({ connection, counterpart }) => {
        const result = await connection.deliver(outbound(), new AbortController().signal);
        expect(result.outcome).toBe("accepted");
        if (result.outcome === "accepted") expect(result.externalIds.length).toBeGreaterThan(0);
        const texts = (await counterpart.received()).map((message) => message.text).join("\n");
        for (const text of pending) expect(texts.split(text)).toHaveLength(2);
      }));

    if (supports.idempotentSend) {
      test("sends the same message id in every attempt of a delivery, and another in the next delivery", () =>
        connected(async ({ connection, counterpart }) => {
          const signal = new AbortController().signal;
          const first = outbound();
          const results = [
            await connection.deliver(first, signal),
            await connection.deliver({ ...first, attempt: 2 }, signal),
            await connection.deliver(outbound(), signal),
          ];
          const ids = results.map((result) => (result.outcome === "accepted" ? result.externalIds[0] : result.outcome));
          expect(ids[1]).toBe(ids[0]);
          expect(ids[2]).not.toBe(ids[0]);
          const arrived = new Set((await counterpart.received()).map((message) => message.messageId));
          expect(arrived).toEqual(new Set([ids[0], ids[2]]));
        }));
    }

    const classified = fixture.behaviours.filter((behaviour) => behaviour !== "silent-after-content");
    if (classified.length > 0) {
      test.each(classified.map((behaviour) => ({ behaviour, ...EXPECTED[behaviour] })))(
        "answers $outcome when its counterpart $behaviour",
        ({ behaviour }) =>
          connected(async ({ host, connection, counterpart }) => {
            await counterpart.behave(behaviour);
            const result = await connection.deliver(outbound(), new AbortController().signal);
            const expected: { readonly outcome: string; readonly code?: string } = EXPECTED[behaviour];
            expect(result.outcome).toBe(expected.outcome);
            if (result.outcome === "accepted") return;
            if (expected.code) expect(result.failure.code).toBe(expected.code);
            expect(result.failure.detail).not.toBe("");
            if (result.outcome === "retry" && result.afterMs !== undefined) expect(result.afterMs).toBeGreaterThan(0);
            expectNoSecret([result, host.logs], fixture.secrets);
          }),
      );
    }

    if (fixture.behaviours.includes("silent-after-content")) {
      test("answers uncertain when it is stopped after the content was taken", () =>
        connected(async ({ connection, counterpart }) => {
          await counterpart.behave("silent-after-content");
          const stop = new AbortController();
          const delivering = connection.deliver(outbound(), stop.signal);
          await counterpart.heard?.();
          stop.abort();
          expect(await delivering).toMatchObject({ outcome: "uncertain", failure: { code: "TIMED_OUT" } });
        }));
    }

    test("sends nothing once it is told to stop", () =>
      connected(async ({ connection, counterpart }) => {
        const result = await connection.deliver(outbound(), AbortSignal.abort());
        expect(result).toMatchObject({ outcome: "retry", failure: { code: "TIMED_OUT" } });
        expect(await counterpart.received()).toEqual([]);
      }));

    test("never throws, whatever people wrote and whatever they are called", () =>
      connected(async ({ connection }) => {
        const signal = new AbortController().signal;
        for (const hostile of HOSTILE) {
          const author = { kind: "agent", name: hostile } as const;
          const result = await connection.deliver(
            sampleOutbound(goodAddress(), {
              messages: [sampleMessage(hostile, { role: "context" }), sampleMessage(hostile, { author })],
              visitor: { id: "visitor", name: hostile, locale: hostile, timeZone: hostile },
              company: { name: hostile, locale: hostile },
            }),
            signal,
          );
          expect(result).toMatchObject(SETTLED);
        }
        const empty = await connection.deliver(sampleOutbound(goodAddress(), { messages: [] }), signal);
        expect(empty).toMatchObject(SETTLED);
      }));

    test("loses no reply over its files: those that can be read, that have gone, and that cannot be read now", () =>
      connected(async ({ connection, counterpart }) => {
        const good = sampleAttachment("manual.txt", "How to mend a bike");
        const gone = sampleAttachment("gone.txt", "gone", { open: async () => null });
        const unreadable = sampleAttachment("unreadable.txt", "unreadable", {
          open: async () => {
            throw new Error("The storage does not answer");
          },
        });
        const deliver = (attachments: readonly OutboundAttachment[], text: string) => {
          const messages = [sampleMessage(text, { attachments }), sampleMessage("", { attachments })];
          return connection.deliver(sampleOutbound(goodAddress(), { messages }), new AbortController().signal);
        };
        expect(await deliver([good, gone], "With two files, 1003")).toMatchObject({ outcome: "accepted" });
        const texts = (await counterpart.received()).map((message) => message.text).join("\n");
        expect(texts.split("With two files, 1003")).toHaveLength(2);
        const later = await deliver([unreadable], "With a file that may come later");
        expect(later).toMatchObject({ outcome: expect.stringMatching(/^(accepted|retry)$/) });
      }));

    test("shows no secret of its settings", () =>
      connected(async ({ host, connection }) => {
        const result = await connection.deliver(outbound(), new AbortController().signal);
        const health = await connection.checkHealth(new AbortController().signal);
        expectNoSecret([result, health, host.logs, connection.startNotes], fixture.secrets);
      }));

    test("interprets whatever it keeps without a throw, the same each time, and changes nothing by it", () =>
      connected(async ({ host, connection, counterpart }) => {
        if (connection.interpret === undefined) {
          // Then nobody would understand what it kept.
          await connection.deliver(outbound(), new AbortController().signal);
          expect(host.originals).toEqual([]);
          return;
        }
        for (const [index, content] of HOSTILE_ORIGINALS.entries()) {
          const original = sampleOriginal({ key: `hostile-${index}`, content });
          const interpret = async () => connection.interpret?.(original, new AbortController().signal);
          const first = await interpret();
          expect(first).toMatchObject({ outcome: expect.stringMatching(/^(events|dropped)$/) });
          expect(await interpret()).toEqual(first);
        }
        expect([host.events, host.originals, await counterpart.received()]).toEqual([[], [], []]);
      }));

    if (!supports.replies && !supports.receipts) {
      test("brings nothing back, as it declares", () =>
        connected(async ({ host, connection }) => {
          await connection.deliver(outbound(), new AbortController().signal);
          expect(connection.handleWebhook).toBeUndefined();
          expect(host.events).toEqual([]);
        }));
    }
  });
}

interface Setting<Address> {
  readonly host: TestHost;
  readonly counterpart: Counterpart;
  readonly connection: ChannelConnection<Address>;
}

function settingsErrorOf(configure: () => unknown): SettingsError {
  try {
    configure();
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error("These settings should have been refused");
}

function expectNoSecret(shown: unknown, secrets: readonly string[]): void {
  const text = JSON.stringify(shown, (_key, value) => (value instanceof Error ? `${value.stack}` : value)) ?? "";
  for (const secret of secrets) expect(text).not.toContain(secret);
}
