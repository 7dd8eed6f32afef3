import type { Database, Statement } from "../database/database.js";
import { rateLimited } from "../errors.js";
import { type ProgressiveDelay, type ProgressiveDelayName, progressiveDelays } from "./limit-table.js";
import { shortKey } from "./rate-limits.js";

/** How often it was done; `lastAtMs` as of Date.now(). */
export interface Counted {
  readonly count: number;
  readonly lastAtMs: number;
}

/** What is stored if one more is allowed now, or how long it has to wait. */
export function countOneMore(
  pause: ProgressiveDelay,
  { count, lastAtMs }: Counted,
  nowMs: number,
): Counted | { readonly retryAfterSeconds: number } {
  const sinceMs = nowMs - lastAtMs;
  if (sinceMs >= pause.forgottenAfterSeconds * 1_000) return { count: 1, lastAtMs: nowMs };
  const pauseMs = pauseSeconds(pause, count) * 1_000;
  // The clock of another process may be ahead.
  if (sinceMs < pauseMs) return { retryAfterSeconds: Math.ceil(Math.min(pauseMs, pauseMs - sinceMs) / 1_000) };
  return { count: count + 1, lastAtMs: nowMs };
}

/** How long to wait after so many. */
export function pauseSeconds({ free, firstSeconds, longestSeconds }: ProgressiveDelay, count: number): number {
  return count < free ? 0 : Math.min(longestSeconds, firstSeconds * 2 ** (count - free));
}

/**
 * Counts one, before anything is done for it: of those that come at the same time to all processes, one goes on after a pause. What is
 * refused is not counted. Must not be called within a transaction.
 * @throws RATE_LIMITED with `retryAfterSeconds` during a pause
 */
export async function countWithPauses(database: Database, name: ProgressiveDelayName, key: string): Promise<void> {
  const stored = storedKey(name, key);
  await database.transaction(async (transaction) => {
    const [row] = await transaction.query<CountRow>(lockStatement, [stored]);
    // Date.now() as with the other limits, whose library asks it.
    const after = countOneMore(progressiveDelays[name], countedIn(name, row), Date.now());
    if ("retryAfterSeconds" in after) throw rateLimited(after.retryAfterSeconds);
    await transaction.query(countStatement, [stored, after.count, after.lastAtMs + forgottenAfterMs(name)]);
  });
}

/** Refuses what `countWithPauses` would refuse, and counts nothing. @throws RATE_LIMITED with `retryAfterSeconds` during a pause */
export async function refuseDuringPause(database: Database, name: ProgressiveDelayName, key: string): Promise<void> {
  const [row] = await database.query<CountRow>(readStatement, [storedKey(name, key)]);
  const after = countOneMore(progressiveDelays[name], countedIn(name, row), Date.now());
  if ("retryAfterSeconds" in after) throw rateLimited(after.retryAfterSeconds);
}

/** Forgets what was counted, and its pause. */
export async function endPauses(database: Database, name: ProgressiveDelayName, key: string): Promise<void> {
  await database.query(forgetStatement, [storedKey(name, key)]);
}

interface CountRow {
  readonly points: number;
  /** When it is forgotten, in milliseconds since 1970. */
  readonly expire: string;
}

function countedIn(name: ProgressiveDelayName, row: CountRow | undefined): Counted {
  return { count: row?.points ?? 0, lastAtMs: Number(row?.expire ?? 0) - forgottenAfterMs(name) };
}

function forgottenAfterMs(name: ProgressiveDelayName): number {
  return progressiveDelays[name].forgottenAfterSeconds * 1_000;
}

function storedKey(name: ProgressiveDelayName, key: string): string {
  return `${name}:${shortKey(key)}`;
}

// Of a key that is new, the row is inserted: it is locked in either case.
const lockStatement: Statement = {
  name: "lock-progressive-delay",
  text: `INSERT INTO rate_limits (key, points, expire) VALUES ($1, 0, 0)
    ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING points, expire`,
};

const readStatement: Statement = {
  name: "read-progressive-delay",
  text: "SELECT points, expire FROM rate_limits WHERE key = $1",
};

const countStatement: Statement = {
  name: "count-progressive-delay",
  text: "UPDATE rate_limits SET points = $2, expire = $3 WHERE key = $1",
};

const forgetStatement: Statement = {
  name: "forget-progressive-delay",
  text: "DELETE FROM rate_limits WHERE key = $1",
};
