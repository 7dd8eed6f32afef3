import fc from "fast-check";
import type { Behaviour } from "../../support/fakes/graph-api/graph-api.js";

/** What Meta does to one request. */
export type StormFault = "none" | "echo-first" | "throttled" | "silent-taken" | "silent-lost";

/** How many of 100 requests get each fault; all others are accepted. */
const shares: readonly (readonly [StormFault, number])[] = [
  ["silent-taken", 4],
  ["silent-lost", 1],
  ["throttled", 5],
  ["echo-first", 2],
];

/** The same for the same seed. */
export function drawFaults(seed: number, requests: number): StormFault[] {
  return fc.sample(fc.noBias(fc.nat({ max: 99 })), { seed, numRuns: requests }).map((draw) => {
    let below = 0;
    for (const [fault, share] of shares) {
      below += share;
      if (draw < below) return fault;
    }
    return "none";
  });
}

export function behaviourOf(fault: StormFault): Behaviour {
  switch (fault) {
    case "none":
      return { kind: "accept" };
    case "echo-first":
      return { kind: "accept", echo: "before" };
    case "throttled":
      return { kind: "refuse", error: "calls-limit", headers: { "retry-after": "1" } };
    case "silent-taken":
      return { kind: "hang", taken: "yes" };
    case "silent-lost":
      return { kind: "hang", taken: "no" };
  }
}
