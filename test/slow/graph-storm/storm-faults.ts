import fc from "fast-check";
import type { Behaviour } from "../../support/fakes/graph-api/graph-api.js";

/** What Meta does to one request. */
export type Weather = "fair" | "echo-first" | "throttled" | "silent-taken" | "silent-lost";

/** How many of 100 requests meet with it; all others fare well. */
const shares: readonly (readonly [Weather, number])[] = [
  ["silent-taken", 4],
  ["silent-lost", 1],
  ["throttled", 5],
  ["echo-first", 2],
];

/** The same for the same seed. */
export function forecast(seed: number, requests: number): Weather[] {
  return fc.sample(fc.noBias(fc.nat({ max: 99 })), { seed, numRuns: requests }).map((draw) => {
    let below = 0;
    for (const [weather, share] of shares) {
      below += share;
      if (draw < below) return weather;
    }
    return "fair";
  });
}

export function behaviourOf(weather: Weather): Behaviour {
  switch (weather) {
    case "fair":
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
