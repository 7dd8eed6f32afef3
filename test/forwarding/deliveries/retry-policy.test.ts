import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { DeliveryResult, Failure } from "../../../src/channels/channel.js";
import { type Attempt, decideNextStep } from "../../../src/forwarding/deliveries/retry-policy.js";

const minute = 60_000;
const hour = 60 * minute;
const now = new Date(Date.UTC(2026, 2, 2, 12));
const failure: Failure = { code: "UNAVAILABLE", detail: "try later" };
const retry: DeliveryResult = { outcome: "retry", failure };

function attempt(change: Partial<Attempt>): Attempt {
  const usual = {
    result: retry,
    attempts: 1,
    firstAttemptAt: now,
    pausedMs: 0,
    idempotentSend: true,
    now,
    random: 0.5,
  };
  return { ...usual, ...change };
}

/** Milliseconds until the next attempt. */
function waitMsOf(change: Partial<Attempt>): number {
  const step = decideNextStep(attempt(change));
  if (step.status !== "QUEUED") throw new Error(`The delivery is ${step.status}, not QUEUED.`);
  return step.nextAttemptAt.getTime() - now.getTime();
}

describe("A retry", () => {
  test.each([
    [1, 1],
    [2, 2],
    [3, 4],
    [4, 8],
    [5, 15],
    [6, 15],
    [60, 15],
  ])("after attempt %i waits %i minutes, plus or minus a fifth", (attempts, minutes) => {
    expect(waitMsOf({ attempts })).toBe(minutes * minute);
    expect(waitMsOf({ attempts, random: 0 })).toBeCloseTo(0.8 * minutes * minute, -1);
    expect(waitMsOf({ attempts, random: 0.999_999 })).toBeCloseTo(1.2 * minutes * minute, -2);
  });

  test("waits as long as the channel asks, but never less than otherwise", () => {
    expect(waitMsOf({ result: { outcome: "retry", failure, afterMs: hour } })).toBe(hour);
    expect(waitMsOf({ result: { outcome: "retry", failure, afterMs: 1000 }, attempts: 3 })).toBe(4 * minute);
  });

  test("is given up after 24 hours", () => {
    const firstAttemptAt = new Date(now.getTime() - 24 * hour);
    expect(decideNextStep(attempt({ firstAttemptAt }))).toEqual({ status: "FAILED", failure });
    const later = new Date(firstAttemptAt.getTime() + 1);
    expect(decideNextStep(attempt({ firstAttemptAt: later })).status).toBe("QUEUED");
  });

  test("is not given up when a channel is paused over a weekend: pauses do not count", () => {
    const firstAttemptAt = new Date(now.getTime() - 72 * hour);
    expect(decideNextStep(attempt({ firstAttemptAt, pausedMs: 60 * hour })).status).toBe("QUEUED");
    expect(decideNextStep(attempt({ firstAttemptAt, pausedMs: 48 * hour })).status).toBe("FAILED");
  });
});

describe("The effect of a failure on the channel", () => {
  test("pauses it for refused credentials, and the delivery waits as long as that takes", () => {
    const refused: Failure = { code: "CREDENTIALS_INVALID", detail: "535" };
    const firstAttemptAt = new Date(now.getTime() - 100 * hour);
    expect(decideNextStep(attempt({ result: { outcome: "retry", failure: refused }, firstAttemptAt }))).toEqual({
      status: "QUEUED",
      failure: refused,
      nextAttemptAt: now,
      freeze: "open",
      channel: { kind: "pause" },
    });
  });

  test("throttles it until the given time for a rate limit with a time", () => {
    const limited: Failure = { code: "RATE_LIMITED", detail: "421" };
    const until = new Date(now.getTime() + hour);
    const result: DeliveryResult = { outcome: "retry", failure: limited, afterMs: hour };
    expect(decideNextStep(attempt({ result }))).toMatchObject({
      nextAttemptAt: until,
      channel: { kind: "throttle", until },
    });
  });

  test("is none for a rate limit without a time, which may be one recipient's greylisting", () => {
    const result: DeliveryResult = { outcome: "retry", failure: { code: "RATE_LIMITED", detail: "451" } };
    expect(decideNextStep(attempt({ result }))).toMatchObject({ status: "QUEUED", channel: { kind: "fine" } });
  });

  test("is none for any other failure with a time", () => {
    const result: DeliveryResult = { outcome: "retry", failure, afterMs: hour };
    expect(decideNextStep(attempt({ result }))).toMatchObject({ channel: { kind: "fine" } });
  });
});

describe("Outcomes", () => {
  test("accepted is SENT, rejected (5xx) is not retried", () => {
    expect(decideNextStep(attempt({ result: { outcome: "accepted", externalIds: ["1"] } }))).toEqual({
      status: "SENT",
    });
    expect(decideNextStep(attempt({ result: { outcome: "rejected", failure } }))).toEqual({
      status: "FAILED",
      failure,
    });
  });

  test("uncertain is sent again unchanged on a channel that recognizes repeated sends", () => {
    const result: DeliveryResult = { outcome: "uncertain", failure };
    expect(decideNextStep(attempt({ result }))).toMatchObject({ status: "QUEUED", freeze: "freeze" });
  });

  test("uncertain is UNCERTAIN on other channels, where a person decides", () => {
    const result: DeliveryResult = { outcome: "uncertain", failure };
    expect(decideNextStep(attempt({ result, idempotentSend: false }))).toEqual({ status: "UNCERTAIN", failure });
  });

  test("never lose a delivery: for any result, the next attempt is in the future or the status is final", () => {
    const outcome = fc.constantFrom<DeliveryResult>(
      retry,
      { outcome: "uncertain", failure },
      { outcome: "rejected", failure },
    );
    fc.assert(
      fc.property(
        outcome,
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (result, attempts, random) => {
          const step = decideNextStep(attempt({ result, attempts, random }));
          if (step.status !== "QUEUED") return;
          const waitMs = step.nextAttemptAt.getTime() - now.getTime();
          expect(waitMs).toBeGreaterThanOrEqual(0.8 * minute - 1);
          expect(waitMs).toBeLessThanOrEqual(18 * minute);
        },
      ),
    );
  });
});
