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
import type { JobRepository } from "agenda";
import type { JobStore } from "./job-store.js";
export declare class JobLocks {
    #private;
    /** What Agenda is given in place of the store's own. */
    readonly repository: JobRepository;
    constructor(store: JobStore, lifetimeMs: number);
    /** The time by the store's clock, as last compared. */
    now(): Date;
    /** Compares the clocks: one round trip. Rejects when the store does not answer. */
    compareClocks(): Promise<void>;
    /** Renews the locks of runs in hand once a third of the lifetime is over. Resolves to the jobs whose lock is gone. */
    renew(): Promise<readonly string[]>;
    /** Opens the locks that were lost. */
    releaseLost(): Promise<void>;
    /** From now on nothing is locked; what is locked but has not begun is released. */
    stopLocking(): Promise<void>;
    /** Resolves once no run is in hand and its result is stored, or storing it failed. */
    whenIdle(): Promise<void>;
    /** The jobs whose runs are in hand. */
    running(): readonly string[];
    /** Releases everything, the locks of runs in hand too. */
    releaseAll(): Promise<void>;
}
