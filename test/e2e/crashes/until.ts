import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";

const patienceMs = 30_000;
const askAgainMs = 100;

/** Asks a process that cannot call back until the answer is the wanted one. @throws after a long time, with the last answer */
export async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  const beganAtMs = performance.now();
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (performance.now() - beganAtMs > patienceMs) throw new Error(`Still ${JSON.stringify(answer)} after 30 seconds`);
    await delay(askAgainMs);
  }
}
