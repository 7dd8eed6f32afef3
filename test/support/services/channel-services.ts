import { z } from "zod";
import { createChannelHost } from "../../../src/channel-host.js";
import type { ChannelConnection, ChannelPlugin } from "../../../src/channels/channel.js";
import { ChannelRegistry } from "../../../src/channels/channel-registry.js";
import { type ChannelDeadlines, channelDeadlines } from "../../../src/channels/deadline.js";
import { Clock } from "../../../src/clock.js";
import { readConfig } from "../../../src/config.js";
import { Events } from "../../../src/events/events.js";
import { openDatabase } from "../../../src/orm.js";
import type { Services } from "../../../src/services.js";

export interface ChannelServices {
  readonly services: Services;
  /** What was logged, one text a line: level, message and fields. */
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

interface Options {
  readonly databaseUrl: string;
  readonly plugins: readonly ChannelPlugin[];
  readonly deadlines?: Partial<ChannelDeadlines>;
  readonly appSecrets?: readonly string[];
}

/** One process's part that channels need, on a real database. What channels never touch is left out. */
export async function startChannelServices(options: Options): Promise<ChannelServices> {
  const lines: string[] = [];
  const log = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  };
  const logger = { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
  const events = new Events();
  const database = await openDatabase(options.databaseUrl, 4, (event) => events.publish(event));
  const loaded = options.plugins.map((plugin) => ({ plugin, config: plugin.configure({}) }));
  const channels = new ChannelRegistry(loaded, logger, (plugin) => createChannelHost(services, plugin), {
    ...channelDeadlines,
    ...options.deadlines,
  });
  const services: Services = {
    config: {
      ...readConfig({}),
      publicUrl: "https://chat.example.com",
      websiteUrl: "https://www.example.com",
      appSecrets: options.appSecrets ?? ["the first secret, of 32 characters"],
    },
    clock: new Clock(),
    database,
    events,
    channels,
    logger,
  } as unknown as Services;
  return {
    services,
    lines,
    stop: async () => {
      await channels.close();
      await database.close();
    },
  };
}

interface PluginParts extends Partial<Omit<ChannelPlugin, "connect">> {
  readonly connection?: Partial<ChannelConnection>;
  readonly connect?: ChannelPlugin["connect"];
}

/** A channel that does nothing well; `parts` say what the test is about. */
export function samplePlugin(id: string, { connection, ...parts }: PluginParts = {}): ChannelPlugin {
  return {
    id,
    name: id,
    policy: "when-away",
    supports: { replies: false, receipts: false, idempotentSend: false, maxTextLength: null, replyWindowHours: null },
    address: z.string(),
    configure: () => ({}),
    describeAddress: (address) => String(address),
    connect: async () => ({
      deliver: async () => ({ outcome: "accepted", externalIds: [] }),
      checkHealth: async () => ({ ok: true }),
      close: async () => {},
      ...connection,
    }),
    ...parts,
  };
}

/** Never settles, as a plugin that hangs. */
export const never = <T>(): Promise<T> => new Promise(() => {});
