import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { assertTransition } from "../../src/work-queue/queue-state.js";
import { type Work, WorkQueue } from "../../src/work-queue/work-queue.js";

/** Numbers to process: the test adds them, and decides when each is finished. */
class Numbers implements Work<number> {
  readonly claimAhead: number = 0;
  readonly claims: number[] = [];
  readonly started: number[] = [];
  readonly released: number[] = [];
  flushes = 0;
  readonly #queued: number[] = [];
  readonly #gates = new Map<number, PromiseWithResolvers<void>>();

  constructor(queued: readonly number[] = []) {
    this.#queued.push(...queued);
  }

  concurrency(): number {
    return 2;
  }

  claimSize(freeRunners: number): number {
    return freeRunners;
  }

  add(...numbers: readonly number[]): void {
    this.#queued.push(...numbers);
  }

  async claim(limit: number): Promise<readonly number[]> {
    this.claims.push(limit);
    await nextTurn();
    return this.#queued.splice(0, limit);
  }

  process(item: number): Promise<void> {
    this.started.push(item);
    return this.#gate(item).promise;
  }

  async flush(): Promise<void> {
    this.flushes += 1;
  }

  async release(items: readonly number[]): Promise<void> {
    this.released.push(...items);
  }

  finish(...items: readonly number[]): void {
    for (const item of items) this.#gate(item).resolve();
  }

  fail(item: number): void {
    this.#gate(item).reject(new Error(`${item} failed`));
  }

  #gate(item: number): PromiseWithResolvers<void> {
    const gate = this.#gates.get(item) ?? Promise.withResolvers<void>();
    this.#gates.set(item, gate);
    return gate;
  }
}

/** Waits until claims and everything that follows from them are done. */
async function settle(): Promise<void> {
  for (let count = 0; count < 10; count += 1) await nextTurn();
}

describe("A work queue", () => {
  test("processes all items in the order of the claims, with limited concurrency", async () => {
    const numbers = new Numbers([1, 2, 3]);
    const queue = new WorkQueue(numbers);
    const run = queue.run();
    await settle();
    expect(numbers.started).toEqual([1, 2]);
    numbers.finish(2);
    await settle();
    expect(numbers.started).toEqual([1, 2, 3]);
    numbers.finish(1, 3);
    await run;
    expect(queue.state).toBe("idle");
    expect(numbers).toMatchObject({ claims: [2, 1, 1], flushes: 1, released: [] });
  });

  test("called while it runs, claims again immediately and once more at the end", async () => {
    const numbers = new Numbers([1]);
    const queue = new WorkQueue(numbers);
    const run = queue.run();
    await settle();
    expect(queue.state).toBe("exhausted");
    numbers.add(2);
    expect(queue.run()).toBe(run);
    expect(queue.state).toBe("claiming");
    await settle();
    expect(numbers.started).toEqual([1, 2]);
    numbers.finish(1, 2);
    await run;
    // The first claim, the one after the call, the one that finds nothing more, and the one of the second round.
    expect(numbers.claims).toEqual([2, 1, 1, 2]);
    expect(numbers.flushes).toBe(2);
  });

  test("called during a claim, claims once more in the same round", async () => {
    const numbers = new Numbers();
    const queue = new WorkQueue(numbers);
    const run = queue.run();
    const first = numbers.claims.length;
    queue.run();
    await run;
    // Once more in the same round, and once in the next.
    expect(numbers.claims.length).toBe(first + 2);
  });

  test("claims ahead while items are processed, and otherwise only when a runner is free", async () => {
    class Ahead extends Numbers {
      override readonly claimAhead = 2;
      override claimSize(): number {
        return 3;
      }
    }
    const ahead = new Ahead([1, 2, 3, 4, 5, 6, 7, 8]);
    const run = new WorkQueue(ahead).run();
    await settle();
    expect(ahead).toMatchObject({ started: [1, 2], claims: [3, 3] });
    ahead.finish(1, 2, 3, 4, 5, 6, 7, 8);
    await run;
    expect(ahead.started).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test("once halted, starts nothing more until it is resumed", async () => {
    const numbers = Object.assign(new Numbers([1, 2, 3]), { claimSize: () => 3 });
    const queue = new WorkQueue(numbers);
    const run = queue.run();
    await settle();
    queue.halt();
    numbers.finish(1);
    await settle();
    expect(numbers.started).toEqual([1, 2]);
    queue.resume();
    expect(numbers.started).toEqual([1, 2, 3]);
    numbers.finish(2, 3);
    await run;
    expect(numbers).toMatchObject({ released: [], flushes: 1 });
  });

  test("once halted, releases what it had claimed and not started", async () => {
    const numbers = Object.assign(new Numbers([1, 2, 3]), { claimSize: () => 3 });
    const queue = new WorkQueue(numbers);
    const run = queue.run();
    await settle();
    queue.halt();
    numbers.finish(1, 2);
    await run;
    expect(numbers).toMatchObject({ started: [1, 2], released: [3], flushes: 1 });
  });

  test("rejects with the first failure after the others have ended, and can run again", async () => {
    const numbers = new Numbers([1, 2, 3]);
    const queue = new WorkQueue(numbers);
    const run = queue.run();
    await settle();
    numbers.fail(1);
    await settle();
    numbers.finish(2, 3);
    await expect(run).rejects.toThrow("1 failed");
    expect(numbers).toMatchObject({ started: [1, 2, 3], flushes: 1 });
    await queue.run();
    expect(queue.state).toBe("idle");
  });

  test("once stopped, starts nothing more and waits for what is in progress", async () => {
    const numbers = Object.assign(new Numbers([1, 2, 3]), { claimSize: () => 3 });
    const queue = new WorkQueue(numbers);
    const run = queue.run();
    await settle();
    const stopped = queue.stop();
    expect(queue.state).toBe("stopping");
    queue.run();
    numbers.finish(1, 2);
    await Promise.all([stopped, run]);
    expect(queue.state).toBe("stopped");
    expect(numbers).toMatchObject({ started: [1, 2], released: [3], flushes: 1 });
    await queue.stop();
    await queue.run();
    expect(numbers.claims).toHaveLength(1);
  });

  test("refuses transitions that are not allowed", () => {
    expect(() => assertTransition("stopped", "claiming")).toThrow("A queue that is stopped cannot become claiming.");
    expect(() => assertTransition("idle", "finishing")).toThrow("idle");
  });
});
