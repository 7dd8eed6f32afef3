/**
 * Recurring jobs on Agenda, which decides when a job runs and in which process. What is due, in what order and with how
 * many retries is stored in the tables that the jobs read. So there are few jobs, each of which claims batches, and never
 * one job per message: Agenda runs about 700 jobs a second.
 *
 * A job runs at least once per interval, normally in one process at a time: after a process was killed, disconnected from
 * the store or suspended for longer than the lock's lifetime, another takes over, and the two may overlap. So runs must be
 * idempotent. Processes' clocks may differ: the store's clock counts (see job-locks.ts).
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Agenda } from "agenda";
import type { Logger } from "../logger.js";
import { describeError } from "../logger.js";
import { JobLocks } from "./job-locks.js";
import { openJobStore } from "./job-store.js";
import { createThrottledLog } from "./throttled-log.js";

export interface RecurringJob {
  /** Stored: renaming it leaves an unused row behind. */
  readonly name: string;
  /** At least 1 in production; tests use less. */
  readonly everySeconds: number;
  /** One run: idempotent, and finished soon after `signal` aborts. Errors are logged; the next run is not affected. */
  run(signal: AbortSignal): Promise<void>;
}

export interface SchedulerOptions {
  /** `postgres://…` or `mongodb://…`. */
  readonly jobsUrl: string;
  readonly jobs: readonly RecurringJob[];
  /** Unique per process; stored with the jobs that this process runs. */
  readonly processName: string;
  readonly logger: Logger;
  /** How long a killed process blocks its jobs for other processes: 15 s. Runs may take longer: their locks are renewed. */
  readonly lockLifetimeMs?: number;
  /** How long `stop` lets runs continue before it aborts their signal: 10 s. */
  readonly abortAfterMs?: number;
  /** How long `stop` waits for them after that: 5 s. */
  readonly giveUpAfterMs?: number;
  /** How often due jobs are polled for at most, and twice the lifetime of the timer that Agenda leaves after each run: 500 ms. */
  readonly pollIntervalMs?: number;
  /** How often clocks are compared, locks renewed and lost locks released: 2 s. */
  readonly maintainIntervalMs?: number;
}

export interface Scheduler {
  /**
   * Starts no new runs. Resolves when every run in progress has ended (or was abandoned, which is logged), this process's
   * locks are released and its connections closed. Never rejects. Agenda's timers stay for up to another half second.
   */
  stop(): Promise<void>;
  /** Whether the jobs are registered and the store responded when it was last queried, a few seconds ago at most. */
  ready(): boolean;
}

/** How long stopping waits for the results of runs to be stored: longer than the drivers' server selection takes. */
const storedWithinMs = 3_000;
/** How often a job is polled for within its interval: it starts late by at most one such part. */
const pollsPerInterval = 10;

/**
 * Registers the jobs and starts running them. A job that is new in the store runs immediately, a known one when it is due,
 * or within its interval if that was shortened.
 * @throws {Error} when the store does not respond or its URL has an unknown scheme; nothing is left open then.
 */
export async function startScheduler(options: SchedulerOptions): Promise<Scheduler> {
  const { jobs, logger, processName, lockLifetimeMs = 15_000 } = options;
  const { abortAfterMs = 10_000, giveUpAfterMs = 5_000, pollIntervalMs = 500, maintainIntervalMs = 2_000 } = options;
  const storeLog = createThrottledLog(logger, {
    failed: "The job store does not respond: jobs wait until it does.",
    recovered: "The job store responds again.",
  });
  const store = await openJobStore({ jobsUrl: options.jobsUrl, processName, onConnectionError: storeLog.failed });
  // Half a poll less, so that a poll that comes slightly early is not skipped.
  const restMs = new Map(
    jobs.map(({ name, everySeconds }) => [name, (everySeconds * 1_000) / pollsPerInterval - pollIntervalMs / 2]),
  );
  const locks = new JobLocks(store, lockLifetimeMs, restMs);
  const abortRuns = new AbortController();

  // No notification channel: recurring jobs do not need it, each run would send three notifications, and its connection
  // stops reconnecting after ten attempts.
  const agenda = new Agenda({
    name: processName,
    backend: {
      name: "Afterchat",
      repository: locks.repository,
      ownsConnection: false,
      connect: async () => {}, // connected already: Agenda does not handle a rejection here
      disconnect: async () => {},
    },
    processEvery: pollIntervalMs,
    // As short as possible: JobLocks manages the lifetime. No lockLimit: it would count a lock that Agenda drops for ever.
    defaultLockLifetime: 1,
    defaultConcurrency: 1,
  });
  agenda.on("error", (error) => {
    if (!isFalseAlarm(error)) storeLog.failed(error);
  });
  const runsInProgress = new Map<string, Promise<void>>();
  async function run(job: RecurringJob): Promise<void> {
    try {
      await job.run(abortRuns.signal);
    } catch (error) {
      // Handled here, so that Agenda neither stores the message nor counts failures.
      logger.error("A job's run failed; the next run is not affected.", { job: job.name, error: describeError(error) });
    } finally {
      runsInProgress.delete(job.name);
    }
  }
  for (const job of jobs) {
    agenda.define(job.name, async () => {
      const running = run(job);
      runsInProgress.set(job.name, running);
      await running;
    });
  }

  /** Jobs whose next run may still be that of a longer interval. */
  const toBringForward = new Set(jobs);
  async function bringForward(): Promise<void> {
    for (const job of toBringForward) {
      const latest = new Date(locks.now().getTime() + job.everySeconds * 1_000);
      if (await store.bringForward(job.name, latest)) toBringForward.delete(job);
    }
  }

  try {
    await locks.compareClocks();
    for (const job of jobs) await agenda.every(job.everySeconds * 1_000, job.name);
    await bringForward();
    await agenda.start();
  } catch (error) {
    await store.close();
    throw error;
  }

  let storeResponds = true;
  const maintenance = new AbortController();
  const maintained = (async () => {
    const pauseMs = Math.min(maintainIntervalMs, lockLifetimeMs / 3);
    while (!maintenance.signal.aborted) {
      try {
        await locks.compareClocks();
        for (const job of await locks.renew())
          logger.warn("A run lost its lock and may overlap with another.", { job });
        await locks.releaseLost();
        await bringForward();
        storeResponds = true;
        storeLog.recovered();
      } catch (error) {
        storeResponds = false;
        storeLog.failed(error);
      }
      await sleep(pauseMs, undefined, { signal: maintenance.signal }).catch(() => {});
    }
  })();

  async function stopOnce(): Promise<void> {
    await agenda.stop(false);
    await locks.stopLocking().catch(storeLog.failed);
    const idle = new AbortController();
    const timeUp = (async () => {
      await sleep(abortAfterMs, undefined, { signal: idle.signal });
      abortRuns.abort();
      await sleep(giveUpAfterMs, undefined, { signal: idle.signal });
    })().catch(() => {});
    // A store that is down does not fail every command quickly: runs that have ended must not wait for their result.
    const ended = (async () => {
      do {
        await Promise.all(runsInProgress.values());
        await sleep(storedWithinMs, undefined, { signal: idle.signal });
      } while (runsInProgress.size > 0);
    })().catch(() => {});
    await Promise.race([locks.whenIdle(), ended, timeUp]);
    idle.abort();
    maintenance.abort();
    await maintained;
    const unfinished = [...runsInProgress.keys()];
    if (unfinished.length > 0) logger.error("Runs did not end in time and are abandoned.", { jobs: unfinished });
    await locks.releaseAll().catch(storeLog.failed);
    await store.close().catch(storeLog.failed);
  }

  let stopped: Promise<void> | undefined;
  return {
    stop() {
      stopped ??= stopOnce();
      return stopped;
    },
    ready: () => storeResponds && stopped === undefined,
  };
}

/**
 * Agenda checks each run every 250 ms, and reports a run that has ended and is just being stored as one that lost its lock
 * (runOrRetry in agenda/dist/JobProcessor.js). JobLocks notices locks that are really lost.
 */
function isFalseAlarm(error: unknown): boolean {
  return error instanceof Error && error.message.includes("no lockedAt date found");
}
