import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "../channels/channel.js";
import { describeError } from "../logger.js";

const tryForMs = 60_000;
const tryEveryMs = 1_000;

// What a server says that is away or starting: refused, unknown host, no route, reset; PostgreSQL's 57P03 "starting up".
const away = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ETIMEDOUT", "ECONNRESET", "57P03"]);

/**
 * Opens a database that may be away at start, as when everything starts at once: tries for a minute, or until `signal`.
 * @throws what the last try said, or at once what no waiting mends, such as a wrong password
 */
export async function untilReachable<T>(open: () => Promise<T>, logger: Logger, signal?: AbortSignal): Promise<T> {
  const tries = tryForMs / tryEveryMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await open();
    } catch (error) {
      if (!isAway(error)) throw error;
      if (attempt >= tries)
        throw new Error(`The database cannot be reached: ${describeError(error)}. Check DATABASE_URL.`);
      if (attempt % 5 === 1)
        logger.warn("the database cannot be reached yet", { cause: describeError(error), attempt });
      await wait(tryEveryMs, undefined, { signal });
    }
  }
}

function isAway(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ("code" in cause && away.has(String(cause.code))) return true;
    if (cause instanceof AggregateError && cause.errors.some(isAway)) return true;
  }
  return false;
}
