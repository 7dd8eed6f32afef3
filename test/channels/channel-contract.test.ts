import { createServer, type Server } from "node:net";
import { describe, expect, test } from "@jest/globals";
import type { ChannelConnection, ChannelHost, ChannelPlugin, InboundEvent } from "afterchat/channel";
import { type ChannelFixture, channelContract, contractCases } from "afterchat/channel-contract";
import { z } from "zod";
import { smsChannel } from "../../scaffold/channel/src/sms.js";
import { secret, startSmsVendor, token } from "../../scaffold/channel/test/sms-vendor.js";

const leftServers: Server[] = [];

const fixture: ChannelFixture = {
  environment: { SMS_API_URL: "https://api.example.com", SMS_API_TOKEN: token, SMS_WEBHOOK_SECRET: secret },
  badEnvironments: [{ environment: { SMS_API_TOKEN: "short" }, variables: Object.keys(emptySettings()) }],
  unconfiguredEnvironment: {},
  goodAddresses: ["+351912345678"],
  badAddresses: ["912345678"],
  secrets: [],
  behaviours: ["refuses-for-now", "refuses-credentials", "unreachable", "drops-after-content", "silent-after-content"],
  start: startSmsVendor,
};

function emptySettings() {
  return { SMS_API_URL: "", SMS_API_TOKEN: "", SMS_WEBHOOK_SECRET: "" };
}

type Plugin = typeof smsChannel;
type Connection = ChannelConnection<string>;

/** The working channel with a changed connection. */
function connecting(change: (connection: Connection, host: ChannelHost) => Partial<Connection>): Plugin {
  return {
    ...smsChannel,
    connect: async (config, host) => {
      const connection = await smsChannel.connect(config, host);
      return { ...connection, ...change(connection, host) };
    },
  };
}

/** The working channel with a changed host. */
const hosted = (change: (host: ChannelHost) => Partial<ChannelHost>): Plugin => ({
  ...smsChannel,
  connect: (config, host) => smsChannel.connect(config, { ...host, ...change(host) }),
});

const receiving = (host: ChannelHost, change: (event: InboundEvent) => InboundEvent): Partial<ChannelHost> => ({
  receive: (events) => host.receive(events.map(change)),
});

/** What is broken, the cases that must detect it, and the broken channel. */
const broken: readonly (readonly [string, RegExp, Plugin])[] = [
  [
    "reports only one invalid setting at a time",
    /^reports all invalid settings together/,
    {
      ...smsChannel,
      configure: (environment) => smsChannel.configure({ ...fixture.environment, ...environment }),
    },
  ],
  [
    "is configured without any settings",
    /^is configured by valid settings/,
    { ...smsChannel, configure: () => smsChannel.configure(fixture.environment) },
  ],
  [
    "reads a variable that it does not name",
    /^names every variable that it reads/,
    {
      ...smsChannel,
      configure: (environment) => (environment.SMS_REGION === "" ? undefined : smsChannel.configure(environment)),
    },
  ],
  [
    "names a variable that it never reads",
    /^names every variable that it reads/,
    { ...smsChannel, settings: [...smsChannel.settings, { name: "SMS_REGION", required: false }] },
  ],
  [
    "names a variable twice",
    /^has every member/,
    { ...smsChannel, settings: [...smsChannel.settings, ...smsChannel.settings] },
  ],
  ["lacks a member", /^has every member/, { ...smsChannel, describeAddress: undefined } as unknown as Plugin],
  ["accepts any address", /^rejects the address/, { ...smsChannel, address: z.string() }],
  [
    "shows an address that it does not accept",
    /^accepts, stores and shows the address/,
    { ...smsChannel, describeAddress: (number) => number.slice(1) },
  ],
  [
    "sends everything twice",
    /^delivers every pending reply exactly once/,
    connecting(({ deliver }) => ({
      deliver: async (outbound, signal) => {
        await deliver(outbound, signal);
        return deliver(outbound, signal);
      },
    })),
  ],
  [
    "reports every failure as a success",
    /^returns (retry|uncertain) for/,
    connecting(({ deliver }) => ({
      deliver: async (outbound, signal) => {
        await deliver(outbound, signal);
        return { outcome: "accepted", externalIds: ["some-id"] };
      },
    })),
  ],
  [
    "retries what may have been sent",
    /drops-after-content|aborted while the vendor had the content/,
    connecting(({ deliver }) => ({
      deliver: async (outbound, signal) => {
        const result = await deliver(outbound, signal);
        return result.outcome === "uncertain" ? { outcome: "retry", failure: result.failure } : result;
      },
    })),
  ],
  [
    "throws on an unusual text",
    /^never throws/,
    connecting(({ deliver }) => ({
      deliver: (outbound, signal) => {
        if (outbound.messages.some(({ text }) => text.includes("\0"))) throw new Error("A NUL!");
        return deliver(outbound, signal);
      },
    })),
  ],
  [
    "ignores its abort signal",
    /^sends nothing if its signal is already aborted|^returns uncertain soon/,
    connecting(({ deliver }) => ({ deliver: (outbound) => deliver(outbound, new AbortController().signal) })),
  ],
  [
    "truncates long texts",
    /^splits texts over/,
    connecting(({ deliver }) => ({
      deliver: (outbound, signal) => {
        const messages = outbound.messages.map((message) => ({ ...message, text: message.text.slice(0, 1_600) }));
        return deliver({ ...outbound, messages }, signal);
      },
    })),
  ],
  [
    "splits after a fixed number of characters",
    /^never splits a grapheme/,
    connecting(({ deliver }) => ({
      deliver: (outbound, signal) => {
        const messages = outbound.messages.flatMap((message) =>
          (message.text.match(/.{1,1600}/gs) ?? []).map((text) => ({ ...message, text })),
        );
        return deliver({ ...outbound, messages }, signal);
      },
    })),
  ],
  [
    "sends the parts in another order",
    /^splits texts over/,
    connecting(({ deliver }) => ({
      deliver: (outbound, signal) => {
        const messages = outbound.messages.flatMap((message) =>
          (message.text.match(/.{1,1400}(?= |$)/gs) ?? []).reverse().map((text) => ({ ...message, text })),
        );
        return deliver({ ...outbound, messages }, signal);
      },
    })),
  ],
  [
    "starts a retry from the beginning",
    /a retry sends only what is missing|^sends the rest later/,
    connecting(({ deliver }) => ({
      deliver: (outbound, signal) => deliver({ ...outbound, progress: null }, signal),
    })),
  ],
  [
    "does not commit its progress",
    /^commits its progress/,
    connecting(({ deliver }) => ({
      deliver: (outbound, signal) => deliver({ ...outbound, saveProgress: async () => {} }, signal),
    })),
  ],
  [
    "continues although its progress could not be stored",
    /^stops sending when its progress cannot be stored/,
    connecting(({ deliver }) => ({
      deliver: (outbound, signal) =>
        deliver({ ...outbound, saveProgress: (progress) => outbound.saveProgress(progress).catch(() => {}) }, signal),
    })),
  ],
  [
    "acknowledges before it stores",
    /^acknowledges only what is stored/,
    hosted((host) => ({ receive: async (events) => void host.receive(events).catch(() => {}) })),
  ],
  [
    "gives a repeated message another id",
    /^distinguishes two messages/,
    hosted((host) => {
      let count = 0;
      return receiving(host, (event) => ({ ...event, externalId: `event-${++count}` }));
    }),
  ],
  [
    "identifies messages by their text",
    /^distinguishes two messages/,
    hosted((host) =>
      receiving(host, (event) => ({ ...event, externalId: event.type === "message" ? event.text : "" })),
    ),
  ],
  [
    "loses the visitor's text",
    /^receives what a visitor writes/,
    hosted((host) => receiving(host, (event) => ({ ...event, text: "" }) as InboundEvent)),
  ],
  [
    "accepts unsigned requests",
    /^rejects requests that its vendor did not send/,
    connecting((_, host) => ({
      handleWebhook: async (request) => {
        const { id, from, text } = JSON.parse(await request.text());
        await host.receive([{ type: "message", externalId: id, at: host.now(), address: from, text }]);
        return new Response(null, { status: 204 });
      },
    })),
  ],
  [
    "throws on a malformed body",
    /^responds to malformed webhooks/,
    connecting(({ handleWebhook }) => ({
      handleWebhook: async (request) => {
        JSON.parse(await request.clone().text());
        return (await handleWebhook?.(request)) ?? new Response(null, { status: 500 });
      },
    })),
  ],
  [
    "receives messages without declaring it",
    /^receives no messages, as it declares/,
    { ...smsChannel, supports: { ...smsChannel.supports, replies: false } },
  ],
  [
    "declares receipts that it does not report",
    /^reports the vendor's receipts/,
    { ...smsChannel, supports: { ...smsChannel.supports, receipts: true } },
  ],
  [
    "declares idempotent sends that it does not have",
    /^sends the same message id in every attempt/,
    { ...smsChannel, supports: { ...smsChannel.supports, idempotentSend: true } },
  ],
  [
    "logs its token",
    /^reveals no secret/,
    connecting(({ deliver }, host) => ({
      deliver: (outbound, signal) => {
        host.logger.info("Sending", { request: { authorization: [`Bearer ${token}`] } });
        return deliver(outbound, signal);
      },
    })),
  ],
  [
    "repeats its token in a failure",
    /"refuses-credentials"$/,
    connecting(({ deliver }) => ({
      deliver: async (outbound, signal) => {
        const result = await deliver(outbound, signal);
        if (result.outcome === "accepted") return result;
        return {
          ...result,
          failure: { ...result.failure, detail: `refused https://x/?token=${encodeURIComponent(token)}` },
        };
      },
    })),
  ],
  [
    "stores a secret unencrypted",
    /^reveals no secret/,
    connecting(({ checkHealth }, host) => ({
      checkHealth: async (signal) => {
        await host.store.set("token", { token });
        return checkHealth(signal);
      },
    })),
  ],
  [
    "always reports that it is healthy",
    /^reports that its vendor is unreachable/,
    connecting(() => ({ checkHealth: async () => ({ ok: true }) })),
  ],
  [
    "keeps an interval after it was closed",
    /^leaves no connection/,
    connecting(() => {
      setInterval(() => {}, 60_000).unref();
      return {};
    }),
  ],
  [
    "leaves a server behind",
    /^leaves no connection/,
    connecting(() => {
      leftServers.push(createServer().listen(0, "127.0.0.1"));
      return {};
    }),
  ],
  [
    "keeps a timeout after it was closed",
    /^leaves no connection/,
    connecting(() => {
      setTimeout(() => {}, 60_000);
      return {};
    }),
  ],
];

channelContract(smsChannel, fixture);

describe("The contract kit", () => {
  test("detects a fixture whose vendor never fails", async () => {
    const cases = contractCases(smsChannel, { ...fixture, behaviours: ["refuses-for-now"] });
    const failureCase = cases.find(({ title }) => title.startsWith("is tested with every failure"));
    await expect(failureCase?.run()).rejects.toThrow(/unreachable/);
  });

  test.each(broken)("detects a channel that %s", async (_, title, plugin) => {
    try {
      const cases = contractCases(plugin as ChannelPlugin<unknown, unknown>, fixture).filter((one) =>
        title.test(one.title),
      );
      expect(cases).not.toEqual([]);
      for (const one of cases) await expect(one.run()).rejects.toThrow();
    } finally {
      for (const server of leftServers.splice(0)) server.close();
    }
  });
});
