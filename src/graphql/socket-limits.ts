import { serviceUnavailable, type UserError } from "../errors.js";
import { ConcurrencyLimit, type Leave } from "../limits/concurrency-limit.js";
import { type Entry, enterAll } from "../limits/enter-all.js";
import { type ConcurrencyLimitName, concurrencyLimits } from "../limits/limit-table.js";
import { ProcessRateLimit } from "../limits/process-rate-limit.js";
import type { Viewer } from "../viewer.js";
import { retryAfterSeconds, retryWhenEndedSeconds, tooManyAtOnce } from "./refusals.js";
import type { Socket } from "./socket.js";

/** The HTTP response to an upgrade that is refused. */
export interface RefusedUpgrade {
  readonly status: "404 Not Found" | "429 Too Many Requests" | "503 Service Unavailable";
  /** Null when trying again would not help, or another process may do better. */
  readonly retryAfterSeconds: number | null;
}

/** How many sockets there may be, and what may happen on them; see src/limits/limit-table.ts. */
export class SocketLimits {
  readonly #concurrent: ReadonlyMap<ConcurrencyLimitName, ConcurrencyLimit>;
  readonly #opened: ProcessRateLimit;
  readonly #messagesOfSocket: ProcessRateLimit;
  readonly #bytesOfSocket: ProcessRateLimit;
  readonly #messagesOfNetwork: ProcessRateLimit;
  readonly #bytesOfNetwork: ProcessRateLimit;
  readonly #unknownDocuments: ProcessRateLimit;

  /** @param factor multiplies the limits of networks */
  constructor(factor: number) {
    const names = Object.keys(concurrencyLimits) as ConcurrencyLimitName[];
    this.#concurrent = new Map(names.map((name) => [name, new ConcurrencyLimit(name, factor)]));
    this.#opened = new ProcessRateLimit("socketsOpened", factor);
    this.#messagesOfSocket = new ProcessRateLimit("messagesOfSocket", factor);
    this.#bytesOfSocket = new ProcessRateLimit("bytesOfSocket", factor);
    this.#messagesOfNetwork = new ProcessRateLimit("messagesOfNetwork", factor);
    this.#bytesOfNetwork = new ProcessRateLimit("bytesOfNetwork", factor);
    this.#unknownDocuments = new ProcessRateLimit("unknownDocumentsOfNetwork", factor);
  }

  /** Counts a connection until the returned function is called. */
  open(network: string): Leave | RefusedUpgrade {
    const waitSeconds = this.#opened.spend(network);
    if (waitSeconds > 0) return { status: "429 Too Many Requests", retryAfterSeconds: waitSeconds };
    const entered = enterAll([this.#entry("socketsOfNetwork", network), this.#entry("sockets", "")]);
    if (typeof entered === "function") return entered;
    const isForAll = entered === this.#limit("sockets");
    const status = isForAll ? "503 Service Unavailable" : "429 Too Many Requests";
    return { status, retryAfterSeconds: retryWhenEndedSeconds };
  }

  /** Counts the socket for its viewer; the description of the limit if there are too many. */
  identify(network: string, viewer: Viewer | null): Leave | string {
    const entered = enterAll(this.#entriesOfSocket(network, viewer));
    return typeof entered === "function" ? entered : entered.description;
  }

  #entriesOfSocket(network: string, viewer: Viewer | null): Entry[] {
    if (viewer === null) return [this.#entry("anonymousSocketsOfNetwork", network)];
    if (viewer.kind === "agent") return [this.#entry("socketsOfAgent", viewer.agentId)];
    return [this.#entry("socketsOfSession", viewer.sessionId), this.#entry("socketsOfVisitor", viewer.visitorId)];
  }

  /** Counts what a client sends, complete or not. Whether the socket or its network sends too much. */
  isTooMuch({ id, network }: Socket, bytes: number): boolean {
    return this.#bytesOfSocket.spend(id, bytes) > 0 || this.#bytesOfNetwork.spend(network, bytes) > 0;
  }

  /** Counts a message, a ping or a pong. Whether the socket or its network sends too many. */
  isTooOften({ id, network }: Socket): boolean {
    return this.#messagesOfSocket.spend(id) > 0 || this.#messagesOfNetwork.spend(network) > 0;
  }

  /** Counts an operation whose text has to be parsed and validated; in how many seconds it is allowed, 0 for now. */
  secondsUntilRead({ network }: Socket, text: string): number {
    return this.#unknownDocuments.spend(network, text.length);
  }

  /** Counts an operation in progress; null if the socket has too many. */
  beginOperation({ id }: Socket): Leave | null {
    return this.#limit("operationsOfSocket").enter(id);
  }

  /** Counts a subscription for its viewer; the error if there are too many, or if they cost too much together. */
  beginSubscription(socket: Socket, cost: number): Leave | UserError {
    const entered = enterAll([...this.#entriesOfSubscription(socket, cost), this.#entry("subscriptions", "")]);
    if (typeof entered === "function") return entered;
    return entered === this.#limit("subscriptions")
      ? serviceUnavailable(retryAfterSeconds)
      : tooManyAtOnce(entered.description);
  }

  #entriesOfSubscription({ id, network, viewer }: Socket, cost: number): Entry[] {
    if (viewer?.kind === "agent") {
      return [
        this.#entry("subscriptionsOfAgent", viewer.agentId),
        this.#entry("subscriptionCostOfAgent", viewer.agentId, cost),
      ];
    }
    const ofSocket = this.#entry("subscriptionsOfSocket", id);
    if (viewer === null) {
      return [
        ofSocket,
        this.#entry("anonymousSubscriptionsOfNetwork", network),
        this.#entry("anonymousSubscriptionCostOfNetwork", network, cost),
      ];
    }
    return [
      ofSocket,
      this.#entry("subscriptionsOfSession", viewer.sessionId),
      this.#entry("subscriptionsOfVisitor", viewer.visitorId),
      this.#entry("subscriptionCostOfVisitor", viewer.visitorId, cost),
    ];
  }

  #entry(name: ConcurrencyLimitName, key: string, amount = 1): Entry {
    return [this.#limit(name), key, amount];
  }

  #limit(name: ConcurrencyLimitName): ConcurrencyLimit {
    const limit = this.#concurrent.get(name);
    if (limit === undefined) throw new Error(`No limit has the name ${name}.`);
    return limit;
  }
}
