import { Clock } from "../../../src/clock.js";

/** A clock that stands still between two advances, so that moments can be compared exactly. */
export class FakeClock extends Clock {
  #nowMs = Date.UTC(2026, 2, 2, 10);

  override now(): Date {
    return new Date(this.#nowMs);
  }

  override advance(milliseconds: number): void {
    this.#nowMs += milliseconds;
  }

  override synchronize(): void {}
}
