import type { DeliveryResult, Failure } from "../../channels/channel.js";

/** Minutes between attempts; the last one repeats. */
const backoffMinutes = [1, 2, 4, 8, 15] as const;
/** Each delay is longer or shorter by up to this fraction, so that what failed together is not retried together. */
const jitter = 0.2;
const giveUpAfterMs = 24 * 3_600_000;

export interface Attempt {
  readonly result: DeliveryResult;
  /** Counts this attempt. */
  readonly attempts: number;
  readonly firstAttemptAt: Date;
  /** How long the channel has been paused since the first attempt; does not count towards giving up. */
  readonly pausedMs: number;
  /** Whether the channel's receiving side recognises a repeated send. */
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
      /** "freeze": the attempt may have arrived, so content and address must not change any more. */
      readonly freeze: "freeze" | "open";
      /** What the failure says about the channel as a whole. */
      readonly channel:
        | { readonly kind: "fine" }
        | { readonly kind: "pause" }
        | { readonly kind: "throttle"; readonly until: Date };
    };

/** What happens to a delivery after an attempt: it is sent, retried at some time, given up, or left for a person to decide. */
export function decideNextStep(attempt: Attempt): NextStep {
  const { result } = attempt;
  switch (result.outcome) {
    case "accepted":
      return { status: "SENT" };
    case "rejected":
      return { status: "FAILED", failure: result.failure };
    case "uncertain":
      return attempt.idempotentSend
        ? retry(attempt, result.failure, "freeze", undefined)
        : { status: "UNCERTAIN", failure: result.failure };
    case "retry":
      return retry(attempt, result.failure, "open", result.afterMs);
  }
}

function retry(attempt: Attempt, failure: Failure, freeze: "freeze" | "open", afterMs: number | undefined): NextStep {
  const { now } = attempt;
  // Refused credentials are not about this delivery: it waits for the channel, however long that takes.
  if (failure.code === "CREDENTIALS_INVALID") {
    return { status: "QUEUED", failure, nextAttemptAt: now, freeze, channel: { kind: "pause" } };
  }
  const tryingMs = now.getTime() - attempt.firstAttemptAt.getTime() - attempt.pausedMs;
  if (tryingMs >= giveUpAfterMs) return { status: "FAILED", failure };
  const step = Math.min(attempt.attempts, backoffMinutes.length) - 1;
  const delayMs = (backoffMinutes[step] ?? 15) * 60_000 * (1 + jitter * (2 * attempt.random - 1));
  return {
    status: "QUEUED",
    failure,
    nextAttemptAt: new Date(now.getTime() + Math.max(delayMs, afterMs ?? 0)),
    freeze,
    // Only a limit with a time applies to the whole channel; one without may be the recipient's greylisting.
    channel:
      failure.code === "RATE_LIMITED" && afterMs !== undefined
        ? { kind: "throttle", until: new Date(now.getTime() + afterMs) }
        : { kind: "fine" },
  };
}
