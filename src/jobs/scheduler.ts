/**
 * Recurring jobs on Agenda. It decides when a job runs and in which process; what is due, in what order and how often
 * something is tried again is the business of the tables that the jobs read. So there are few jobs, each claiming
 * batches, and never a job per message: Agenda runs some 700 a second.
 *
 * A job runs at least once per interval, in one process at a time as a rule: after a process was killed, cut off from
 * the store or suspended for longer than the lock's lifetime, another takes over, and the two may overlap. Hence a run
 * has to be idempotent. Clocks of processes may differ: the store's counts (see job-locks.ts).
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Agenda } from "agenda";
import type { Logger } from "../logger.js";
import { describeError } from "../logger.js";
import { JobLocks } from "./job-locks.js";
import { openJobStore } from "./job-store.js";
import { createQuietLog } from "./quiet-log.js";

export interface RecurringJob {
  /** Stored: renaming it leaves a row behind that nobody runs. */
  readonly name: string;
  /** At least 1; tests go below. */
  readonly everySeconds: number;
  /** One run: idempotent, and done soon after `signal` aborts. A throw is logged, and the next run comes as usual. */
  run(signal: AbortSignal): Promise<void>;
}

export interface SchedulerOptions {
  /** `postgres://…` or `mongodb://…`. */
  readonly jobsUrl: string;
  readonly jobs: readonly RecurringJob[];
  /** Unique per process; seen in the store beside what this process runs. */
  readonly processName: string;
  readonly logger: Logger;
  /** How long a killed process's jobs wait for another process: 15 s. Runs may take longer, their locks are renewed. */
  readonly lockLifetimeMs?: number;
  /** How long `stop` lets runs go on before it aborts their signal: 10 s. */
  readonly abortAfterMs?: number;
  /** How long `stop` then still waits for them: 5 s. */
  readonly giveUpAfterMs?: number;
  /** How often due jobs are looked for at most, and twice the life of the timer that Agenda leaves behind each run: 500 ms. */
  readonly pollIntervalMs?: number;
  /** How often the store is asked for its time, and for what a broken connection left undone: 2 s. */
  readonly maintainIntervalMs?: number;
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

/** How long a stop waits for the ends of runs to be stored: more than the store's drivers look for a server. */
const storedWithinMs = 3_000;
/** A job is looked for so many times within its interval, and so begins late by no more than that part of it. */
const lookShare = 10;

/**
 * Registers the jobs and starts running them. A job that is new in the store runs at once, a known one when it is due,
 * or within its interval where that was shortened.
 * @throws {Error} when the store does not answer or its URL has an unknown scheme; nothing is left open then.
 */
export async function startScheduler(options: SchedulerOptions): Promise<Scheduler> {
  const { jobs, logger, processName, lockLifetimeMs = 15_000 } = options;
  const { abortAfterMs = 10_000, giveUpAfterMs = 5_000, pollIntervalMs = 500, maintainIntervalMs = 2_000 } = options;
  const storeLog = createQuietLog(logger, {
    trouble: "The jobs' store is in trouble; jobs wait and go on when it answers.",
    over: "The jobs' store answers again.",
  });
  const store = await openJobStore({ jobsUrl: options.jobsUrl, processName, onConnectionError: storeLog.trouble });
  // Half a look less, so that the one which comes a moment early counts.
  const restMs = new Map(
    jobs.map(({ name, everySeconds }) => [name, (everySeconds * 1_000) / lookShare - pollIntervalMs / 2]),
  );
  const locks = new JobLocks(store, lockLifetimeMs, restMs);
  const abortRuns = new AbortController();

  // No notification channel: recurring jobs gain nothing from it, each run would send three notifications, and its
  // connection gives up for good after ten attempts to come back.
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
    // Only the shortest timer: JobLocks keeps the lifetime. A lockLimit would count a lock that Agenda drops for ever.
    defaultLockLifetime: 1,
    defaultConcurrency: 1,
  });
  agenda.on("error", (error) => {
    if (!isMistakenAlarm(error)) storeLog.trouble(error);
  });
  const inHand = new Map<string, Promise<void>>();
  async function run(job: RecurringJob): Promise<void> {
    try {
      await job.run(abortRuns.signal);
    } catch (error) {
      // Handled here, so that Agenda neither stores the message nor counts failures.
      logger.error("A job's run failed; the next one comes as usual.", { job: job.name, error: describeError(error) });
    } finally {
      inHand.delete(job.name);
    }
  }
  for (const job of jobs) {
    agenda.define(job.name, async () => {
      const running = run(job);
      inHand.set(job.name, running);
      await running;
    });
  }

  /** Jobs whose next run may still be that of a longer interval. */
  const unhastened = new Set(jobs);
  async function bringForward(): Promise<void> {
    for (const job of unhastened) {
      const latest = new Date(locks.now().getTime() + job.everySeconds * 1_000);
      if (await store.bringForward(job.name, latest)) unhastened.delete(job);
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

  let storeAnswers = true;
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
        storeAnswers = true;
        storeLog.over();
      } catch (error) {
        storeAnswers = false;
        storeLog.trouble(error);
      }
      await sleep(pauseMs, undefined, { signal: maintenance.signal }).catch(() => {});
    }
  })();

  async function stopOnce(): Promise<void> {
    await agenda.stop(false);
    await locks.stopLocking().catch(storeLog.trouble);
    const idle = new AbortController();
    const patience = (async () => {
      await sleep(abortAfterMs, undefined, { signal: idle.signal });
      abortRuns.abort();
      await sleep(giveUpAfterMs, undefined, { signal: idle.signal });
    })().catch(() => {});
    // A store that is away does not say so for every command: what ended must not wait for it to be stored.
    const ended = (async () => {
      do {
        await Promise.all(inHand.values());
        await sleep(storedWithinMs, undefined, { signal: idle.signal });
      } while (inHand.size > 0);
    })().catch(() => {});
    await Promise.race([locks.whenIdle(), ended, patience]);
    idle.abort();
    maintenance.abort();
    await maintained;
    const unfinished = [...inHand.keys()];
    if (unfinished.length > 0) logger.error("Runs did not end in time and are left behind.", { jobs: unfinished });
    await locks.releaseAll().catch(storeLog.trouble);
    await store.close().catch(storeLog.trouble);
  }

  let stopped: Promise<void> | undefined;
  return {
    stop() {
      stopped ??= stopOnce();
      return stopped;
    },
    ready: () => storeAnswers && stopped === undefined,
  };
}

/**
 * Agenda looks after each run every 250 ms, and takes one that has ended, and is just being stored, for one that lost its
 * lock (runOrRetry in agenda/dist/JobProcessor.js); a lock that is really lost, JobLocks notices.
 */
function isMistakenAlarm(error: unknown): boolean {
  return error instanceof Error && error.message.includes("no lockedAt date found");
}
