import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "../logger.js";
import { describeError } from "../logger.js";

const tryForMs = 60_000;
const tryEveryMs = 1_000;

// Errors of a server that is down or starting; 57P03 is PostgreSQL's "the database system is starting up".
const away = new Set([
  "ECONNREFUSED",
  "ENOENT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ETIMEDOUT",
  "ECONNRESET",
  "57P03",
]);

export interface ReachableOptions {
  /** As in "the … cannot be reached". */
  readonly what: string;
  /** The setting that holds its URL. */
  readonly setting: string;
  readonly logger: Logger;
  readonly signal: AbortSignal | undefined;
}

/**
 * Opens a database that may not be reachable yet, as when everything starts together: retries for a minute, or until
 * `signal` aborts.
 * @throws the last error, or immediately an error that retrying cannot fix, such as a wrong password
 */
export async function untilReachable<T>(open: () => Promise<T>, options: ReachableOptions): Promise<T> {
  const { what, setting, logger, signal } = options;
  const giveUpAtMs = performance.now() + tryForMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await open();
    } catch (error) {
      if (!isAway(error)) throw error;
      if (performance.now() >= giveUpAtMs)
        throw new Error(`The ${what} cannot be reached: ${describeError(error)}. Check ${setting}.`);
      if (attempt % 5 === 1) logger.warn(`the ${what} cannot be reached yet`, { cause: describeError(error), attempt });
      await wait(tryEveryMs, undefined, { signal });
    }
  }
}

function isAway(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ("code" in cause && away.has(String(cause.code))) return true;
    // The pool's own error, which has no code.
    if (cause.message.includes("connection timeout")) return true;
    if (cause instanceof AggregateError && cause.errors.some(isAway)) return true;
  }
  return false;
}
