import { performance } from "node:perf_hooks";

/**
 * The only source of time: the database's clock, advanced by this process's monotonic clock. A wrong or changed system
 * clock therefore has no effect, and processes on different machines agree.
 */
export class Clock {
  #offsetMs = Date.now() - performance.now();
  #advancedMs = 0;
  #isSynchronized = false;

  now(): Date {
    return new Date(performance.now() + this.#offsetMs + this.#advancedMs);
  }

  /**
   * Sets the clock by a reading of the database's, in whole milliseconds, taken between `beforeMs` and `afterMs` (of
   * `performance.now()`). A clock that agrees with the reading stays as it is: on a busy machine readings take long, and a clock that
   * was set to the middle of each would jump back and forth, and with it the order of messages.
   */
  synchronize(databaseTime: Date, beforeMs: number, afterMs: number): void {
    const least = databaseTime.getTime() - afterMs;
    const most = databaseTime.getTime() + 1 - beforeMs;
    this.#offsetMs = this.#isSynchronized ? Math.min(most, Math.max(least, this.#offsetMs)) : (least + most) / 2;
    this.#isSynchronized = true;
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
