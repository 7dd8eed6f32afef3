import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import type { Database } from "../database/database.js";
import { rateLimited } from "../errors.js";
import { allowed, type RateLimitName, rateLimits } from "./limit-table.js";

/** One use of what is limited. */
export interface Use {
  readonly limit: RateLimitName;
  /** Whose use it is: a network, the id of a session, … */
  readonly key: string;
  /** How much it counts; 0 is not counted. */
  readonly points: number;
}

/** How many keys of which nothing is left are remembered; others are looked up. About 2 MB. */
const maxSpent = 10_000;

/** Counts what strangers do, for all processes together, and refuses what is too much. */
export class RateLimits {
  readonly #limiters = new Map<RateLimitName, RateLimiterPostgres>();
  /**
   * Until when nothing is left of a key, as of Date.now(). What a flood sends is refused by this alone, without the database.
   * Not by the library's own memory of it, which is not bounded, and cannot be asked before another limit is counted.
   */
  readonly #spentUntilMs = new LRUCache<string, number>({ max: maxSpent });

  /** @param factor multiplies the limits of networks */
  constructor(database: Database, factor: number) {
    const storeClient = {
      query: async ({ name, text, values }: { name: string; text: string; values: unknown[] }) => {
        const rows = await database.query({ name, text }, values);
        return { rows, rowCount: rows.length };
      },
    };
    for (const [name, limit] of Object.entries(rateLimits) as [RateLimitName, (typeof rateLimits)[RateLimitName]][]) {
      this.#limiters.set(
        name,
        new RateLimiterPostgres({
          ...{ points: allowed(limit, factor), duration: limit.seconds, keyPrefix: name },
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
  async spend(limit: RateLimitName, key: string, points = 1): Promise<void> {
    await this.spendAll([{ limit, key, points }]);
  }

  /** `spend` for several limits, in the time of one. @throws RATE_LIMITED with `retryAfterSeconds` if one of them refuses */
  async spendAll(uses: readonly Use[]): Promise<void> {
    const seconds = await this.trySpending(uses);
    if (seconds > 0) throw rateLimited(seconds);
  }

  /** `spendAll` that does not throw: 0 if the uses are allowed, otherwise in how many seconds they will be. */
  async trySpending(uses: readonly Use[]): Promise<number> {
    const counted = uses.filter(({ points }) => points > 0);
    // First: who has spent their own must not spend what they share with their colleagues.
    const seconds = Math.max(0, ...counted.map((use) => this.#secondsRemembered(use)));
    if (seconds > 0) return seconds;
    return Math.max(0, ...(await Promise.all(counted.map((use) => this.#consume(use)))));
  }

  /** Whether nothing is left, in seconds until there is; 0 while there is. Counts nothing. */
  async secondsUntilAllowed(name: RateLimitName, key: string): Promise<number> {
    const used = await this.#limiter(name).get(shortKey(key));
    return used === null || used.remainingPoints > 0 ? 0 : toSeconds(used.msBeforeNext);
  }

  /** Takes back a use that was counted, and turned out not to be what is limited. */
  async giveBack(name: RateLimitName, key: string): Promise<void> {
    await this.#limiter(name).reward(shortKey(key));
    this.#spentUntilMs.delete(memoryKey(name, key));
  }

  /** Forgets what was counted. */
  async reset(name: RateLimitName, key: string): Promise<void> {
    await this.#limiter(name).delete(shortKey(key));
    this.#spentUntilMs.delete(memoryKey(name, key));
  }

  #secondsRemembered({ limit, key }: Use): number {
    const untilMs = this.#spentUntilMs.get(memoryKey(limit, key));
    const leftMs = untilMs === undefined ? 0 : untilMs - Date.now();
    return leftMs > 0 ? toSeconds(leftMs) : 0;
  }

  /** 0 if the use is allowed, otherwise in how many seconds it will be. */
  async #consume({ limit, key, points }: Use): Promise<number> {
    try {
      const { remainingPoints, msBeforeNext } = await this.#limiter(limit).consume(shortKey(key), points);
      if (remainingPoints <= 0) this.#spentUntilMs.set(memoryKey(limit, key), Date.now() + msBeforeNext);
      return 0;
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      this.#spentUntilMs.set(memoryKey(limit, key), Date.now() + error.msBeforeNext);
      return toSeconds(error.msBeforeNext);
    }
  }

  #limiter(name: RateLimitName): RateLimiterPostgres {
    const limiter = this.#limiters.get(name);
    if (limiter === undefined) throw new Error(`No limit has the name ${name}.`);
    return limiter;
  }
}

function toSeconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1_000));
}

function memoryKey(limit: RateLimitName, key: string): string {
  return `${limit}:${shortKey(key)}`;
}

/** Keys may hold foreign text, such as an email address: it may be long, or contain what PostgreSQL cannot store. */
export function shortKey(key: string): string {
  return key.length <= 64 && /^[\w.:/-]*$/.test(key) ? key : createHash("sha256").update(key).digest("base64url");
}
