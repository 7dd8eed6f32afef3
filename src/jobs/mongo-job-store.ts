/** The job store on MongoDB 4.4 or later: Agenda's documents, one per job by a unique index, and what Agenda does not offer. */
import { MongoJobRepository } from "@agendajs/mongo-backend";
import { type JobParameters, type JobRepository, toJobId } from "agenda";
import { type Collection, MongoClient, MongoServerError, ObjectId } from "mongodb";
import { z } from "zod";
import { describeError } from "../logger.js";
import type { JobStore, JobStoreOptions } from "./job-store.js";

/** Not Agenda's default name, so that other programs that use Agenda can share the database. */
const collectionName = "agenda_jobs";
/** Used when the URL names no database; the driver's default would be "test". */
const defaultDatabase = "afterchat";
const oneJobPerName = "one_job_per_name";
const duplicateKey = 11_000;

const helloReply = z.object({ localTime: z.date() });
const storedJob = z.object({ _id: z.instanceof(ObjectId), nextRunAt: z.date().nullable() });

type Jobs = Collection<StoredJob>;
type SaveOptions = Parameters<JobRepository["saveJob"]>[1];

/** The fields of Agenda's documents that this file reads and writes. */
interface StoredJob {
  readonly _id: ObjectId;
  readonly name: string;
  readonly type: string;
  readonly lockedAt: Date | null;
  readonly nextRunAt: Date | null;
}

/** See `openJobStore`. */
export async function openMongoJobStore(options: JobStoreOptions): Promise<JobStore> {
  const client = createClient(options);
  const database = client.db(namesDatabase(options.jobsUrl) ? undefined : defaultDatabase);
  const jobs: Jobs = database.collection(collectionName);
  const repository = new MongoJobRepository({
    mongo: database,
    db: { collection: collectionName },
    ensureIndex: false, // for many jobs; here the unique one finds the few there are
  });
  let reachable = true;
  client.on("topologyDescriptionChanged", ({ newDescription }) => {
    reachable = [...newDescription.servers.values()].some(({ type }) => type !== "Unknown");
  });
  try {
    await client.connect();
    await createIndexOnce(jobs);
    await repository.connect();
  } catch (error) {
    await client.close();
    const where = `${whereIs(client)}/${database.databaseName}`;
    throw new Error(`The job store (${where}) does not respond: ${describeError(error)}`, { cause: error });
  }
  const saveJob = async (job: JobParameters, saveOptions: SaveOptions) => await saveRecurring(jobs, job, saveOptions);
  return {
    repository: Object.assign(repository, { saveJob }),
    async now() {
      // The primary's clock: a command without options goes there. `$$NOW` would need a document to be written to.
      return helloReply.parse(await database.command({ hello: 1 })).localTime;
    },
    async bringForward(jobName, latest) {
      const { matchedCount } = await jobs.updateOne({ name: jobName, lockedAt: null }, { $min: { nextRunAt: latest } });
      return matchedCount === 1;
    },
    async renewLock({ jobName, lockedAt: heldSince }, lockedAt) {
      const { matchedCount } = await jobs.updateOne({ name: jobName, lockedAt: heldSince }, { $set: { lockedAt } });
      return matchedCount === 1;
    },
    async releaseLocks(locks) {
      // Called twice while stopping, which must not wait for an unreachable server; otherwise `now` is called first and waits.
      if (!reachable) throw new Error(`no server at ${whereIs(client)} can be reached`);
      const held = locks.map(({ jobName, lockedAt }) => ({ name: jobName, lockedAt }));
      if (held.length > 0) await jobs.updateMany({ $or: held }, { $set: { lockedAt: null } });
    },
    async close() {
      await client.close();
    },
  };
}

/** Time-outs as short as for PostgreSQL: commands are few and small, and an outage is reported within seconds. */
function createClient({ jobsUrl, processName }: JobStoreOptions): MongoClient {
  try {
    return new MongoClient(jobsUrl, {
      appName: `afterchat jobs ${processName}`,
      maxPoolSize: 3,
      // How long a command waits for a server, and so how long each command of a stop may wait while there is none.
      serverSelectionTimeoutMS: 2_000,
      connectTimeoutMS: 5_000,
      socketTimeoutMS: 5_000,
      waitQueueTimeoutMS: 5_000,
      heartbeatFrequencyMS: 5_000,
    });
  } catch {
    // The driver's message may contain the URL, including the password.
    throw new Error(
      "MongoDB's driver cannot parse the job store's URL: use mongodb://user:password@host:port/database, with user and password percent-encoded.",
    );
  }
}

function namesDatabase(jobsUrl: string): boolean {
  return /^[^/]+\/\/[^/?]+\/[^?]/.test(jobsUrl);
}

function whereIs({ options }: MongoClient): string {
  return options.srvHost ?? options.hosts.map((host) => host.toString()).join(",");
}

/**
 * With the index, Agenda's upsert by name and type creates one document when several processes start concurrently: the
 * server retries the upsert that lost. Creating the index again has no effect. Duplicates in a collection without it
 * (restored without indexes, say) prevent its creation: the oldest document is kept.
 */
async function createIndexOnce(jobs: Jobs): Promise<void> {
  const tries = 3; // duplicates may come between the removal and the index
  for (let attempt = 1; ; attempt += 1) {
    await removeDuplicates(jobs);
    try {
      await jobs.createIndex({ name: 1, type: 1 }, { unique: true, name: oneJobPerName });
      return;
    } catch (error) {
      if (attempt === tries || !isDuplicateKey(error)) throw error;
    }
  }
}

async function removeDuplicates(jobs: Jobs): Promise<void> {
  const known = new Set<string>();
  const duplicates: ObjectId[] = [];
  for await (const { _id, name, type } of jobs.find().sort({ _id: 1 })) {
    const identity = JSON.stringify([name, type]);
    if (known.has(identity)) duplicates.push(_id);
    known.add(identity);
  }
  if (duplicates.length > 0) await jobs.deleteMany({ _id: { $in: duplicates } });
}

/**
 * What `every` stores when a process starts. Agenda's own (MongoJobRepository.saveJob in 4.0.3) would release the lock of
 * a run in progress in another process, and move its next run by this process's clock.
 */
async function saveRecurring(jobs: Jobs, job: JobParameters, options: SaveOptions): Promise<JobParameters> {
  const { _id, nextRunAt, unique, uniqueOpts, ...definition } = job;
  const upsert = async () =>
    await jobs.findOneAndUpdate(
      { name: job.name, type: "single" },
      {
        $set: { ...definition, lastModifiedBy: options?.lastModifiedBy ?? null },
        $setOnInsert: { nextRunAt, lockedAt: null },
      },
      { upsert: true, returnDocument: "after" },
    );
  const stored = await upsert().catch(async (error) => {
    if (!isDuplicateKey(error)) throw error;
    return await upsert(); // the other process's is there now
  });
  const { _id: id, nextRunAt: storedNextRunAt } = storedJob.parse(stored);
  return { ...job, _id: toJobId(id.toHexString()), nextRunAt: storedNextRunAt };
}

function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === duplicateKey;
}
