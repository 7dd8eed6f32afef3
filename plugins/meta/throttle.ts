import { readUsage, restAfter } from "./usage.js";

/** Slows the channel down before Meta does: nothing is begun while it rests. */
export interface Throttle {
  /** Hears the headers of every answer. */
  note(headers: Pick<Headers, "get">, now: Date): void;
  /** How long nothing may be begun yet; 0: it may. */
  restMs(now: Date): number;
}

export function createThrottle(): Throttle {
  let until = 0;
  return {
    note(headers, now) {
      const rest = restAfter(readUsage(headers));
      if (rest > 0) until = Math.max(until, now.getTime() + rest);
    },
    restMs: (now) => Math.max(0, until - now.getTime()),
  };
}
