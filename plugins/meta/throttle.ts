import { pauseMs, readUsage } from "./usage.js";

/** Pauses sending before Meta's rate limit is reached. */
export interface Throttle {
  /** Must be called with the headers of every response. */
  record(headers: Pick<Headers, "get">, now: Date): void;
  /** How long to wait before starting a delivery; 0 if it may start. */
  waitMs(now: Date): number;
}

export function createThrottle(): Throttle {
  let until = 0;
  return {
    record(headers, now) {
      const pause = pauseMs(readUsage(headers));
      if (pause > 0) until = Math.max(until, now.getTime() + pause);
    },
    waitMs: (now) => Math.max(0, until - now.getTime()),
  };
}
