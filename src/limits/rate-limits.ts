import { createHash } from "node:crypto";
import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import type { Database } from "../database/database.js";
import { rateLimited } from "../errors.js";
import { allowed, type RateLimitName, rateLimits } from "./limit-table.js";

/** Counts what strangers do, for all processes together, and refuses what is too much. */
export class RateLimits {
  readonly #limiters = new Map<RateLimitName, RateLimiterPostgres>();

  /** @param factor multiplies the limits of networks */
  constructor(database: Database, factor: number) {
    const storeClient = {
      query: async ({ name, text, values }: { name: string; text: string; values: unknown[] }) => {
        const rows = await database.query({ name, text }, values);
        return { rows, rowCount: rows.length };
      },
    };
    for (const [name, limit] of Object.entries(rateLimits) as [RateLimitName, (typeof rateLimits)[RateLimitName]][]) {
      const points = allowed(limit, factor);
      const options = { points, duration: limit.seconds, keyPrefix: name, inMemoryBlockOnConsumed: points };
      this.#limiters.set(
        name,
        new RateLimiterPostgres({
          ...options,
          ...{ storeClient, storeType: "client", tableName: "rate_limits", tableCreated: true },
          clearExpiredByTimeout: false,
        }),
      );
    }
  }

  /**
   * Counts a use, before anything is done for it. Must not be called within a transaction.
   * @param key whose use it is: a network, the id of a session, …
   * @throws RATE_LIMITED with `retryAfterSeconds`
   */
  async spend(name: RateLimitName, key: string, points = 1): Promise<void> {
    try {
      await this.#limiter(name).consume(shortKey(key), points);
    } catch (error) {
      if (error instanceof RateLimiterRes) throw rateLimited(Math.max(1, Math.ceil(error.msBeforeNext / 1_000)));
      throw error;
    }
  }

  /** Whether nothing is left, in seconds until there is; 0 while there is. Counts nothing. */
  async secondsUntilAllowed(name: RateLimitName, key: string): Promise<number> {
    const used = await this.#limiter(name).get(shortKey(key));
    return used === null || used.remainingPoints > 0 ? 0 : Math.max(1, Math.ceil(used.msBeforeNext / 1_000));
  }

  /** Takes back a use that was counted, and turned out not to be what is limited. */
  async giveBack(name: RateLimitName, key: string): Promise<void> {
    const limiter = this.#limiter(name);
    await limiter.reward(shortKey(key));
    // The library remembers in memory that nothing was left, for this key and others, which are looked up again.
    limiter.deleteInMemoryBlockedAll();
  }

  /** Forgets what was counted. */
  async reset(name: RateLimitName, key: string): Promise<void> {
    await this.#limiter(name).delete(shortKey(key));
  }

  #limiter(name: RateLimitName): RateLimiterPostgres {
    const limiter = this.#limiters.get(name);
    if (limiter === undefined) throw new Error(`No limit has the name ${name}.`);
    return limiter;
  }
}

/** Keys may hold foreign text, such as an email address. */
export function shortKey(key: string): string {
  return key.length <= 64 ? key : createHash("sha256").update(key).digest("base64url");
}
