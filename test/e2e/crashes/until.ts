import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";

const timeoutMs = 30_000;
const pollIntervalMs = 100;

/** Polls until the result is the expected one. @throws after 30 seconds, with the last result */
export async function until<T>(read: () => Promise<T>, isExpected: (result: T) => boolean): Promise<T> {
  const startedAtMs = performance.now();
  for (;;) {
    const result = await read();
    if (isExpected(result)) return result;
    if (performance.now() - startedAtMs > timeoutMs)
      throw new Error(`Still ${JSON.stringify(result)} after 30 seconds`);
    await delay(pollIntervalMs);
  }
}
