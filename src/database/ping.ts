import type { Pool } from "pg";

/** Twice this is still below the usual health-check time-out of load balancers. */
const answerWithinMs = 1_500;

/** The database was reached, or is being connected to, but does not answer. */
export class SilentDatabaseError extends Error {
  override readonly name = "SilentDatabaseError";

  constructor() {
    super(`The database has not answered for ${answerWithinMs / 1_000} seconds.`);
  }
}

/**
 * Asks the database for a sign of life over the pool, as requests do. Callers at the same time share one statement, so
 * that asking often costs nothing. A connection that does not answer is closed, so that the next ping tries another.
 */
export class Ping {
  readonly #pool: Pool;
  #inProgress: Promise<void> | null = null;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** @throws {SilentDatabaseError} after `answerWithinMs`, and otherwise what connecting or the statement throws */
  async send(): Promise<void> {
    this.#inProgress ??= this.#ask().finally(() => {
      this.#inProgress = null;
    });
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new SilentDatabaseError()), answerWithinMs);
    try {
      await Promise.race([this.#inProgress, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #ask(): Promise<void> {
    const client = await this.#pool.connect();
    const timer = setTimeout(() => client.connection.stream.destroy(new SilentDatabaseError()), answerWithinMs);
    try {
      await client.query("SELECT 1");
      client.release();
    } catch (error) {
      client.release(true);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
