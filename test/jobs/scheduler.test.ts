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

/** The program's jobs come every second or more seldom, and are looked for every half second; here all goes faster. */
const often = 0.1;
const haste = { pollIntervalMs: 50, maintainIntervalMs: 100 } as const;
/** Long enough that a busy machine renews it in time. */
const childLockLifetimeMs = 900;

let store: TestedStore;
const schedulers: Scheduler[] = [];
const children: ChildProcess[] = [];

/** A log that keeps its lines. */
function keptLog(): Logger & { readonly lines: readonly { message: string; fields: unknown }[] } {
  const lines: { message: string; fields: unknown }[] = [];
  const keep = (message: string, fields?: unknown) => void lines.push({ message, fields });
  return { lines, debug: keep, info: keep, warn: keep, error: keep };
}

/** A job that tells of its runs, and does in each what it is told to. */
class ToldJob implements RecurringJob {
  readonly name = "check-triggers";
  readonly begunAtMs: number[] = [];
  signal: AbortSignal | undefined;
  running = 0;
  maxRunning = 0;
  readonly #events = new EventEmitter();

  constructor(
    readonly everySeconds: number,
    readonly doing: (run: number) => Promise<void> = async () => {},
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    this.signal = signal;
    this.begunAtMs.push(performance.now());
    this.running += 1;
    this.maxRunning = Math.max(this.maxRunning, this.running);
    this.#events.emit("begun");
    try {
      await this.doing(this.begunAtMs.length);
    } finally {
      this.running -= 1;
    }
  }

  /** Resolves when `count` further runs have begun. */
  async further(count: number): Promise<void> {
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
    logger: keptLog(),
    ...haste,
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
 * Another process with the same job, whose clock is off by `clockMs`. It writes "started" and, when its first run begins,
 * "begun"; that run goes on until SIGTERM, which also makes the process stop.
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
    const told = new Promise((resolve) => { process.once("SIGTERM", resolve); });
    const run = async () => {
      console.log("begun");
      await told;
    };
    const scheduler = await startScheduler({
      jobsUrl: process.env.JOBS_URL, processName: "child ${clockMs}",
      jobs: [{ name: "check-triggers", everySeconds: ${often}, run }],
      logger: { debug: silent, info: silent, warn: silent, error: silent },
      lockLifetimeMs: ${childLockLifetimeMs}, ...${JSON.stringify(haste)},
    });
    console.log("started");
    await told;
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

const mongoIsHere = process.env.TEST_MONGO_URL !== undefined; // the global setup says why when it is not

describe.each([
  { name: "PostgreSQL", create: createPostgresStore, describeHere: describe },
  { name: "MongoDB", create: createMongoStore, describeHere: mongoIsHere ? describe : describe.skip },
])("Jobs on $name:", ({ create, describeHere }) => {
  beforeEach(async () => {
    store = await create();
  });

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await Promise.all(schedulers.splice(0).map((scheduler) => scheduler.stop()));
    await store.remove();
  });

  describeHere("several processes", () => {
    test("three processes starting at once leave one row per job and share its interval", async () => {
      const job = new ToldJob(0.3);
      const runs = job.further(3);
      await Promise.all([start(job), start(job, { processName: "b" }), start(job, { processName: "c" })]);
      expect(await store.jobs()).toMatchObject([{ name: "check-triggers" }]);
      await runs;
      // Each by itself, the three would run within the first interval. On a busy machine a single run may come late.
      const [firstMs = 0, , thirdMs = 0] = job.begunAtMs;
      expect(thirdMs - firstMs).toBeGreaterThan(300);
      expect(await store.jobs()).toHaveLength(1);
    });

    test("processes whose clocks are a minute fast and slow wait for a run in hand, and then have their turn; an orphaned lock of a killed process is taken over after the lock's lifetime; after stop nothing keeps a process alive", async () => {
      const ending = gate();
      const job = new ToldJob(often, () => ending.passed);
      const begun = job.further(1);
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
      // It was renewed when a third of it was over, a third of it ago at most.
      expect(performance.now() - killedAtMs).toBeGreaterThan(200);
      expect(performance.now() - killedAtMs).toBeLessThan(5_000);

      const exits = others.map(async (child) => await once(child.process, "exit"));
      const toldAtMs = performance.now();
      for (const child of others) child.process.kill("SIGTERM");
      expect(await Promise.all(exits)).toEqual([[0, null]]);
      expect(performance.now() - toldAtMs).toBeLessThan(3_000);
      const next = new ToldJob(often);
      const freed = next.further(1);
      await start(next);
      await freed;
    });

    test("a run longer than the lock's lifetime keeps its lock, and never overlaps with another", async () => {
      const job = new ToldJob(often, async (run) => void (run === 1 && (await sleep(1_200))));
      const second = job.further(2);
      await start(job, { lockLifetimeMs: 450 });
      await start(job, { lockLifetimeMs: 450 });
      await second;
      expect(job.maxRunning).toBe(1);
    });
  });

  describeHere("intervals", () => {
    test("a shortened interval takes effect at once", async () => {
      const rare = new ToldJob(3_600);
      const first = rare.further(1);
      const before = await start(rare);
      await first;
      await before.stop();
      const frequent = new ToldJob(often);
      const begun = frequent.further(1);
      await start(frequent);
      await begun;
    });

    test("a shortened interval takes effect even when a run begun under the longer one ends after it", async () => {
      const ending = gate();
      const rare = new ToldJob(3_600, () => ending.passed);
      const first = rare.further(1);
      const before = await start(rare);
      await first;
      const frequent = new ToldJob(often);
      const begun = frequent.further(1);
      await start(frequent);
      const stopped = before.stop();
      ending.open();
      await stopped;
      await begun;
    });
  });

  describeHere("trouble", () => {
    test("a failing run is logged without secrets, and the next one still comes", async () => {
      const logger = keptLog();
      const job = new ToldJob(often, async () => {
        throw new Error("no answer from smtp://ana:hunter2@mail.example");
      });
      const twice = job.further(2);
      await start(job, { logger });
      await twice;
      expect(logger.lines[0]).toEqual({
        message: "A job's run failed; the next run is not affected.",
        fields: { job: "check-triggers", error: "no answer from smtp://…@mail.example" },
      });
    });

    test("a store that takes its time to store a run's end is no trouble", async () => {
      const logger = keptLog();
      const job = new ToldJob(often, async (run) => {
        if (run === 1) await store.keepWaiting();
      });
      const second = job.further(2);
      await start(job, { logger });
      await until(() => job.begunAtMs.length === 1 && job.running === 0);
      await sleep(4 * haste.pollIntervalMs); // longer than Agenda takes to look after a run
      await store.goOn();
      await second;
      expect(logger.lines).toEqual([]);
    });

    test("a dropped connection does not end the process, and the runs resume", async () => {
      const logger = keptLog();
      const job = new ToldJob(often);
      const first = job.further(1);
      await start(job, { logger });
      await first;
      const next = job.further(1);
      await store.dropConnections();
      await next;
      expect(logger.lines.filter((line) => line.message.includes("does not respond")).length).toBeLessThanOrEqual(1);
    });

    test("a run whose result met a dropped connection is followed by the next, not only after the lock's lifetime", async () => {
      const job = new ToldJob(often, async (run) => {
        if (run === 1) {
          await store.leave();
        }
      });
      const second = job.further(2);
      await start(job);
      await until(() => job.begunAtMs.length === 1 && job.running === 0);
      await store.comeBack();
      const backAtMs = performance.now();
      await second;
      expect(performance.now() - backAtMs).toBeLessThan(10_000);
    });

    test("while the store is away the scheduler is not ready and says so once; then it goes on", async () => {
      const logger = keptLog();
      const job = new ToldJob(often);
      const first = job.further(1);
      const scheduler = await start(job, { logger, lockLifetimeMs: 1_500 });
      await first;
      expect(scheduler.ready()).toBe(true);
      await store.leave();
      await until(() => !scheduler.ready());
      const next = job.further(1);
      await store.comeBack();
      await next;
      await until(() => scheduler.ready());
      expect(logger.lines.map((line) => line.message)).toEqual([
        "The job store does not respond: jobs wait until it does.",
        "The job store responds again.",
      ]);
    });

    test("a store that does not respond at the start is an error that names the store and no password", async () => {
      const url = new URL(store.jobsUrl);
      url.host = "127.0.0.1:1";
      url.username = "ana";
      url.password = "hunter2";
      const askedAtMs = performance.now();
      const starting = start(new ToldJob(often), { jobsUrl: url.href });
      await expect(starting).rejects.toThrow(`The job store (127.0.0.1:1${url.pathname}) does not respond: `);
      await expect(starting).rejects.not.toThrow(/ana|hunter2/);
      expect(performance.now() - askedAtMs).toBeLessThan(4_000);
    });

    test("a URL of an unknown scheme is an error that lists the known ones", async () => {
      await expect(start(new ToldJob(often), { jobsUrl: "redis://ana:hunter2@localhost" })).rejects.toThrow(
        "Jobs cannot be kept at redis://…: the URL has to begin with postgres://, postgresql://, mongodb:// or mongodb+srv://.",
      );
    });
  });

  describeHere("stopping", () => {
    test("stop waits for the run in hand, unaborted, and releases the locks and connections", async () => {
      const ending = gate();
      const job = new ToldJob(often, () => ending.passed);
      const begun = job.further(1);
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

    test("stop aborts a run that takes too long, gives it up when that does not help, and releases its lock", async () => {
      const logger = keptLog();
      const ending = gate();
      const job = new ToldJob(often, () => ending.passed);
      const begun = job.further(1);
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

    test("stop ends soon while the store is away", async () => {
      const job = new ToldJob(often);
      const first = job.further(1);
      const scheduler = await start(job);
      await first;
      await store.leave();
      await until(() => !scheduler.ready());
      const askedAtMs = performance.now();
      await scheduler.stop();
      expect(performance.now() - askedAtMs).toBeLessThan(8_000);
      await store.comeBack();
    });
  });
});

test("An idle process looks for a job a few times in its interval, and not each time that Agenda asks", async () => {
  const query = jest.spyOn(Client.prototype, "query");
  const asked = (what: string) =>
    query.mock.calls.filter(([given]: readonly unknown[]) => JSON.stringify(given).includes(what)).length;
  store = await createPostgresStore();
  try {
    const job = new ToldJob(60);
    const first = job.further(1);
    await start(job);
    await first;
    const tendedBefore = asked("clock_timestamp");
    // Agenda asks at least as often as the scheduler tends the store's clock.
    await until(() => asked("clock_timestamp") > tendedBefore + 10);
    expect(asked("SKIP LOCKED")).toBe(1);
  } finally {
    query.mockRestore();
    await Promise.all(schedulers.splice(0).map((scheduler) => scheduler.stop()));
    await store.remove();
  }
});
