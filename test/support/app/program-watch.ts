import { Worker } from "node:worker_threads";
import type { Program } from "./program.js";

export interface Watched {
  /** How long /health took to answer, in milliseconds. */
  readonly medianMs: number;
  /** Five of a hundred took longer: single peaks are those of a machine that does other things as well. */
  readonly slowMs: number;
  /** By how many MiB the program's memory grew at most. */
  readonly grownBy: number;
  /** How much of it is still there. */
  readonly left: number;
}

const sampleEveryMs = 20;

/** Asks for /health, one request after the other, until it is told to stop. In a thread of its own: the attack keeps this one busy. */
const probe = `
  const { parentPort, workerData } = require("node:worker_threads");
  const { setTimeout: wait } = require("node:timers/promises");
  let isOver = false;
  parentPort.once("message", () => { isOver = true; });
  (async () => {
    const delaysMs = [];
    while (!isOver) {
      const beganAt = performance.now();
      const { status } = await fetch(workerData + "/health");
      if (status !== 200) throw new Error("/health answered " + status);
      delaysMs.push(performance.now() - beganAt);
      await wait(20);
    }
    parentPort.postMessage(delaysMs);
    parentPort.close();
  })();
`;

/** What an attack does to a program: whether /health answers meanwhile, and its memory. */
export async function watchDuring(program: Program, attack: () => Promise<void>): Promise<Watched> {
  const before = (await program.memory()).now;
  let most = before;
  const sampling = setInterval(() => {
    program.memory().then(
      ({ now }) => {
        most = Math.max(most, now);
      },
      // The program has ended, which the probe reports.
      () => undefined,
    );
  }, sampleEveryMs);
  const worker = new Worker(probe, { eval: true, workerData: program.url });
  const probed = new Promise<readonly number[]>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  probed.catch(() => undefined);
  try {
    await attack();
  } finally {
    clearInterval(sampling);
    worker.postMessage("stop");
  }
  const sorted = (await probed).toSorted((one, other) => one - other);
  await worker.terminate();
  const after = (await program.memory()).now;
  return {
    medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0,
    slowMs: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
    grownBy: Math.max(most, after) - before,
    left: after - before,
  };
}
