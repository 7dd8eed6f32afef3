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

/** The good channel with another connection. */
function connecting(change: (connection: Connection, host: ChannelHost) => Partial<Connection>): Plugin {
  return {
    ...smsChannel,
    connect: async (config, host) => {
      const connection = await smsChannel.connect(config, host);
      return { ...connection, ...change(connection, host) };
    },
  };
}

/** The good channel in another host. */
const hosted = (change: (host: ChannelHost) => Partial<ChannelHost>): Plugin => ({
  ...smsChannel,
  connect: (config, host) => smsChannel.connect(config, { ...host, ...change(host) }),
});

const receiving = (host: ChannelHost, change: (event: InboundEvent) => InboundEvent): Partial<ChannelHost> => ({
  receive: (events) => host.receive(events.map(change)),
});

/** One way to be broken, what must notice it, and the channel that is broken so. */
const broken: readonly (readonly [string, RegExp, Plugin])[] = [
  [
    "names one faulty setting at a time",
    /^names at once/,
    {
      ...smsChannel,
      configure: (environment) => smsChannel.configure({ ...fixture.environment, ...environment }),
    },
  ],
  [
    "takes no settings for settings",
    /^is configured by good settings/,
    { ...smsChannel, configure: () => smsChannel.configure(fixture.environment) },
  ],
  ["lacks a member", /^has every member/, { ...smsChannel, describeAddress: undefined } as unknown as Plugin],
  ["takes any address", /^refuses the address/, { ...smsChannel, address: z.string() }],
  ["shows a bare number", /^takes the address/, { ...smsChannel, describeAddress: (number) => number.slice(1) }],
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
    "takes every failure for a success",
    /^answers (retry|uncertain) when/,
    connecting(({ deliver }) => ({
      deliver: async (outbound, signal) => {
        await deliver(outbound, signal);
        return { outcome: "accepted", externalIds: ["some-id"] };
      },
    })),
  ],
  [
    "tries again what may have been sent",
    /drops-after-content|stopped after the content/,
    connecting(({ deliver }) => ({
      deliver: async (outbound, signal) => {
        const result = await deliver(outbound, signal);
        return result.outcome === "uncertain" ? { outcome: "retry", failure: result.failure } : result;
      },
    })),
  ],
  [
    "throws at an unusual text",
    /^never throws/,
    connecting(({ deliver }) => ({
      deliver: (outbound, signal) => {
        if (outbound.messages.some(({ text }) => text.includes("\0"))) throw new Error("A NUL!");
        return deliver(outbound, signal);
      },
    })),
  ],
  [
    "does not hear that it is to stop",
    /^sends nothing once it is told to stop|^answers uncertain, and soon/,
    connecting(({ deliver }) => ({ deliver: (outbound) => deliver(outbound, new AbortController().signal) })),
  ],
  [
    "cuts off what is too long",
    /^splits what is longer/,
    connecting(({ deliver }) => ({
      deliver: (outbound, signal) => {
        const messages = outbound.messages.map((message) => ({ ...message, text: message.text.slice(0, 1_600) }));
        return deliver({ ...outbound, messages }, signal);
      },
    })),
  ],
  [
    "splits at a count of characters",
    /^never splits within/,
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
    /^splits what is longer/,
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
    "begins a retry from the start",
    /a retry sends only what is missing|^sends the rest later/,
    connecting(({ deliver }) => ({
      deliver: (outbound, signal) => deliver({ ...outbound, progress: null }, signal),
    })),
  ],
  [
    "does not commit how far it came",
    /^commits how far it came/,
    connecting(({ deliver }) => ({
      deliver: (outbound, signal) => deliver({ ...outbound, saveProgress: async () => {} }, signal),
    })),
  ],
  [
    "goes on though it could not commit how far it came",
    /^sends no more while it cannot commit/,
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
    "gives a repetition another id",
    /^tells two messages apart/,
    hosted((host) => {
      let count = 0;
      return receiving(host, (event) => ({ ...event, externalId: `event-${++count}` }));
    }),
  ],
  [
    "knows messages by their text",
    /^tells two messages apart/,
    hosted((host) =>
      receiving(host, (event) => ({ ...event, externalId: event.type === "message" ? event.text : "" })),
    ),
  ],
  [
    "loses what was written",
    /^brings what a visitor writes/,
    hosted((host) => receiving(host, (event) => ({ ...event, text: "" }) as InboundEvent)),
  ],
  [
    "takes what nobody has signed",
    /^refuses what its vendor did not send/,
    connecting((_, host) => ({
      handleWebhook: async (request) => {
        const { id, from, text } = JSON.parse(await request.text());
        await host.receive([{ type: "message", externalId: id, at: host.now(), address: from, text }]);
        return new Response(null, { status: 204 });
      },
    })),
  ],
  [
    "throws at a body that it cannot read",
    /^answers whatever is sent to its webhook/,
    connecting(({ handleWebhook }) => ({
      handleWebhook: async (request) => {
        JSON.parse(await request.clone().text());
        return (await handleWebhook?.(request)) ?? new Response(null, { status: 500 });
      },
    })),
  ],
  [
    "brings messages that it does not declare",
    /^brings no messages, as it declares/,
    { ...smsChannel, supports: { ...smsChannel.supports, replies: false } },
  ],
  [
    "declares receipts that it does not tell of",
    /^tells of what the vendor says/,
    { ...smsChannel, supports: { ...smsChannel.supports, receipts: true } },
  ],
  [
    "declares a repeated send to be recognisable",
    /^sends the same message id in every attempt/,
    { ...smsChannel, supports: { ...smsChannel.supports, idempotentSend: true } },
  ],
  [
    "logs its token",
    /^shows no secret/,
    connecting(({ deliver }, host) => ({
      deliver: (outbound, signal) => {
        host.logger.info("Sending", { request: { authorization: [`Bearer ${token}`] } });
        return deliver(outbound, signal);
      },
    })),
  ],
  [
    "repeats its token in a failure",
    /refuses-credentials$/,
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
    "keeps a secret in the open",
    /^shows no secret/,
    connecting(({ checkHealth }, host) => ({
      checkHealth: async (signal) => {
        await host.store.set("token", { token });
        return checkHealth(signal);
      },
    })),
  ],
  [
    "is always well",
    /^says so when its counterpart is gone/,
    connecting(() => ({ checkHealth: async () => ({ ok: true }) })),
  ],
  [
    "goes on asking after it was closed",
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
    "waits for something after it was closed",
    /^leaves no connection/,
    connecting(() => {
      setTimeout(() => {}, 60_000);
      return {};
    }),
  ],
];

channelContract(smsChannel, fixture);

describe("The contract kit", () => {
  test("finds out a fixture whose counterpart never fails", async () => {
    const cases = contractCases(smsChannel, { ...fixture, behaviours: ["refuses-for-now"] });
    const one = cases.find(({ title }) => title.startsWith("is tried against a counterpart"));
    await expect(one?.run()).rejects.toThrow(/unreachable/);
  });

  test.each(broken)("finds out a channel that %s", async (_, title, plugin) => {
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
