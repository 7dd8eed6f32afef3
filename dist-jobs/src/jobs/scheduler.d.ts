import type { Logger } from "../channels/channel.js";
export interface RecurringJob {
    /** Stored: renaming it leaves a row behind that nobody runs. */
    readonly name: string;
    /** At least 1. */
    readonly everySeconds: number;
    /** One run: idempotent, and done soon after `signal` aborts. A throw is logged, and the next run comes as usual. */
    run(signal: AbortSignal): Promise<void>;
}
export interface SchedulerOptions {
    /** `postgres://…` or `postgresql://…`. */
    readonly jobsUrl: string;
    readonly jobs: readonly RecurringJob[];
    /** Unique per process; seen in the store beside what this process runs. */
    readonly processName: string;
    readonly logger: Logger;
    /** How long a killed process's jobs wait for another process: 30 s. Runs may take longer, their locks are renewed. */
    readonly lockLifetimeMs?: number;
    /** How long `stop` lets runs go on before it aborts their signal: 10 s. */
    readonly abortAfterMs?: number;
    /** How long `stop` then still waits for them: 5 s. */
    readonly giveUpAfterMs?: number;
}
export interface Scheduler {
    /**
     * No new runs; resolves when every run in hand has ended (or was given up, which is logged), this process's locks are
     * released and its connections closed. Never rejects. Timers of Agenda's stay for another half second at most.
     */
    stop(): Promise<void>;
    /** The jobs are registered, and the store answered when it was last asked, at most a few seconds ago. */
    ready(): boolean;
}
/**
 * Registers the jobs and starts running them. A job that is new in the store runs at once, a known one when it is due,
 * or within its interval where that was shortened.
 * @throws {Error} when the store does not answer or its URL has an unknown scheme; nothing is left open then.
 */
export declare function startScheduler(options: SchedulerOptions): Promise<Scheduler>;
