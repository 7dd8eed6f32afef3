import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { type Leave, type RequestLimits, RequestQueue, requestLimits } from "../../src/graphql/request-queue.js";

const limits: RequestLimits = {
  maxRunning: 2,
  maxRunningPerCaller: 2,
  maxRunningAlone: 2,
  maxWaiting: 6,
  maxWaitingPerCaller: 4,
  maxWaitingBytes: 1_000,
  maxWaitMs: 10_000,
};

/** A queue with operations that record when they start, and end when the test says. */
class Recorder {
  readonly started: string[] = [];
  readonly refused: string[] = [];
  readonly #leave: Leave[] = [];
  readonly #queue: RequestQueue;

  constructor(changed: Partial<RequestLimits> = {}) {
    this.#queue = new RequestQueue({ ...limits, ...changed });
  }

  async ask(caller: string, name: string, bytes = 1): Promise<void> {
    void this.#queue
      .enter(async () => caller, bytes)
      .then((leave) => {
        if (leave === null) this.refused.push(name);
        else {
          this.started.push(name);
          this.#leave.push(leave);
        }
      });
    await settled();
  }

  async finishOne(): Promise<void> {
    this.#leave.shift()?.();
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}

afterEach(() => {
  jest.useRealTimers();
});

describe("The request queue", () => {
  test("runs the last that fits, lets the next wait, and runs it when one has ended", async () => {
    jest.useFakeTimers();
    const recorder = new Recorder();
    for (const name of ["a1", "a2", "a3"]) await recorder.ask("a", name);
    expect(recorder.started).toEqual(["a1", "a2"]);
    await recorder.finishOne();
    expect(recorder.started).toEqual(["a1", "a2", "a3"]);
  });

  test("takes one of each caller in turn, however many one of them sends", async () => {
    jest.useFakeTimers();
    const recorder = new Recorder();
    for (const name of ["a1", "a2", "a3", "a4", "a5"]) await recorder.ask("a", name);
    await recorder.ask("b", "b1");
    await recorder.ask("c", "c1");
    for (let time = 0; time < 5; time += 1) await recorder.finishOne();
    expect(recorder.started).toEqual(["a1", "a2", "a3", "b1", "c1", "a4", "a5"]);
  });

  test("keeps places for others while a caller has more to do", async () => {
    jest.useFakeTimers();
    const recorder = new Recorder({ maxRunning: 4, maxRunningPerCaller: 1, maxRunningAlone: 1 });
    // The first begins without being attributed to anybody.
    for (const name of ["a1", "a2", "a3"]) await recorder.ask("a", name);
    await recorder.ask("b", "b1");
    expect(recorder.started).toEqual(["a1", "a2", "b1"]);
    await recorder.finishOne();
    expect(recorder.started).toEqual(["a1", "a2", "b1"]);
    await recorder.finishOne();
    expect(recorder.started).toEqual(["a1", "a2", "b1", "a3"]);
  });

  test("gives a caller more places while nobody else waits", async () => {
    jest.useFakeTimers();
    const recorder = new Recorder({ maxRunning: 4, maxRunningPerCaller: 1, maxRunningAlone: 3 });
    for (const name of ["a1", "a2", "a3", "a4", "a5", "a6"]) await recorder.ask("a", name);
    expect(recorder.started).toEqual(["a1", "a2", "a3", "a4"]);
    for (const caller of ["b", "c"]) await recorder.ask(caller, caller);
    for (let time = 0; time < 3; time += 1) await recorder.finishOne();
    expect(recorder.started).toEqual(["a1", "a2", "a3", "a4", "b", "c", "a5"]);
  });

  test("refuses a caller who has too many waiting, and nobody else", async () => {
    jest.useFakeTimers();
    const recorder = new Recorder();
    for (const name of ["a1", "a2", "a3", "a4", "a5", "a6", "a7"]) await recorder.ask("a", name);
    await recorder.ask("b", "b1");
    expect(recorder.refused).toEqual(["a7"]);
    await recorder.finishOne();
    await recorder.ask("a", "a8");
    await recorder.finishOne();
    expect(recorder.refused).toEqual(["a7"]);
    expect(recorder.started).toEqual(["a1", "a2", "a3", "b1"]);
  });

  test("refuses everybody beyond its places and bytes", async () => {
    jest.useFakeTimers();
    const recorder = new Recorder();
    for (const name of ["a1", "a2"]) await recorder.ask("a", name);
    await recorder.ask("b", "large", 999);
    await recorder.ask("c", "fits");
    await recorder.ask("d", "too large");
    expect(recorder.refused).toEqual(["too large"]);
    await recorder.finishOne();
    for (const caller of ["e", "f", "g", "h", "i", "j"]) await recorder.ask(caller, caller);
    expect(recorder.refused).toEqual(["too large", "j"]);
  });

  test("refuses what has waited too long", async () => {
    jest.useFakeTimers();
    const recorder = new Recorder();
    for (const name of ["a1", "a2", "a3"]) await recorder.ask("a", name);
    await jest.advanceTimersByTimeAsync(limits.maxWaitMs - 1);
    expect(recorder.refused).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(recorder.refused).toEqual(["a3"]);
    await recorder.finishOne();
    expect(recorder.started).toEqual(["a1", "a2"]);
  });
});

test.each([
  [10, 64, { maxRunning: 4, maxWaiting: 256 }],
  [10, 512, { maxRunning: 16, maxRunningPerCaller: 4, maxRunningAlone: 12, maxWaiting: 2_048 }],
  [10, 4_096, { maxRunning: 40, maxWaiting: 4_000 }],
  [2, 4_096, { maxRunning: 8, maxWaiting: 4_000 }],
])("A pool of %d connections and a heap of %d MiB", (poolSize, heapMebibytes, expected) => {
  expect(requestLimits(poolSize, heapMebibytes * 1_048_576)).toMatchObject(expected);
});
