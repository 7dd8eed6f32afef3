import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type JobStore, openJobStore } from "../../src/jobs/job-store.js";
import { createMongoStore, type TestedMongoStore } from "./tested-stores.js";

const describeIfAvailable = process.env.TEST_MONGO_URL === undefined ? describe.skip : describe;
const job = { name: "check-triggers", type: "single", priority: 0, data: {}, repeatInterval: 5_000 } as const;
const due = new Date("2026-01-01T00:00:00Z");

let tested: TestedMongoStore;
const opened: JobStore[] = [];

describeIfAvailable("The job store on MongoDB", () => {
  beforeEach(async () => {
    tested = await createMongoStore();
  });

  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    await tested.remove();
  });

  async function open(jobsUrl = tested.jobsUrl): Promise<JobStore> {
    const store = await openJobStore({ jobsUrl, processName: "a", onConnectionError: () => {} });
    opened.push(store);
    return store;
  }

  test("concurrent first starts store each job once", async () => {
    const stores = await Promise.all([open(), open(), open()]);
    const saved = await Promise.all(
      stores.map(({ repository }) => repository.saveJob({ ...job, nextRunAt: due }, undefined)),
    );
    expect(await tested.jobs()).toHaveLength(1);
    expect(new Set(saved.map(({ _id }) => _id)).size).toBe(1);
    await expect(tested.collection.insertOne({ ...job, lockedAt: null } as never)).rejects.toThrow("duplicate key");
  });

  test("of jobs stored several times before the index existed, only the oldest is kept", async () => {
    const duplicates = [1, 2, 3].map(() => ({ ...job, lockedAt: null, nextRunAt: due }));
    const { insertedIds } = await tested.collection.insertMany([
      ...duplicates,
      { ...job, name: "deliver-due", lockedAt: null, nextRunAt: due },
    ] as never);
    await Promise.all([open(), open()]);
    const left = await tested.collection.find().sort({ _id: 1 }).toArray();
    expect(left.map(({ _id }) => _id)).toEqual([insertedIds[0], insertedIds[3]]);
  });

  test("a starting process keeps the lock and the next run of an existing job", async () => {
    const { repository } = await open();
    await repository.saveJob({ ...job, nextRunAt: due }, undefined);
    const now = new Date(due.getTime() + 1_000);
    const locked = await repository.getNextJobToRun(job.name, now, due, now, undefined);
    expect(locked).toMatchObject({ name: job.name, lockedAt: now });
    const another = await open();
    const again = await another.repository.saveJob({ ...job, repeatInterval: 1_000, nextRunAt: now }, undefined);
    expect(again.nextRunAt).toEqual(due);
    expect(await tested.collection.findOne()).toMatchObject({ repeatInterval: 1_000, lockedAt: now, nextRunAt: due });
  });

  test("a URL without a database name uses the database afterchat", async () => {
    const url = new URL(tested.jobsUrl);
    url.host = "127.0.0.1:1";
    url.pathname = "/";
    await expect(open(url.href)).rejects.toThrow("The job store (127.0.0.1:1/afterchat) does not respond: ");
  });

  test("the error for an unreachable replica set names its hosts, without user and password", async () => {
    const starting = open("mongodb://ana:hunter2@127.0.0.1:1,127.0.0.1:2/jobs?replicaSet=rs");
    await expect(starting).rejects.toThrow("The job store (127.0.0.1:1,127.0.0.1:2/jobs) does not respond: ");
    await expect(starting).rejects.not.toThrow(/ana|hunter2/);
  });

  test("the error for a URL that the driver cannot parse does not repeat the URL", async () => {
    const starting = open("mongodb://ana:hunter/2@localhost:27017:1/jobs");
    await expect(starting).rejects.toThrow("user and password percent-encoded");
    await expect(starting).rejects.not.toThrow("hunter");
  });
});
