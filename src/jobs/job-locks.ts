/**
 * This process's hold on jobs. Agenda 6.2.6 leaves four things open that this closes, between it and its repository
 * (read in agenda/dist/JobProcessor.js and Job.js):
 * - A lock whose saving or answer was lost stays until its lifetime is over, though nobody holds it: kept here as
 *   lost, and released once the store answers.
 * - A run that outlives its lock is taken for ended while it goes on: here its lock is renewed, and Agenda never sees
 *   it expire.
 * - Locks are compared by each process's own clock: here all times in the store are the store's.
 * - `unlockJob` is called without a handler, so that its failing would end the process.
 */
import type { JobParameters, JobRepository } from "agenda";
import type { JobLock, JobStore } from "./job-store.js";

/** What Agenda sees as the time of a lock. */
const neverExpires = new Date(8.64e15);

type SaveOptions = Parameters<JobRepository["saveJobState"]>[1];

export class JobLocks {
  /** What Agenda is given in place of the store's own. */
  readonly repository: JobRepository;
  readonly #store: JobStore;
  readonly #lifetimeMs: number;
  readonly #restMs: ReadonlyMap<string, number>;
  readonly #answeredAtMs = new Map<string, number>();
  readonly #held = new Map<string, JobLock>();
  readonly #running = new Set<string>();
  readonly #asking = new Map<string, Promise<JobParameters | undefined>>();
  readonly #lost = new Set<JobLock>();
  #closing = false;
  /** The store's clock minus this process's. */
  #aheadMs = 0;
  #onRunEnded: () => void = () => {};

  /** `restMs`: by job, how long after an answer the store is not asked for it again. */
  constructor(store: JobStore, lifetimeMs: number, restMs: ReadonlyMap<string, number>) {
    this.#store = store;
    this.#lifetimeMs = lifetimeMs;
    this.#restMs = restMs;
    const original = store.repository;
    const guarded: Partial<JobRepository> = {
      getNextJobToRun: async (jobName, nextScanAt, _deadline, _now, options) =>
        await this.#ask(jobName, nextScanAt, options),
      saveJobState: async (job, options) => await this.#save(job, options),
      unlockJob: async (job) => {
        this.#lose(job.name);
        await this.releaseLost().catch(() => {}); // still lost then: the next call of releaseLost reports it
      },
      unlockJobs: async () => {}, // when Agenda stops; `stopLocking` does it by lock, not by job
    };
    this.repository = Object.assign(Object.create(original) as JobRepository, guarded);
  }

  /** The time by the store's clock, as last compared. */
  now(): Date {
    return new Date(Date.now() + this.#aheadMs);
  }

  /** Compares the clocks: one round trip. Rejects when the store does not answer. */
  async compareClocks(): Promise<void> {
    const askedAtMs = Date.now();
    const now = await this.#store.now();
    this.#aheadMs = Math.round(now.getTime() - (askedAtMs + Date.now()) / 2);
  }

  /** Renews the locks of runs in hand once a third of the lifetime is over. Resolves to the jobs whose lock is gone. */
  async renew(): Promise<readonly string[]> {
    const gone: string[] = [];
    for (const [jobName, lock] of this.#held) {
      const lockedAt = this.now();
      if (!this.#running.has(jobName) || lockedAt.getTime() - lock.lockedAt.getTime() < this.#lifetimeMs / 3) continue;
      const kept = await this.#store.renewLock(lock, lockedAt);
      if (this.#held.get(jobName) !== lock) continue; // ended meanwhile
      if (kept) {
        this.#held.set(jobName, { jobName, lockedAt });
      } else {
        this.#held.delete(jobName);
        gone.push(jobName);
      }
    }
    return gone;
  }

  /** Opens the locks that were lost. */
  async releaseLost(): Promise<void> {
    const overAtMs = this.now().getTime() - this.#lifetimeMs;
    for (const lock of this.#lost) if (lock.lockedAt.getTime() <= overAtMs) this.#lost.delete(lock);
    const releasing = [...this.#lost];
    if (releasing.length === 0) return;
    await this.#store.releaseLocks(releasing);
    for (const lock of releasing) this.#lost.delete(lock);
  }

  /** From now on nothing is locked; what is locked but has not begun is released. */
  async stopLocking(): Promise<void> {
    this.#closing = true;
    await Promise.allSettled(this.#asking.values());
    for (const jobName of this.#held.keys()) if (!this.#running.has(jobName)) this.#lose(jobName);
    await this.releaseLost();
  }

  /** Resolves once no run is in hand and its result is stored, or storing it failed. */
  async whenIdle(): Promise<void> {
    while (this.#running.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onRunEnded = resolve;
      });
    }
  }

  /** Releases everything, the locks of runs in hand too. */
  async releaseAll(): Promise<void> {
    for (const jobName of this.#held.keys()) this.#lose(jobName);
    await this.releaseLost();
  }

  /**
   * One row per job: while this process has it, or is asking for it, there is nothing more to ask for. Nor soon after an
   * answer: Agenda asks for each job every time it looks, which is most of what an idle process does.
   */
  async #ask(jobName: string, nextScanAt: Date, options: SaveOptions): Promise<JobParameters | undefined> {
    const busy = this.#held.has(jobName) || this.#running.has(jobName) || this.#asking.has(jobName);
    const answeredAtMs = this.#answeredAtMs.get(jobName) ?? Number.NEGATIVE_INFINITY;
    const rests = performance.now() - answeredAtMs < (this.#restMs.get(jobName) ?? 0);
    if (this.#closing || busy || rests) return undefined;
    const asking = this.#lockNext(jobName, nextScanAt, options);
    this.#asking.set(jobName, asking);
    try {
      const job = await asking;
      this.#answeredAtMs.set(jobName, performance.now());
      return job;
    } finally {
      this.#asking.delete(jobName);
    }
  }

  async #lockNext(jobName: string, nextScanAt: Date, options: SaveOptions): Promise<JobParameters | undefined> {
    const lock: JobLock = { jobName, lockedAt: this.now() };
    const deadline = new Date(lock.lockedAt.getTime() - this.#lifetimeMs);
    const scanAt = this.#inStoreTime(nextScanAt);
    try {
      const job = await this.#store.repository.getNextJobToRun(jobName, scanAt, deadline, lock.lockedAt, options);
      if (job === undefined) return undefined;
      this.#held.set(jobName, lock);
      if (this.#closing) return undefined;
      return { ...job, lockedAt: neverExpires, nextRunAt: this.#inProcessTime(job.nextRunAt) };
    } catch (error) {
      this.#lost.add(lock); // the answer may be what was lost
      throw error;
    }
  }

  /** Agenda saves a job when a run begins, with `lockedAt`, and when it has ended, without. */
  async #save(job: JobParameters, options: SaveOptions): Promise<void> {
    const lock = this.#held.get(job.name);
    const begins = job.lockedAt !== undefined;
    const renewed: JobLock = { jobName: job.name, lockedAt: this.now() };
    if (begins) this.#running.add(job.name);
    try {
      // A lock that is gone belongs to another process, which has its own idea of the next run.
      if (lock === undefined) return;
      const state: JobParameters = { ...job, nextRunAt: job.nextRunAt && this.#inStoreTime(job.nextRunAt) };
      if (begins) state.lockedAt = renewed.lockedAt;
      await this.#store.repository.saveJobState(state, options);
      if (begins) this.#held.set(job.name, renewed);
      else this.#held.delete(job.name);
    } catch (error) {
      this.#lose(job.name);
      if (begins) this.#lost.add(renewed);
      if (begins) this.#ended(job.name);
      throw error;
    } finally {
      if (!begins) this.#ended(job.name);
    }
  }

  #lose(jobName: string): void {
    const lock = this.#held.get(jobName);
    if (lock === undefined) return;
    this.#held.delete(jobName);
    this.#lost.add(lock);
  }

  #ended(jobName: string): void {
    this.#running.delete(jobName);
    this.#onRunEnded();
  }

  #inStoreTime(date: Date): Date {
    return new Date(date.getTime() + this.#aheadMs);
  }

  #inProcessTime(date: Date | null): Date | null {
    return date && new Date(date.getTime() - this.#aheadMs);
  }
}
