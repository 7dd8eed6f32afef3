import { performance } from "node:perf_hooks";

/**
 * The only source of time: the database's clock, advanced by this process's monotonic clock. A wrong or changed system
 * clock therefore has no effect, and processes on different machines agree.
 */
export class Clock {
  #offsetMs = Date.now() - performance.now();
  #advancedMs = 0;

  now(): Date {
    return new Date(performance.now() + this.#offsetMs + this.#advancedMs);
  }

  /** Sets the clock to a reading of the database's, taken between `beforeMs` and `afterMs` (of `performance.now()`). */
  synchronize(databaseTime: Date, beforeMs: number, afterMs: number): void {
    this.#offsetMs = databaseTime.getTime() - (beforeMs + afterMs) / 2;
  }

  /** For tests only: advances the time. */
  advance(milliseconds: number): void {
    this.#advancedMs += milliseconds;
  }
}

/** A time by a vendor's clock, or `now` if that clock is ahead. */
export function notAfter(at: Date, now: Date): Date {
  return new Date(Math.min(at.getTime(), now.getTime()));
}
