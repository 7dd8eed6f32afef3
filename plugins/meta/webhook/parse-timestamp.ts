/** Anything earlier is not a timestamp: Meta had no messages then, and the dashboard's tests send 1. */
const earliestMs = Date.UTC(2008, 0, 1);
const latestMs = Date.UTC(2200, 0, 1);

/**
 * Pure: parses a timestamp of Meta's, which is in seconds or milliseconds (both occur). Null if it is neither. Mixing
 * them up would make every message seem old, or read.
 */
export function parseTimestamp(timestamp: number | undefined): Date | null {
  if (timestamp === undefined || !Number.isFinite(timestamp)) return null;
  for (const ms of [timestamp, timestamp * 1000]) {
    if (ms >= earliestMs && ms < latestMs) return new Date(Math.trunc(ms));
  }
  return null;
}
