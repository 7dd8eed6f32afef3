import { performance } from "node:perf_hooks";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { Clock } from "../../src/clock.js";

/** How far the clock is ahead of a database whose clock shows `databaseMs` at 0 of `performance.now()`. */
function aheadMs(clock: Clock, databaseMs: number): number {
  return clock.now().getTime() - (databaseMs + performance.now());
}

const databaseMs = Date.UTC(2026, 2, 2, 12);
const read = (clock: Clock, at: number, beforeMs: number, afterMs: number) =>
  clock.synchronize(new Date(Math.floor(databaseMs + at)), beforeMs, afterMs);

test("the clock shows the database's time, whatever the system's is", () => {
  const clock = new Clock();
  read(clock, 500, 499, 501);
  expect(Math.abs(aheadMs(clock, databaseMs))).toBeLessThan(3);
});

test("readings that take long and agree with the clock never set it back", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: 2_000 }), fc.nat({ max: 2_000 })), { minLength: 1, maxLength: 20 }),
      (delays) => {
        const clock = new Clock();
        read(clock, 1_000, 1_000, 1_000);
        let last = clock.now();
        for (const [index, [there, back]] of delays.entries()) {
          const at = 10_000 * (index + 1);
          read(clock, at, at - there, at + back);
          const now = clock.now();
          expect(now.getTime()).toBeGreaterThanOrEqual(last.getTime());
          last = now;
        }
      },
    ),
  );
});

test("a database whose clock was set is followed, up to what the reading is sure of", () => {
  const clock = new Clock();
  read(clock, 1_000, 1_000, 1_000);
  for (const ms of [3_600_000, -3_600_000]) {
    clock.synchronize(new Date(databaseMs + 2_000 + ms), 1_990, 2_010);
    expect(Math.abs(aheadMs(clock, databaseMs + ms))).toBeLessThan(15);
  }
});
