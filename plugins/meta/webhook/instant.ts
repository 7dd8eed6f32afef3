/** Meta had no messages before; what claims to be older is no time (tests send 1). */
const earliestMs = Date.UTC(2008, 0, 1);
const latestMs = Date.UTC(2200, 0, 1);

/**
 * Pure: an instant as Meta writes it, in seconds or in milliseconds (both occur). Null: it is none. Taking seconds for
 * milliseconds would call everything old, the other way round everything read.
 */
export function readInstant(given: number | undefined): Date | null {
  if (given === undefined || !Number.isFinite(given)) return null;
  for (const ms of [given, given * 1000]) {
    if (ms >= earliestMs && ms < latestMs) return new Date(Math.trunc(ms));
  }
  return null;
}
