import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { Client } from "pg";
import { type RecurringJob, type Scheduler, type SchedulerOptions, startScheduler } from "../../src/jobs/scheduler.js";
import type { Logger } from "../../src/logger.js";
import { compileCache } from "../support/app/program.js";
import { createMongoStore, createPostgresStore, type TestedStore } from "./tested-stores.js";

/** The program's jobs run once a second or less often, and the store is polled every half second; tests are faster. */
const oftenSeconds = 0.1;
const fastPolling = { pollIntervalMs: 50, maintainIntervalMs: 100 } as const;
/** Long enough for a busy machine to renew the lock in time. */
const childLockLifetimeMs = 900;

let store: TestedStore;
const schedulers: Scheduler[] = [];
const children: ChildProcess[] = [];

/** A logger that records its lines. */
function recordingLogger(): Logger & { readonly lines: readonly { message: string; fields: unknown }[] } {
  const lines: { message: string; fields: unknown }[] = [];
  const keep = (message: string, fields?: unknown) => void lines.push({ message, fields });
  return { lines, debug: keep, info: keep, warn: keep, error: keep };
}

/** A job that reports its runs and executes the given work in each. */
class TestJob implements RecurringJob {
  readonly name = "check-triggers";
  readonly begunAtMs: number[] = [];
  signal: AbortSignal | undefined;
  running = 0;
  maxRunning = 0;
  readonly #events = new EventEmitter();

  constructor(
    readonly everySeconds: number,
    readonly work: (run: number) => Promise<void> = async () => {},
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    this.signal = signal;
    this.begunAtMs.push(performance.now());
    this.running += 1;
    this.maxRunning = Math.max(this.maxRunning, this.running);
    this.#events.emit("begun");
    try {
      await this.work(this.begunAtMs.length);
    } finally {
      this.running -= 1;
    }
  }

  /** Resolves when `count` more runs have begun. */
  async nextRuns(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 1) await once(this.#events, "begun");
  }
}

function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

async function start(job: RecurringJob, options: Partial<SchedulerOptions> = {}): Promise<Scheduler> {
  const scheduler = await startScheduler({
    jobsUrl: store.jobsUrl,
    jobs: [job],
    processName: `process-${schedulers.length + 1}`,
    logger: recordingLogger(),
    ...fastPolling,
    ...options,
  });
  schedulers.push(scheduler);
  return scheduler;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20);
}

interface Child {
  readonly process: ChildProcess;
  readonly lines: readonly string[];
}

/**
 * Another process with the same job, with a clock that is off by `clockMs`. It writes "started" and, when its first run begins,
 * "begun"; that run lasts until SIGTERM, which also stops the process.
 */
function startChild(clockMs: number): Child {
  const program = `
    const RealDate = Date;
    globalThis.Date = class extends RealDate {
      constructor(...parts) { if (parts.length === 0) super(RealDate.now() + ${clockMs}); else super(...parts); }
      static now() { return RealDate.now() + ${clockMs}; }
    };
    const { startScheduler } = await import(${JSON.stringify(new URL("../../src/jobs/scheduler.js", import.meta.url).href)});
    const silent = () => {};
    const terminated = new Promise((resolve) => { process.once("SIGTERM", resolve); });
    const run = async () => {
      console.log("begun");
      await terminated;
    };
    const scheduler = await startScheduler({
      jobsUrl: process.env.JOBS_URL, processName: "child ${clockMs}",
      jobs: [{ name: "check-triggers", everySeconds: ${oftenSeconds}, run }],
      logger: { debug: silent, info: silent, warn: silent, error: silent },
      lockLifetimeMs: ${childLockLifetimeMs}, ...${JSON.stringify(fastPolling)},
    });
    console.log("started");
    await terminated;
    await scheduler.stop();
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCache, JOBS_URL: store.jobsUrl },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  children.push(child);
  return { process: child, lines };
}

const hasBegun = (child: Child) => child.lines.includes("begun");

const mongoIsAvailable = process.env.TEST_MONGO_URL !== undefined; // if not, the global setup logs why

describe.each([
  { name: "PostgreSQL", create: createPostgresStore, describeIfAvailable: describe },
  { name: "MongoDB", create: createMongoStore, describeIfAvailable: mongoIsAvailable ? describe : describe.skip },
])("Jobs on $name:", ({ create, describeIfAvailable }) => {
  beforeEach(async () => {
    store = await create();
  });

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await Promise.all(schedulers.splice(0).map((scheduler) => scheduler.stop()));
    await store.remove();
  });

  describeIfAvailable("several processes", () => {
    test("three processes that start concurrently store one row per job and share its interval", async () => {
      const job = new TestJob(0.3);
      const runs = job.nextRuns(3);
      await Promise.all([start(job), start(job, { processName: "b" }), start(job, { processName: "c" })]);
      expect(await store.jobs()).toMatchObject([{ name: "check-triggers" }]);
      await runs;
      // Without a shared interval, all three would run within the first one. On a busy machine a single run may be late.
      const [firstMs = 0, , thirdMs = 0] = job.begunAtMs;
      expect(thirdMs - firstMs).toBeGreaterThan(300);
      expect(await store.jobs()).toHaveLength(1);
    });

    test("processes with clocks a minute fast and slow wait for a run in progress, then run; the lock of a killed process is taken over after its lifetime; after stop nothing keeps a process alive", async () => {
      const ending = gate();
      const job = new TestJob(oftenSeconds, () => ending.passed);
      const begun = job.nextRuns(1);
      const scheduler = await start(job, { lockLifetimeMs: childLockLifetimeMs });
      await begun;
      const waiting = [startChild(60_000), startChild(-60_000)];
      await until(() => waiting.every((child) => child.lines.includes("started")));
      await sleep(childLockLifetimeMs + 300);
      expect(waiting.filter(hasBegun)).toEqual([]);
      const stopped = scheduler.stop();
      ending.open();
      await stopped;

      await until(() => waiting.some(hasBegun));
      const [first, ...others] = waiting.toSorted((one, other) => Number(hasBegun(other)) - Number(hasBegun(one)));
      await sleep(childLockLifetimeMs + 300);
      expect(others.filter(hasBegun)).toEqual([]);
      first?.process.kill("SIGKILL");
      const killedAtMs = performance.now();
      await until(() => others.every(hasBegun));
      // The lock was last renewed at most a third of its lifetime before the kill.
      expect(performance.now() - killedAtMs).toBeGreaterThan(200);
      expect(performance.now() - killedAtMs).toBeLessThan(5_000);

      const exits = others.map(async (child) => await once(child.process, "exit"));
      const terminatedAtMs = performance.now();
      for (const child of others) child.process.kill("SIGTERM");
      expect(await Promise.all(exits)).toEqual([[0, null]]);
      expect(performance.now() - terminatedAtMs).toBeLessThan(3_000);
      const next = new TestJob(oftenSeconds);
      const freed = next.nextRuns(1);
      await start(next);
      await freed;
    });

    test("a run longer than the lock's lifetime keeps its lock, and never overlaps with another run", async () => {
      const job = new TestJob(oftenSeconds, async (run) => void (run === 1 && (await sleep(1_200))));
      const second = job.nextRuns(2);
      await start(job, { lockLifetimeMs: 450 });
      await start(job, { lockLifetimeMs: 450 });
      await second;
      expect(job.maxRunning).toBe(1);
    });
  });

  describeIfAvailable("intervals", () => {
    test("a shortened interval takes effect immediately", async () => {
      const rare = new TestJob(3_600);
      const first = rare.nextRuns(1);
      const before = await start(rare);
      await first;
      await before.stop();
      const frequent = new TestJob(oftenSeconds);
      const begun = frequent.nextRuns(1);
      await start(frequent);
      await begun;
    });

    test("a shortened interval takes effect even when a run that began under the longer interval ends later", async () => {
      const ending = gate();
      const rare = new TestJob(3_600, () => ending.passed);
      const first = rare.nextRuns(1);
      const before = await start(rare);
      await first;
      const frequent = new TestJob(oftenSeconds);
      const begun = frequent.nextRuns(1);
      await start(frequent);
      const stopped = before.stop();
      ending.open();
      await stopped;
      await begun;
    });
  });

  describeIfAvailable("failures", () => {
    test("a failing run is logged without secrets, and the next run still happens", async () => {
      const logger = recordingLogger();
      const job = new TestJob(oftenSeconds, async () => {
        throw new Error("no answer from smtp://ana:hunter2@mail.example");
      });
      const twice = job.nextRuns(2);
      await start(job, { logger });
      await twice;
      expect(logger.lines[0]).toEqual({
        message: "A job's run failed; the next run is not affected.",
        fields: { job: "check-triggers", error: "no answer from smtp://…@mail.example" },
      });
    });

    test("a store that is slow to save the end of a run causes no warning or error", async () => {
      const logger = recordingLogger();
      const job = new TestJob(oftenSeconds, async (run) => {
        if (run === 1) await store.block();
      });
      const second = job.nextRuns(2);
      await start(job, { logger });
      await until(() => job.begunAtMs.length === 1 && job.running === 0);
      await sleep(4 * fastPolling.pollIntervalMs); // longer than Agenda needs to finish a run
      await store.unblock();
      await second;
      expect(logger.lines).toEqual([]);
    });

    test("a dropped connection does not end the process, and the runs resume", async () => {
      const logger = recordingLogger();
      const job = new TestJob(oftenSeconds);
      const first = job.nextRuns(1);
      await start(job, { logger });
      await first;
      const next = job.nextRuns(1);
      await store.dropConnections();
      await next;
      expect(logger.lines.filter((line) => line.message.includes("does not respond")).length).toBeLessThanOrEqual(1);
    });

    test("when the connection drops before a run's result is saved, the next run does not wait for the lock's lifetime", async () => {
      const job = new TestJob(oftenSeconds, async (run) => {
        if (run === 1) {
          await store.goDown();
        }
      });
      const second = job.nextRuns(2);
      await start(job);
      await until(() => job.begunAtMs.length === 1 && job.running === 0);
      await store.comeUp();
      const backAtMs = performance.now();
      await second;
      expect(performance.now() - backAtMs).toBeLessThan(10_000);
    });

    test("while the store is unavailable the scheduler is not ready and logs it once; afterwards it resumes", async () => {
      const logger = recordingLogger();
      const job = new TestJob(oftenSeconds);
      const first = job.nextRuns(1);
      const scheduler = await start(job, { logger, lockLifetimeMs: 1_500 });
      await first;
      expect(scheduler.ready()).toBe(true);
      await store.goDown();
      await until(() => !scheduler.ready());
      const next = job.nextRuns(1);
      await store.comeUp();
      await next;
      await until(() => scheduler.ready());
      expect(logger.lines.map((line) => line.message)).toEqual([
        "The job store does not respond: jobs wait until it does.",
        "The job store responds again.",
      ]);
    });

    test("the error for a store that does not respond at the start names the store and no password", async () => {
      const url = new URL(store.jobsUrl);
      url.host = "127.0.0.1:1";
      url.username = "ana";
      url.password = "hunter2";
      const calledAtMs = performance.now();
      const starting = start(new TestJob(oftenSeconds), { jobsUrl: url.href });
      await expect(starting).rejects.toThrow(`The job store (127.0.0.1:1${url.pathname}) does not respond: `);
      await expect(starting).rejects.not.toThrow(/ana|hunter2/);
      expect(performance.now() - calledAtMs).toBeLessThan(4_000);
    });

    test("the error for a URL with an unknown scheme lists the known schemes", async () => {
      await expect(start(new TestJob(oftenSeconds), { jobsUrl: "redis://ana:hunter2@localhost" })).rejects.toThrow(
        "Jobs cannot be kept at redis://…: the URL has to begin with postgres://, postgresql://, mongodb:// or mongodb+srv://.",
      );
    });
  });

  describeIfAvailable("stopping", () => {
    test("stop waits for the run in progress without aborting it, and releases the locks and connections", async () => {
      const ending = gate();
      const job = new TestJob(oftenSeconds, () => ending.passed);
      const begun = job.nextRuns(1);
      const scheduler = await start(job);
      await begun;
      const idle = await start(job);
      let over = false;
      const stopped = scheduler.stop().then(() => {
        over = true;
      });
      expect(scheduler.ready()).toBe(false);
      await idle.stop();
      expect({ over, aborted: job.signal?.aborted }).toEqual({ over: false, aborted: false });
      ending.open();
      await stopped;
      expect(job.running).toBe(0);
      expect(await store.jobs()).toMatchObject([{ lockedAt: null }]);
      await store.whenUnused();
    });

    test("stop aborts a run that takes too long, abandons it if it still does not end, and releases its lock", async () => {
      const logger = recordingLogger();
      const ending = gate();
      const job = new TestJob(oftenSeconds, () => ending.passed);
      const begun = job.nextRuns(1);
      const scheduler = await start(job, { logger, abortAfterMs: 100, giveUpAfterMs: 100 });
      await begun;
      await scheduler.stop();
      expect(job.signal?.aborted).toBe(true);
      expect(logger.lines).toEqual([
        { message: "Runs did not end in time and are abandoned.", fields: { jobs: ["check-triggers"] } },
      ]);
      expect(await store.jobs()).toMatchObject([{ lockedAt: null }]);
      ending.open();
    });

    test("stop ends soon while the store is unavailable", async () => {
      const job = new TestJob(oftenSeconds);
      const first = job.nextRuns(1);
      const scheduler = await start(job);
      await first;
      await store.goDown();
      await until(() => !scheduler.ready());
      const calledAtMs = performance.now();
      await scheduler.stop();
      expect(performance.now() - calledAtMs).toBeLessThan(8_000);
      await store.comeUp();
    });
  });
});

test("An idle process queries for a job a few times per interval, not each time Agenda polls", async () => {
  const query = jest.spyOn(Client.prototype, "query");
  const countQueries = (what: string) =>
    query.mock.calls.filter(([given]: readonly unknown[]) => JSON.stringify(given).includes(what)).length;
  store = await createPostgresStore();
  try {
    const job = new TestJob(60);
    const first = job.nextRuns(1);
    await start(job);
    await first;
    const maintainedBefore = countQueries("clock_timestamp");
    // Agenda polls at least as often as the scheduler maintains the store's clock.
    await until(() => countQueries("clock_timestamp") > maintainedBefore + 10);
    expect(countQueries("SKIP LOCKED")).toBe(1);
  } finally {
    query.mockRestore();
    await Promise.all(schedulers.splice(0).map((scheduler) => scheduler.stop()));
    await store.remove();
  }
});
