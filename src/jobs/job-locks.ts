/**
 * This process's locks on jobs. Agenda 6.2.6 has four gaps that this class closes, between Agenda and its repository
 * (see agenda/dist/JobProcessor.js and Job.js):
 * - A lock whose request or response was lost blocks the job for its lifetime, although no process holds it: such locks
 *   are remembered as lost, and released once the store responds.
 * - A run that outlives its lock is treated as ended while it continues: locks are renewed, and Agenda never sees one
 *   expire.
 * - Locks are compared by each process's own clock: all times in the store are by the store's clock.
 * - `unlockJob` is called without an error handler, so that its failure would end the process.
 */
import type { JobParameters, JobRepository } from "agenda";
import type { JobLock, JobStore } from "./job-store.js";

/** The lock time that Agenda is shown. */
const neverExpires = new Date(8.64e15);

type SaveOptions = Parameters<JobRepository["saveJobState"]>[1];

export class JobLocks {
  /** Given to Agenda in place of the store's own. */
  readonly repository: JobRepository;
  readonly #store: JobStore;
  readonly #lifetimeMs: number;
  readonly #restMs: ReadonlyMap<string, number>;
  readonly #polledAtMs = new Map<string, number>();
  readonly #held = new Map<string, JobLock>();
  readonly #running = new Set<string>();
  readonly #polling = new Map<string, Promise<JobParameters | undefined>>();
  readonly #lost = new Set<JobLock>();
  #closing = false;
  /** The store's clock minus this process's. */
  #aheadMs = 0;
  #notifyIdle: () => void = () => {};

  /** `restMs`: by job, how long after a response the store is not polled for it again. */
  constructor(store: JobStore, lifetimeMs: number, restMs: ReadonlyMap<string, number>) {
    this.#store = store;
    this.#lifetimeMs = lifetimeMs;
    this.#restMs = restMs;
    const original = store.repository;
    const guarded: Partial<JobRepository> = {
      getNextJobToRun: async (jobName, nextScanAt, _deadline, _now, options) =>
        await this.#poll(jobName, nextScanAt, options),
      saveJobState: async (job, options) => await this.#save(job, options),
      unlockJob: async (job) => {
        this.#markLost(job.name);
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

  /** Compares the clocks, in one round trip. Rejects when the store does not respond. */
  async compareClocks(): Promise<void> {
    const beforeMs = Date.now();
    const now = await this.#store.now();
    this.#aheadMs = Math.round(now.getTime() - (beforeMs + Date.now()) / 2);
  }

  /** Renews the locks of runs in progress once a third of the lifetime has passed. Resolves to the jobs whose lock was lost. */
  async renew(): Promise<readonly string[]> {
    const lost: string[] = [];
    for (const [jobName, lock] of this.#held) {
      const lockedAt = this.now();
      if (!this.#running.has(jobName) || lockedAt.getTime() - lock.lockedAt.getTime() < this.#lifetimeMs / 3) continue;
      const isRenewed = await this.#store.renewLock(lock, lockedAt);
      if (this.#held.get(jobName) !== lock) continue; // ended meanwhile
      if (isRenewed) {
        this.#held.set(jobName, { jobName, lockedAt });
      } else {
        this.#held.delete(jobName);
        lost.push(jobName);
      }
    }
    return lost;
  }

  /** Releases the locks that were lost. */
  async releaseLost(): Promise<void> {
    const overAtMs = this.now().getTime() - this.#lifetimeMs;
    for (const lock of this.#lost) if (lock.lockedAt.getTime() <= overAtMs) this.#lost.delete(lock);
    const releasing = [...this.#lost];
    if (releasing.length === 0) return;
    await this.#store.releaseLocks(releasing);
    for (const lock of releasing) this.#lost.delete(lock);
  }

  /** Locks nothing from now on, and releases the locks of runs that have not begun. */
  async stopLocking(): Promise<void> {
    this.#closing = true;
    await Promise.allSettled(this.#polling.values());
    for (const jobName of this.#held.keys()) if (!this.#running.has(jobName)) this.#markLost(jobName);
    await this.releaseLost();
  }

  /** Resolves once no run is in progress and every result is stored, or could not be stored. */
  async whenIdle(): Promise<void> {
    while (this.#running.size > 0) {
      await new Promise<void>((resolve) => {
        this.#notifyIdle = resolve;
      });
    }
  }

  /** Releases all locks, including those of runs in progress. */
  async releaseAll(): Promise<void> {
    for (const jobName of this.#held.keys()) this.#markLost(jobName);
    await this.releaseLost();
  }

  /**
   * There is one row per job: while this process holds or requests it, polling for it is useless. Nor is it polled again
   * soon after a response: Agenda polls for each job every time, which is most of what an idle process does.
   */
  async #poll(jobName: string, nextScanAt: Date, options: SaveOptions): Promise<JobParameters | undefined> {
    const busy = this.#held.has(jobName) || this.#running.has(jobName) || this.#polling.has(jobName);
    const polledAtMs = this.#polledAtMs.get(jobName) ?? Number.NEGATIVE_INFINITY;
    const rests = performance.now() - polledAtMs < (this.#restMs.get(jobName) ?? 0);
    if (this.#closing || busy || rests) return undefined;
    const polling = this.#lockNext(jobName, nextScanAt, options);
    this.#polling.set(jobName, polling);
    try {
      const job = await polling;
      this.#polledAtMs.set(jobName, performance.now());
      return job;
    } finally {
      this.#polling.delete(jobName);
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
      this.#lost.add(lock); // the lock may have been taken and only the response lost
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
      // A lost lock belongs to another process, which schedules the next run.
      if (lock === undefined) return;
      const state: JobParameters = { ...job, nextRunAt: job.nextRunAt && this.#inStoreTime(job.nextRunAt) };
      if (begins) state.lockedAt = renewed.lockedAt;
      await this.#store.repository.saveJobState(state, options);
      if (begins) this.#held.set(job.name, renewed);
      else this.#held.delete(job.name);
    } catch (error) {
      this.#markLost(job.name);
      if (begins) this.#lost.add(renewed);
      if (begins) this.#ended(job.name);
      throw error;
    } finally {
      if (!begins) this.#ended(job.name);
    }
  }

  #markLost(jobName: string): void {
    const lock = this.#held.get(jobName);
    if (lock === undefined) return;
    this.#held.delete(jobName);
    this.#lost.add(lock);
  }

  #ended(jobName: string): void {
    this.#running.delete(jobName);
    this.#notifyIdle();
  }

  #inStoreTime(date: Date): Date {
    return new Date(date.getTime() + this.#aheadMs);
  }

  #inProcessTime(date: Date | null): Date | null {
    return date && new Date(date.getTime() - this.#aheadMs);
  }
}
