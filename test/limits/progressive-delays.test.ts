import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import { type ProgressiveDelay, progressiveDelays } from "../../src/limits/limit-table.js";
import {
  type Counted,
  countOneMore,
  countWithPauses,
  endPauses,
  pauseSeconds,
} from "../../src/limits/progressive-delays.js";
import { createServices, type TestServices } from "../support/services/create-services.js";
import { refusal } from "../support/services/refusal.js";

const pause: ProgressiveDelay = {
  ...{ what: "", by: "account", reason: "" },
  ...{ free: 3, firstSeconds: 5, longestSeconds: 60, forgottenAfterSeconds: 1_000 },
};
const nowMs = 1_800_000_000_000;

describe("a progressive delay", () => {
  test.each([
    [0, 0],
    [1, 0],
    [2, 0],
    [3, 5],
    [4, 10],
    [5, 20],
    [6, 40],
    [7, 60],
    [8, 60],
    [5_000, 60],
  ])("after %d lasts %d seconds", (count, seconds) => {
    expect(pauseSeconds(pause, count)).toBe(seconds);
  });

  test.each<[number, number, ReturnType<typeof countOneMore>]>([
    // Of a key that has a count of 0 at some time.
    [0, nowMs, { count: 1, lastAtMs: nowMs }],
    [0, 1_800_000_000_000, { count: 1, lastAtMs: nowMs }],
    [2, 0, { count: 3, lastAtMs: nowMs }],
    [3, 0, { retryAfterSeconds: 5 }],
    [3, 1, { retryAfterSeconds: 5 }],
    [3, 4_001, { retryAfterSeconds: 1 }],
    [3, 4_999, { retryAfterSeconds: 1 }],
    [3, 5_000, { count: 4, lastAtMs: nowMs }],
    [4, 9_999, { retryAfterSeconds: 1 }],
    [4, 10_000, { count: 5, lastAtMs: nowMs }],
    [90, 59_999, { retryAfterSeconds: 1 }],
    [90, 999_999, { count: 91, lastAtMs: nowMs }],
    [90, 1_000_000, { count: 1, lastAtMs: nowMs }],
    // Counted by a process whose clock is an hour ahead.
    [4, -3_600_000, { retryAfterSeconds: 10 }],
  ])("after %d, the last of them %d ms ago", (count, agoMs, after) => {
    expect(countOneMore(pause, { count, lastAtMs: nowMs - agoMs }, nowMs)).toEqual(after);
  });

  test("says exactly when the next is allowed, and lets few pass however they are spread", () => {
    const waits = fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(waits, (waitsMs) => {
        let atMs = nowMs;
        let state: Counted = { count: 0, lastAtMs: 0 };
        let allowed = 0;
        for (const waitMs of waitsMs) {
          atMs += waitMs;
          const after = countOneMore(pause, state, atMs);
          if ("retryAfterSeconds" in after) {
            const { retryAfterSeconds } = after;
            expect(retryAfterSeconds).toBeGreaterThanOrEqual(1);
            expect(countOneMore(pause, state, atMs + retryAfterSeconds * 1_000)).toHaveProperty("count");
            expect(countOneMore(pause, state, atMs + (retryAfterSeconds - 1) * 1_000)).toHaveProperty(
              "retryAfterSeconds",
            );
          } else {
            allowed += 1;
            state = after;
          }
        }
        // The free ones, those until the pause is at its longest, and one in each longest pause.
        const mostAllowed = 3 + 4 + (atMs - nowMs) / 60_000 + 1;
        // No wait here is long enough for anything to be forgotten.
        expect(allowed).toBeLessThanOrEqual(mostAllowed);
      }),
    );
  });
});

test("every progressive delay is forgotten only after its longest delay, and needs some", () => {
  for (const { free, firstSeconds, longestSeconds, forgottenAfterSeconds } of Object.values(progressiveDelays)) {
    expect(free).toBeGreaterThan(0);
    expect(firstSeconds).toBeLessThan(longestSeconds);
    expect(forgottenAfterSeconds).toBeGreaterThan(longestSeconds);
  }
});

describe("counted in the database", () => {
  const name = "wrongPasswordsForAccount";
  const { free } = progressiveDelays[name];
  let one: TestServices;
  let other: TestServices;
  beforeAll(async () => {
    one = await createServices();
    other = await one.join();
  });
  afterEach(() => void jest.restoreAllMocks());
  afterAll(() => one.stop());

  const atTime = (ms: number) => jest.spyOn(Date, "now").mockReturnValue(ms);
  const count = ({ services }: TestServices, key: string) => countWithPauses(services.database, name, key);
  const outcome = async (counting: Promise<void>) =>
    counting.then(
      () => "allowed" as const,
      (error: { extensions: { code: string } }) => error.extensions.code,
    );

  test("as many are allowed as are free, of those that two processes count at the same time", async () => {
    atTime(nowMs);
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, index) => outcome(count(index % 2 === 0 ? one : other, "parallel"))),
    );
    expect(outcomes.filter((each) => each === "allowed")).toHaveLength(free);
    expect(outcomes.filter((each) => each === "RATE_LIMITED")).toHaveLength(60 - free);
  });

  test("after a pause one is allowed, and then the pause is twice as long", async () => {
    atTime(nowMs);
    for (let index = 0; index < free; index += 1) await count(one, "edge");
    let at = nowMs;
    for (const pauseMs of [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 640_000, 900_000, 900_000]) {
      atTime(at + pauseMs - 1);
      expect(await refusal(count(other, "edge"))).toEqual({ code: "RATE_LIMITED", retryAfterSeconds: 1 });
      at += pauseMs;
      atTime(at);
      const outcomes = await Promise.all([one, other, one, other].map((process) => outcome(count(process, "edge"))));
      expect(outcomes.toSorted()).toEqual(["RATE_LIMITED", "RATE_LIMITED", "RATE_LIMITED", "allowed"]);
    }
  });

  test("another key has its own, and what is ended begins anew", async () => {
    atTime(nowMs);
    for (let index = 0; index < free; index += 1) await count(one, "ended");
    expect(await outcome(count(one, "ended"))).toBe("RATE_LIMITED");
    expect(await outcome(count(one, "another"))).toBe("allowed");
    await endPauses(other.services.database, name, "ended");
    for (let index = 0; index < free; index += 1) await count(one, "ended");
    expect(await outcome(count(one, "ended"))).toBe("RATE_LIMITED");
  });

  test("a key of any length and with any characters is counted", async () => {
    atTime(nowMs);
    for (const key of ["x".repeat(100_000), "", "ä😀\ud800", "'; --"]) {
      for (let index = 0; index < free; index += 1) await count(one, key);
      expect(await outcome(count(one, key))).toBe("RATE_LIMITED");
    }
  });
});
