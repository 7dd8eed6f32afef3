import { LRUCache } from "lru-cache";
import { allowed, type ProcessRateLimitName, processRateLimits } from "./limit-table.js";

/** More than there are sockets in a process. Whoever uses more networks than this is not stopped by limits of networks. */
const maxKeys = 20_000;

interface Span {
  readonly endsAt: number;
  spent: number;
}

/**
 * Counts what is done in spans of time, in this process. Unlike RateLimiterMemory of rate-limiter-flexible it answers at once and
 * needs no timer for each key: it is asked for every message of every socket.
 */
export class ProcessRateLimit {
  readonly #points: number;
  readonly #spanMs: number;
  readonly #spans = new LRUCache<string, Span>({ max: maxKeys });

  /** @param factor multiplies the limits of networks */
  constructor(name: ProcessRateLimitName, factor: number) {
    const limit = processRateLimits[name];
    this.#points = allowed(limit, factor);
    this.#spanMs = limit.seconds * 1_000;
  }

  /** Counts a use. Returns 0 if it is allowed, otherwise in how many seconds the next one is. */
  spend(key: string, points = 1): number {
    const now = Date.now();
    let span = this.#spans.get(key);
    if (span === undefined || span.endsAt <= now) {
      span = { endsAt: now + this.#spanMs, spent: 0 };
      this.#spans.set(key, span);
    }
    span.spent += points;
    return span.spent <= this.#points ? 0 : Math.max(1, Math.ceil((span.endsAt - now) / 1_000));
  }
}
