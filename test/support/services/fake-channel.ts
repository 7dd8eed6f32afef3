import { z } from "zod";
import type { ChannelConnection, ChannelPlugin, DeliveryResult, Outbound } from "../../../src/channels/channel.js";

type Deliver = (outbound: Outbound, signal: AbortSignal) => Promise<DeliveryResult>;

let accepted = 0;
export const accept: Deliver = async () => ({ outcome: "accepted", externalIds: [`accepted-${accepted++}`] });

/** Never settles, as a plugin that hangs. */
export const never = <T>(): Promise<T> => new Promise(() => {});

interface PluginParts extends Partial<Omit<ChannelPlugin, "connect">> {
  readonly connection?: Partial<ChannelConnection>;
  readonly connect?: ChannelPlugin["connect"];
}

/** A channel that accepts everything and does nothing else; `parts` are what the test is about. */
export function fakePlugin(id: string, { connection, ...parts }: PluginParts = {}): ChannelPlugin {
  return {
    id,
    name: id,
    policy: "when-away",
    supports: { replies: false, receipts: false, idempotentSend: false, maxTextLength: null, replyWindowHours: null },
    address: z.string(),
    settings: [],
    configure: () => ({}),
    describeAddress: (address) => String(address),
    connect: async () => ({
      deliver: accept,
      checkHealth: async () => ({ ok: true }),
      close: async () => {},
      ...connection,
    }),
    ...parts,
  };
}

/** A channel that keeps what it is handed and answers what the test says. */
export class FakeChannel {
  readonly received: Outbound[] = [];
  answer: Deliver = accept;
  readonly plugin: ChannelPlugin;

  constructor(id: string, policy: ChannelPlugin["policy"], idempotentSend: "idempotent" | "not idempotent") {
    this.plugin = fakePlugin(id, {
      policy,
      supports: {
        replies: true,
        receipts: true,
        idempotentSend: idempotentSend === "idempotent",
        maxTextLength: null,
        replyWindowHours: null,
      },
      connection: {
        deliver: async (outbound, signal) => {
          this.received.push(outbound);
          return this.answer(outbound, signal);
        },
      },
    });
  }

  /** Forgets what it was handed, and accepts everything from now on. */
  clear(): void {
    this.received.length = 0;
    this.answer = accept;
  }

  /** The texts of the replies that it was handed, a list for each attempt. */
  get replies(): string[][] {
    return this.received.map((outbound) =>
      outbound.messages.filter((message) => message.role === "pending").map((message) => message.text),
    );
  }
}

/** A channel called email, which takes what an email address is. */
export const emailPlugin: ChannelPlugin = fakePlugin("email", {
  address: z.email({ error: "This is not an email address." }).toLowerCase(),
});
