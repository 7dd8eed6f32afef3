import type { Logger } from "../../logger.js";
import { describeError } from "../../logger.js";
import type { ChannelConnection, ChannelHost, ChannelPlugin } from "../channel.js";
import { type ChannelDeadlines, channelDeadlines, withinDeadline } from "../deadline.js";
import { type ChannelHealthState, type ConnectionState, describeHealth } from "../health/channel-health.js";
import type { ChannelState } from "../health/channel-state.js";
import type { ImportedChannel, NamedSetting } from "./import-channels.js";
import { parseConnection } from "./plugin-shape.js";
import { shortRouteFault } from "./short-routes.js";

export interface InstalledChannel {
  readonly plugin: ChannelPlugin;
  readonly settings: readonly NamedSetting[];
  /** Null when NOT_CONFIGURED or not connected; `health` says which. Set when a later attempt connects. */
  readonly connection: ChannelConnection | null;
}

interface Entry extends InstalledChannel {
  readonly config: unknown;
  connection: ChannelConnection | null;
  state: ConnectionState;
}

/** The channels of this process. */
export class ChannelRegistry {
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #all: readonly Entry[];
  readonly #logger: Logger;
  readonly #createHost: (plugin: ChannelPlugin) => ChannelHost;
  #shared: ReadonlyMap<string, ChannelState> = new Map();
  #closed = false;

  /**
   * @param imported in order of preference and with distinct ids, as `importChannels` returns them
   * @param createHost creates the host that a plugin gets when it is connected
   */
  constructor(
    imported: readonly ImportedChannel[],
    logger: Logger,
    createHost: (plugin: ChannelPlugin) => ChannelHost,
    readonly deadlines: ChannelDeadlines = channelDeadlines,
  ) {
    this.#all = imported.map(({ plugin, settings, config }) => ({
      plugin,
      settings,
      config,
      connection: null,
      state: { kind: config === undefined ? "not-configured" : "connecting" },
    }));
    this.#entries = new Map(this.#all.map((entry) => [entry.plugin.id, entry]));
    this.#logger = logger;
    this.#createHost = createHost;
  }

  /** Every installed channel, in the order of CHANNELS. */
  all(): readonly InstalledChannel[] {
    return this.#all;
  }

  get(id: string): InstalledChannel | undefined {
    return this.#entries.get(id);
  }

  /** The ids of the WHEN_AWAY channels, in order of preference, configured or not. */
  whenAway(): readonly string[] {
    return this.#all.filter(({ plugin }) => plugin.policy === "when-away").map(({ plugin }) => plugin.id);
  }

  /** The ids of the IMMEDIATE channels, configured or not. */
  immediate(): readonly string[] {
    return this.#all.filter(({ plugin }) => plugin.policy === "immediate").map(({ plugin }) => plugin.id);
  }

  /** A channel's health. The shared part is as old as this process's last `readChannelHealth`. */
  health(id: string): ChannelHealthState {
    return describeHealth(this.#entries.get(id)?.state ?? { kind: "not-configured" }, this.#shared.get(id));
  }

  /** Stores the states that `readChannelStates` read, for `health`. */
  setSharedStates(states: ReadonlyMap<string, ChannelState>): void {
    this.#shared = states;
  }

  /** The connected channel that serves paths beginning with `/segment`; the first in the order of CHANNELS. */
  findByShortRoute(segment: string): InstalledChannel | undefined {
    if (shortRouteFault(segment) !== null) return undefined;
    return this.#all.find((entry) => entry.connection?.shortRoutes?.includes(segment));
  }

  /**
   * Connects every configured channel that is not connected yet. Never rejects, and takes no longer than the slowest
   * plugin may. Resolves with the ids of the channels that were tried.
   */
  async connectAll(): Promise<readonly string[]> {
    const tried = await Promise.all(
      this.#all.map(async ({ plugin: { id } }) => ((await this.connect(id)) === "tried" ? [id] : [])),
    );
    return tried.flat();
  }

  /**
   * Connects one channel, unless it is already connected or not configured. Never rejects: when a plugin throws, hangs
   * or returns no valid connection, this is logged and the channel stays PAUSED.
   */
  async connect(id: string): Promise<"tried" | "unchanged"> {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.config === undefined || entry.connection !== null || this.#closed)
      return "unchanged";
    const host = this.#createHost(entry.plugin);
    try {
      await withinDeadline(this.deadlines.connectMs, async () => {
        const connection = parseConnection(await entry.plugin.connect(entry.config, host));
        await this.#adopt(entry, connection);
      });
    } catch (error) {
      // Another attempt may have succeeded meanwhile.
      if (entry.connection !== null) return "tried";
      const at = host.now();
      const since = entry.state.kind === "failed" ? entry.state.since : at;
      entry.state = { kind: "failed", detail: describeError(error), at, since };
      this.#logger.error("A channel could not be connected", { channel: id, reason: describeError(error) });
    }
    return "tried";
  }

  /** Closes every connection. Never rejects: a plugin that throws or hangs is logged. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(
      this.#all.map(async (entry) => {
        const { connection } = entry;
        entry.connection = null;
        if (connection !== null) await this.#closeConnection(entry.plugin.id, connection);
      }),
    );
  }

  /** A connection that arrives after its deadline is used as well, unless a later attempt was faster. */
  async #adopt(entry: Entry, connection: ChannelConnection): Promise<void> {
    if (this.#closed || entry.connection !== null) return this.#closeConnection(entry.plugin.id, connection);
    for (const segment of connection.shortRoutes ?? []) {
      const owner = this.findByShortRoute(segment);
      const fault = shortRouteFault(segment) ?? (owner && `already served by channel ${owner.plugin.id}`);
      if (fault) this.#logger.error("A short route was rejected", { channel: entry.plugin.id, route: segment, fault });
    }
    entry.connection = connection;
    entry.state = { kind: "connected" };
  }

  async #closeConnection(id: string, connection: ChannelConnection): Promise<void> {
    try {
      await withinDeadline(this.deadlines.closeMs, () => connection.close());
    } catch (error) {
      this.#logger.error("A channel could not be closed", { channel: id, reason: describeError(error) });
    }
  }
}
