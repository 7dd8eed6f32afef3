import type { DeliveryResult, Failure } from "../../channels/channel.js";

/** Minutes between attempts; the last one repeats. */
const backoffMinutes = [1, 2, 4, 8, 15] as const;
/** Each wait is longer or shorter by up to this part, so that what failed together does not return together. */
const jitter = 0.2;
const giveUpAfterMs = 24 * 3_600_000;

export interface Attempt {
  readonly result: DeliveryResult;
  /** Counts this attempt. */
  readonly attempts: number;
  readonly firstAttemptAt: Date;
  /** How long the channel was paused since the first attempt: time that does not count. */
  readonly pausedMs: number;
  /** The channel's receiving side recognises a repeated send. */
  readonly idempotentSend: boolean;
  readonly now: Date;
  /** A random number, at least 0 and below 1. */
  readonly random: number;
}

export type NextStep =
  | { readonly status: "SENT" }
  | { readonly status: "FAILED"; readonly failure: Failure }
  | { readonly status: "UNCERTAIN"; readonly failure: Failure }
  | {
      readonly status: "QUEUED";
      readonly failure: Failure;
      readonly nextAttemptAt: Date;
      /** The attempt may have arrived: content, address and reference may not change any more. */
      readonly freeze: "freeze" | "open";
      /** What the failure says about the channel as a whole. */
      readonly channel:
        | { readonly kind: "fine" }
        | { readonly kind: "pause" }
        | { readonly kind: "throttle"; readonly until: Date };
    };

/** What becomes of a delivery after an attempt: sent, tried again at a time, given up, or left to a person. */
export function decideNextStep(attempt: Attempt): NextStep {
  const { result } = attempt;
  switch (result.outcome) {
    case "accepted":
      return { status: "SENT" };
    case "rejected":
      return { status: "FAILED", failure: result.failure };
    case "uncertain":
      return attempt.idempotentSend
        ? tryAgain(attempt, result.failure, "freeze", undefined)
        : { status: "UNCERTAIN", failure: result.failure };
    case "retry":
      return tryAgain(attempt, result.failure, "open", result.afterMs);
  }
}

function tryAgain(
  attempt: Attempt,
  failure: Failure,
  freeze: "freeze" | "open",
  afterMs: number | undefined,
): NextStep {
  const { now } = attempt;
  // Refused credentials say nothing about this delivery: it waits for the channel, however long that takes.
  if (failure.code === "CREDENTIALS_INVALID") {
    return { status: "QUEUED", failure, nextAttemptAt: now, freeze, channel: { kind: "pause" } };
  }
  const triedForMs = now.getTime() - attempt.firstAttemptAt.getTime() - attempt.pausedMs;
  if (triedForMs >= giveUpAfterMs) return { status: "FAILED", failure };
  const step = Math.min(attempt.attempts, backoffMinutes.length) - 1;
  const waitMs = (backoffMinutes[step] ?? 15) * 60_000 * (1 + jitter * (2 * attempt.random - 1));
  return {
    status: "QUEUED",
    failure,
    nextAttemptAt: new Date(now.getTime() + Math.max(waitMs, afterMs ?? 0)),
    freeze,
    // Only a limit with a time speaks of the whole channel; without one it may be this recipient's greylisting.
    channel:
      failure.code === "RATE_LIMITED" && afterMs !== undefined
        ? { kind: "throttle", until: new Date(now.getTime() + afterMs) }
        : { kind: "fine" },
  };
}
