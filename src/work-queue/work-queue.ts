import { assertTransition, type QueueState } from "./queue-state.js";

/** What a `WorkQueue` claims and processes. */
export interface Work<Item> {
  /** How many items are processed at the same time, at most. */
  concurrency(): number;
  /** How many items the next claim asks for, given how many runners are free (at least 1). */
  claimSize(freeRunners: number): number;
  /** With fewer claimed items than this waiting, the next claim begins while others are processed; 0: only for a free runner. */
  readonly claimAhead: number;
  /** Claims up to `limit` items, in the order in which they are started. Never called twice at the same time. */
  claim(limit: number): Promise<readonly Item[]>;
  process(item: Item): Promise<void>;
  /** After a claim that found fewer than it asked for: true claims again. Waits before it resolves if the claim should. */
  shouldClaimAgain?(found: number): Promise<boolean>;
  /** At the end of a round, when no runner is left: completes what `process` left to be done. */
  flush?(): Promise<void>;
  /** Items that were claimed but not started, because the queue was halted or stopped, or a runner failed. */
  release(items: readonly Item[]): Promise<void>;
  /** After a round during which `run` was called: false ends the run without looking again. */
  canRunAgain?(): Promise<boolean>;
}

/**
 * Claims and processes items until no more can be claimed, a bounded number at a time. A run consists of rounds: a call
 * of `run` during a round makes it claim again immediately, and adds another round for what the end of this one makes
 * claimable.
 */
export class WorkQueue<Item> {
  #state: QueueState = "idle";
  /** Claimed, not started. */
  readonly #waiting: Item[] = [];
  readonly #runners = new Set<Promise<void>>();
  #busyRunners = 0;
  #claiming: Promise<void> | null = null;
  #running: Promise<void> | null = null;
  /** Counts the calls of `run`: what was claimed before a call does not say what is claimable after it. */
  #calls = 0;
  #failures: unknown[] = [];

  constructor(private readonly work: Work<Item>) {}

  get state(): QueueState {
    return this.#state;
  }

  /**
   * Processes everything that can be claimed now. Resolves when nothing is in progress; every call during a run returns
   * the same promise. Rejects, at the end of the round, with the first failure of a claim, an item or a flush.
   */
  run(): Promise<void> {
    if (this.#isStopping()) return this.#running ?? Promise.resolve();
    this.#calls += 1;
    if (this.#running === null) this.#running = this.#runRounds();
    else this.#claimAgain();
    return this.#running;
  }

  /** Starts nothing more in this round, unless `resume` is called. */
  halt(): void {
    if (this.#state === "claiming" || this.#state === "exhausted") this.#enter("halted");
  }

  /** Continues a round that was halted, if it has not ended yet. */
  resume(): void {
    if (this.#state !== "halted") return;
    this.#enter("claiming");
    this.#startRunners();
  }

  /** Starts nothing more, now or later. Resolves when what was in progress has ended, successfully or not. */
  async stop(): Promise<void> {
    if (!this.#isStopping()) this.#enter(this.#state === "idle" ? "stopped" : "stopping");
    await this.#running?.catch(() => undefined);
  }

  async #runRounds(): Promise<void> {
    try {
      let calls: number;
      do {
        calls = this.#calls;
        await this.#runRound();
      } while (this.#calls !== calls && !this.#isStopping() && (await this.#canRunAgain()));
    } finally {
      this.#enter(this.#isStopping() ? "stopped" : "idle");
      this.#running = null;
    }
  }

  async #canRunAgain(): Promise<boolean> {
    const can = (await this.work.canRunAgain?.()) ?? true;
    return can && !this.#isStopping();
  }

  async #runRound(): Promise<void> {
    this.#failures = [];
    this.#enter("claiming");
    this.#startRunners();
    while (this.#runners.size > 0) await Promise.all(this.#runners);
    if (!this.#isStopping()) this.#enter("finishing");
    const [flushed] = await Promise.allSettled([this.work.flush?.(), this.#claiming]);
    if (flushed.status === "rejected") this.#failures.push(flushed.reason);
    const unstarted = this.#waiting.splice(0);
    if (unstarted.length > 0) await this.work.release(unstarted);
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  // A round that is halted or finishing claims no more: `run` has counted the call, so another round follows.
  #claimAgain(): void {
    if (this.#state === "exhausted") this.#enter("claiming");
    if (this.#state === "claiming") this.#startRunners();
  }

  #startRunners(): void {
    const concurrency = this.work.concurrency();
    while (this.#runners.size < concurrency) {
      const runner: Promise<void> = this.#processItems()
        .catch((error: unknown) => void this.#failures.push(error))
        .finally(() => this.#runners.delete(runner));
      this.#runners.add(runner);
    }
  }

  async #processItems(): Promise<void> {
    while (this.#state === "claiming" || this.#state === "exhausted") {
      const item = this.#waiting.shift();
      if (item === undefined) {
        if (this.#state === "exhausted") return;
        await this.#claim();
        continue;
      }
      if (this.#state === "claiming" && this.#waiting.length < this.work.claimAhead) this.#claimAhead();
      this.#busyRunners += 1;
      try {
        await this.work.process(item);
      } finally {
        this.#busyRunners -= 1;
      }
    }
  }

  // When it fails, the runner that needs the items claims again, and fails in its place.
  #claimAhead(): void {
    if (this.#claiming === null) this.#claim().catch(() => undefined);
  }

  #claim(): Promise<void> {
    this.#claiming ??= this.#claimMore().finally(() => {
      this.#claiming = null;
    });
    return this.#claiming;
  }

  async #claimMore(): Promise<void> {
    const calls = this.#calls;
    const limit = this.work.claimSize(Math.max(1, this.work.concurrency() - this.#busyRunners));
    const items = await this.work.claim(limit);
    this.#waiting.push(...items);
    if (items.length >= limit || this.#calls !== calls) return;
    if ((await this.work.shouldClaimAgain?.(items.length)) ?? false) return;
    if (this.#calls === calls && this.#state === "claiming") this.#enter("exhausted");
  }

  #isStopping(): boolean {
    return this.#state === "stopping" || this.#state === "stopped";
  }

  #enter(state: QueueState): void {
    assertTransition(this.#state, state);
    this.#state = state;
  }
}
