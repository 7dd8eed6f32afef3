import { allowed, concurrencyLimits, isPrivateAddress, networkOf } from "afterchat/channel";
import type { StoreOutcome } from "../store-mail.js";
import { judgeMailConnection, mailTimeouts } from "./mail-timeouts.js";

interface Open {
  readonly id: string;
  readonly network: string;
  readonly openedAt: number;
  lastMailAt: number;
  commands: number;
  content: { readonly since: number; bytes: () => number; isComplete: boolean } | null;
}

/** A content that is being received. */
export interface ReceivedContent {
  /** It has arrived, and is being stored. */
  complete(): void;
  /** It is stored or refused. */
  end(outcome: StoreOutcome): void;
}

export interface MailConnectionsOptions {
  /** Multiplies the limits of networks. */
  readonly limitsFactor: number;
  /** Replies 421 with this text, and closes the connection. */
  readonly end: (id: string, text: string) => void;
}

/** The connections of a listener: how many each network may have, and how long and how slow each may be. */
export class MailConnections {
  readonly #options: MailConnectionsOptions;
  /** In the order in which they were opened. */
  readonly #open = new Map<string, Open>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: MailConnectionsOptions) {
    this.#options = options;
  }

  /** False if it is too many. When there are too many altogether, the network with the most loses its last one instead. */
  enter(id: string, address: string): boolean {
    const network = networkOf(address);
    const { mailConnections, mailConnectionsOfNetwork, mailConnectionsOfPrivateNetwork } = concurrencyLimits;
    const limit = isPrivateAddress(address) ? mailConnectionsOfPrivateNetwork : mailConnectionsOfNetwork;
    const own = this.#of(network).length;
    if (own >= allowed(limit, this.#options.limitsFactor)) return false;
    if (this.#open.size >= mailConnections.max) {
      const most = this.#largestNetwork();
      const last = most.findLast(({ content }) => content === null) ?? most.at(-1);
      if (last === undefined || most.length <= own + 1) return false;
      this.leave(last.id);
      this.#options.end(last.id, tooMany);
    }
    const now = performance.now();
    this.#open.set(id, { id, network, openedAt: now, lastMailAt: now, commands: 0, content: null });
    this.#timer ??= setInterval(() => this.#check(), mailTimeouts.checkEveryMs).unref();
    return true;
  }

  leave(id: string): void {
    this.#open.delete(id);
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Counts a command. */
  command(id: string): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    open.commands += 1;
    this.#judge(open);
  }

  /** @param bytes how many have arrived */
  receive(id: string, bytes: () => number): ReceivedContent {
    const content = { since: performance.now(), bytes, isComplete: false };
    const open = this.#open.get(id);
    if (open !== undefined) open.content = content;
    return {
      complete: () => {
        content.isComplete = true;
      },
      end: (outcome) => {
        if (open?.content !== content) return;
        open.content = null;
        if (outcome === "refused") return;
        open.lastMailAt = performance.now();
        open.commands = 0;
      },
    };
  }

  /** The key of a connection's network. */
  networkOf(id: string): string {
    return this.#open.get(id)?.network ?? "";
  }

  #of(network: string): readonly Open[] {
    return [...this.#open.values()].filter((open) => open.network === network);
  }

  #largestNetwork(): readonly Open[] {
    const networks = Map.groupBy(this.#open.values(), ({ network }) => network);
    return [...networks.values()].reduce((most, other) => (other.length > most.length ? other : most), []);
  }

  #check(): void {
    for (const open of this.#open.values()) this.#judge(open);
  }

  #judge(open: Open): void {
    const now = performance.now();
    const { content, commands } = open;
    const reason = judgeMailConnection(
      {
        openMs: now - open.openedAt,
        withoutMailMs: now - open.lastMailAt,
        commands,
        content: content && { forMs: now - content.since, bytes: content.bytes(), isComplete: content.isComplete },
      },
      mailTimeouts,
    );
    if (reason === null) return;
    this.leave(open.id);
    this.#options.end(open.id, reason);
  }
}

export const tooMany = "4.7.0 Too many connections from your network: try again later";
