import { BlockList, isIP } from "node:net";
import type { Clock } from "../clock.js";
import type { Database, Statement } from "../database/database.js";
import { networkBlocked } from "../errors.js";
import type { Events } from "../events/events.js";
import { describeError, type Logger } from "../logger.js";

/** How late another process notices a change, or that a block has expired. */
const refreshEveryMs = 5_000;

interface BlockedNetworksParts {
  readonly database: Pick<Database, "query">;
  readonly clock: Clock;
  readonly events: Events;
  readonly logger: Logger;
}

/**
 * The networks from which no visitor may use the chat: a copy in memory, so that every request can be checked, which is read again
 * every few seconds.
 */
export class BlockedNetworks {
  #blocked = new BlockList();
  #ranges: ReadonlySet<string> = new Set();
  #refreshing: Promise<void> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;

  private constructor(private readonly parts: BlockedNetworksParts) {
    this.#timer = setInterval(() => {
      this.#refreshing = this.#refreshing
        .then(() => this.#read())
        .catch((error) =>
          parts.logger.warn("the blocked networks could not be read: those known so far stay blocked", {
            cause: describeError(error),
          }),
        );
    }, refreshEveryMs).unref();
  }

  /** Reads the networks. Rejects if that fails: nobody is let in before they are known. */
  static async start(parts: BlockedNetworksParts): Promise<BlockedNetworks> {
    const networks = new BlockedNetworks(parts);
    try {
      await networks.refresh();
      return networks;
    } catch (error) {
      clearInterval(networks.#timer);
      throw error;
    }
  }

  /** Whether this address is blocked. @param address as `clientAddress` gives it */
  contains(address: string): boolean {
    if (this.#ranges.size === 0) return false;
    // Of a client that has gone there is none.
    const version = isIP(address);
    return version !== 0 && this.#blocked.check(withoutZone(address), version === 4 ? "ipv4" : "ipv6");
  }

  /** @throws FORBIDDEN, with HTTP status 403, if this address is blocked */
  refuse(address: string): void {
    if (this.contains(address)) throw networkBlocked();
  }

  /** Reads them again, after what is being read already. Publishes `networksBlocked` if there are more than before. */
  async refresh(): Promise<void> {
    const reading = this.#refreshing.then(() => this.#read());
    this.#refreshing = reading.catch(() => undefined);
    await reading;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#refreshing;
  }

  async #read(): Promise<void> {
    const { database, clock, events } = this.parts;
    const rows = await database.query<{ range: string }>(listStatement, [clock.now()]);
    const before = this.#ranges;
    const ranges = new Set(rows.map(({ range }) => range));
    const added = [...ranges].filter((range) => !before.has(range));
    if (added.length === 0 && ranges.size === before.size) return;
    const blocked = new BlockList();
    for (const range of ranges) {
      const [address = "", prefix] = range.split("/");
      blocked.addSubnet(address, Number(prefix), isIP(address) === 4 ? "ipv4" : "ipv6");
    }
    this.#blocked = blocked;
    this.#ranges = ranges;
    if (added.length > 0) events.publish({ type: "networksBlocked" });
  }
}

/** fe80::1%eth0 is fe80::1. */
function withoutZone(address: string): string {
  return address.split("%", 1)[0] ?? address;
}

const listStatement: Statement = {
  name: "list-blocked-ranges",
  text: "SELECT range FROM blocked_networks WHERE expires_at IS NULL OR expires_at > $1",
};
