/**
 * How long to wait before the next attempt, in milliseconds: half a second, doubled by each failure up to 30 seconds, of which a random
 * half is left out, so that the clients of a server that restarts do not all return at once.
 * @param failures how many attempts have failed since the last success
 */
export function backoff(failures: number, random: () => number = Math.random): number {
  const longest = Math.min(30_000, 500 * 2 ** Math.min(failures, 10));
  return longest * (1 - random() / 2);
}
