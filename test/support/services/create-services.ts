import { Passwords } from "../../../src/agents/passwords.js";
import { openAttachmentStorage } from "../../../src/attachments/attachment-storage.js";
import { BlockedNetworks } from "../../../src/blocked-networks/blocked-networks.js";
import { createChannelHost } from "../../../src/channel-host.js";
import type { ChannelPlugin } from "../../../src/channels/channel.js";
import { type ChannelDeadlines, channelDeadlines } from "../../../src/channels/deadline.js";
import { ChannelRegistry } from "../../../src/channels/registry/channel-registry.js";
import { namedSettings } from "../../../src/channels/registry/import-channels.js";
import { syncChannels } from "../../../src/channels/registry/sync-channels.js";
import type { Clock } from "../../../src/clock.js";
import { type RunningConfig, readConfig } from "../../../src/config.js";
import { LiveCounts } from "../../../src/counts/live-counts.js";
import { readCounts } from "../../../src/counts/read-counts.js";
import type { Database } from "../../../src/database/database.js";
import { type ChangeEvent, Events } from "../../../src/events/events.js";
import { RateLimits } from "../../../src/limits/rate-limits.js";
import type { Logger } from "../../../src/logger.js";
import { openDatabase } from "../../../src/orm.js";
import { PresenceTracker } from "../../../src/presence/presence-tracker.js";
import type { Services } from "../../../src/services.js";
import { SessionCache } from "../../../src/sessions/session-cache.js";
import { FakeClock } from "../clock/fake-clock.js";
import { createMigratedDatabase } from "./migrated-database.js";

export interface ServicesOptions {
  /** Installed, and connected by `startChannels`; none when left out. */
  readonly channels?: readonly ChannelPlugin[];
  readonly deadlines?: Partial<ChannelDeadlines>;
  /** Replaces settings of the tests. */
  readonly config?: Partial<RunningConfig>;
  /** Where the database is, when it is another process's too; left out: one of its own, dropped by `stop`. */
  readonly databaseUrl?: string;
  /** In the place of connections of its own; the caller closes it. Calls `announce` after each commit. */
  readonly database?: (announce: (event: ChangeEvent) => void) => Database;
  /** Another process's clock; left out: one of its own that stands still. */
  readonly clock?: Clock;
}

/** One process of the program without its server: real parts on a real database, at a time that the test says. */
export class TestServices {
  /** What was logged, one text a line: level, message and fields. */
  readonly lines: readonly string[];
  readonly #closing: (() => Promise<void>)[];
  readonly #announced: ChangeEvent[] = [];
  #statements = 0;

  constructor(
    readonly services: Services,
    readonly databaseUrl: string,
    parts: { readonly lines: readonly string[]; readonly closing: (() => Promise<void>)[] },
  ) {
    this.lines = parts.lines;
    this.#closing = parts.closing;
    const { events } = services;
    const publish = events.publish.bind(events);
    events.publish = (event) => {
      this.#announced.push(event);
      publish(event);
    };
  }

  get clock(): Clock {
    return this.services.clock;
  }

  async startChannels(): Promise<void> {
    await syncChannels(this.services);
    await this.services.channels.connectAll();
  }

  /** Enters this process in the database, where a heartbeat keeps it. */
  async startPresence(): Promise<void> {
    const { presence } = this.services;
    await presence.start();
    this.#closing.push(() => presence.stop());
  }

  /** One more process on the same database and clock; `stop` ends it too. */
  async join(options: Omit<ServicesOptions, "databaseUrl" | "clock"> = {}): Promise<TestServices> {
    const { databaseUrl, clock } = this;
    const joined = await createServices({ ...options, databaseUrl, clock });
    this.#closing.push(() => joined.stop());
    return joined;
  }

  /** The events published since the last call, oldest first. */
  announced(): ChangeEvent[] {
    return this.#announced.splice(0);
  }

  sql<Row>(text: string, ...parameters: readonly unknown[]): Promise<Row[]> {
    return this.services.database.query({ name: `test-${this.#statements++}`, text }, parameters);
  }

  /** Time passes; this process lives on. */
  async pass(seconds: number): Promise<void> {
    await this.services.presence.flush();
    this.clock.advance(seconds * 1000);
    await this.services.presence.sendHeartbeat();
  }

  /** Closes what was opened, last things first. May be called twice. */
  async stop(): Promise<void> {
    for (let close = this.#closing.pop(); close !== undefined; close = this.#closing.pop()) await close();
  }
}

/** The services of one process, with nothing started yet. */
export async function createServices(options: ServicesOptions = {}): Promise<TestServices> {
  const closing: (() => Promise<void>)[] = [];
  const lines: string[] = [];
  const logger = logInto(lines);
  const clock = options.clock ?? new FakeClock();
  const events = new Events();
  const announce = (event: ChangeEvent) => events.publish(event);
  let { databaseUrl } = options;
  if (databaseUrl === undefined) {
    const own = await createMigratedDatabase();
    closing.push(() => own.drop());
    databaseUrl = own.url;
  }
  const database = options.database?.(announce) ?? (await openDatabase(databaseUrl, 8, announce));
  if (options.database === undefined) closing.push(() => database.close());
  const config: RunningConfig = {
    ...readConfig({}),
    publicUrl: "https://chat.example.com",
    websiteUrl: "https://www.example.com",
    allowedWebsites: [],
    appSecrets: ["the first secret, of 32 characters", "an older secret, of 32 characters"],
    identitySecret: "the-website-and-afterchat-share-this",
    ...options.config,
  };
  const sessions = new SessionCache({ database, clock, events, appSecrets: config.appSecrets });
  closing.push(async () => sessions.close());
  const blockedNetworks = await BlockedNetworks.start({ database, clock, events, logger });
  closing.push(() => blockedNetworks.stop());
  const channels = new ChannelRegistry(
    (options.channels ?? []).map((plugin) => ({
      plugin,
      settings: namedSettings(plugin, {}),
      config: plugin.configure({}),
    })),
    logger,
    (plugin) => createChannelHost(services, plugin),
    { ...channelDeadlines, ...options.deadlines },
  );
  closing.push(() => channels.close());
  const counts = new LiveCounts({ events, logger }, () => readCounts(services));
  closing.push(() => counts.close());
  const services: Services = {
    config,
    clock,
    counts,
    database,
    events,
    channels,
    presence: new PresenceTracker({ database, clock, events, logger }),
    sessions,
    limits: new RateLimits(database, config.limitsFactor),
    blockedNetworks,
    passwords: new Passwords(),
    attachments: await openAttachmentStorage(config.dataDirectory, null),
    logger,
  };
  return new TestServices(services, databaseUrl, { lines, closing });
}

function logInto(lines: string[]): Logger {
  const log = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  };
  return { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
}
