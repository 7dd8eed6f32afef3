import { performance } from "node:perf_hooks";

/**
 * The one source of time: the database's clock, carried forward by this process's monotonic clock. A wrong or changed
 * clock of the machine therefore moves nothing, and processes on different machines agree.
 */
export class Clock {
  #offsetMs = Date.now() - performance.now();
  #advancedMs = 0;

  now(): Date {
    return new Date(performance.now() + this.#offsetMs + this.#advancedMs);
  }

  /** Sets the clock by a reading of the database's, taken between `beforeMs` and `afterMs` (of `performance.now()`). */
  synchronize(databaseTime: Date, beforeMs: number, afterMs: number): void {
    this.#offsetMs = databaseTime.getTime() - (beforeMs + afterMs) / 2;
  }

  /** For tests only: moves the time forward. */
  advance(milliseconds: number): void {
    this.#advancedMs += milliseconds;
  }
}

/** What a vendor's clock says, or `now` where that is ahead of ours. */
export function notAfter(at: Date, now: Date): Date {
  return new Date(Math.min(at.getTime(), now.getTime()));
}
