import type { Logger } from "../logger.js";
import { describeError } from "../logger.js";
import type { ChannelConnection, ChannelHost, ChannelPlugin } from "./channel.js";
import { type ChannelHealthState, type ConnectionState, describeHealth } from "./channel-health.js";
import type { ChannelState } from "./channel-state.js";
import { type ChannelDeadlines, channelDeadlines, withinDeadline } from "./deadline.js";
import type { ImportedChannel } from "./import-channels.js";
import { parseConnection } from "./plugin-shape.js";
import { shortRouteFault } from "./short-routes.js";

export interface InstalledChannel {
  readonly plugin: ChannelPlugin;
  /** Null: NOT_CONFIGURED, or not connected: `health` says which. Changes when a later attempt connects. */
  readonly connection: ChannelConnection | null;
}

interface Entry extends InstalledChannel {
  readonly config: unknown;
  connection: ChannelConnection | null;
  state: ConnectionState;
}

/** The channels of this process: looked up by id, connected one by one, closed together. */
export class ChannelRegistry {
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #all: readonly Entry[];
  readonly #logger: Logger;
  readonly #createHost: (plugin: ChannelPlugin) => ChannelHost;
  #shared: ReadonlyMap<string, ChannelState> = new Map();
  #closed = false;

  /**
   * `loaded` in order of preference, their ids distinct, as `importChannels` gives them; `createHost` gives a plugin what it
   * may use of the program, when it is connected.
   */
  constructor(
    loaded: readonly ImportedChannel[],
    logger: Logger,
    createHost: (plugin: ChannelPlugin) => ChannelHost,
    readonly deadlines: ChannelDeadlines = channelDeadlines,
  ) {
    this.#all = loaded.map(({ plugin, config }) => ({
      plugin,
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

  /** The health, with the shared part as this process read it last: `readChannelHealth` reads it anew. */
  health(id: string): ChannelHealthState {
    return describeHealth(this.#entries.get(id)?.state ?? { kind: "not-configured" }, this.#shared.get(id));
  }

  /** Takes over what `readChannelStates` gave. */
  share(states: ReadonlyMap<string, ChannelState>): void {
    this.#shared = states;
  }

  /** The connected channel that answers paths beginning with `/segment`: the first in the order of CHANNELS. */
  byShortRoute(segment: string): InstalledChannel | undefined {
    if (shortRouteFault(segment) !== null) return undefined;
    return this.#all.find((entry) => entry.connection?.shortRoutes?.includes(segment));
  }

  /**
   * Connects one channel, unless it is connected already or has no settings. Never rejects: a plugin that throws, hangs
   * or gives no connection is logged and leaves the channel PAUSED.
   */
  async connect(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.config === undefined || entry.connection !== null || this.#closed) return;
    const host = this.#createHost(entry.plugin);
    try {
      await withinDeadline(this.deadlines.connectMs, async () => {
        const connection = parseConnection(await entry.plugin.connect(entry.config, host));
        await this.#keep(entry, connection);
      });
    } catch (error) {
      // Another attempt may have come through meanwhile.
      if (entry.connection !== null) return;
      entry.state = { kind: "failed", detail: describeError(error), at: host.now() };
      this.#logger.error("A channel could not be connected", { channel: id, reason: describeError(error) });
    }
  }

  /** Ends every connection. Never rejects: a plugin that throws or hangs is logged. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(
      this.#all.map(async (entry) => {
        const { connection } = entry;
        entry.connection = null;
        if (connection !== null) await this.#end(entry.plugin.id, connection);
      }),
    );
  }

  /** A connection that arrives after its deadline is kept all the same, unless a later attempt was quicker. */
  async #keep(entry: Entry, connection: ChannelConnection): Promise<void> {
    if (this.#closed || entry.connection !== null) return this.#end(entry.plugin.id, connection);
    for (const segment of connection.shortRoutes ?? []) {
      const taken = this.byShortRoute(segment);
      const fault =
        shortRouteFault(segment) ?? (taken && `channel ${taken.plugin.id} has it too: the first in CHANNELS`);
      if (fault) this.#logger.error("A short route is refused", { channel: entry.plugin.id, route: segment, fault });
    }
    entry.connection = connection;
    entry.state = { kind: "connected" };
  }

  async #end(id: string, connection: ChannelConnection): Promise<void> {
    try {
      await withinDeadline(this.deadlines.closeMs, () => connection.close());
    } catch (error) {
      this.#logger.error("A channel could not be closed", { channel: id, reason: describeError(error) });
    }
  }
}
