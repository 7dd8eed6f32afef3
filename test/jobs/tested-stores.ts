import { setTimeout as sleep } from "node:timers/promises";
import { MongoClient, type ObjectId } from "mongodb";
import { Client } from "pg";
import { TcpProxy } from "../support/fakes/tcp-proxy.js";
import { createTestDatabase } from "../support/services/test-database.js";

interface StoredJob {
  readonly name: string;
  readonly lockedAt: Date | null;
}

/** A store for one test, and ways to disturb it while a scheduler uses it. */
export interface TestedStore {
  readonly jobsUrl: string;
  jobs(): Promise<readonly StoredJob[]>;
  /** Delays every answer about jobs until `unblock`. */
  block(): Promise<void>;
  unblock(): Promise<void>;
  /** Ends the scheduler's connections, as a restart of the server does. */
  dropConnections(): Promise<void>;
  /** Ends the scheduler's connections and refuses new ones until `comeUp`. */
  goDown(): Promise<void>;
  comeUp(): Promise<void>;
  /** Resolves once no scheduler is connected. */
  whenUnused(): Promise<void>;
  remove(): Promise<void>;
}

export async function createPostgresStore(): Promise<TestedStore> {
  const database = await createTestDatabase();
  const name = new URL(database.url).pathname.slice(1);
  const own = new Client({ connectionString: database.url });
  await own.connect();
  const admin = new Client({ connectionString: process.env.TEST_DATABASE_URL });
  await admin.connect();
  const connections = "pg_stat_activity WHERE datname = $1 AND application_name LIKE 'afterchat jobs%'";
  const dropConnections = async () =>
    void (await admin.query(`SELECT pg_terminate_backend(pid) FROM ${connections}`, [name]));
  return {
    jobsUrl: database.url,
    jobs: async () => (await own.query('SELECT name, locked_at AS "lockedAt" FROM agenda_jobs')).rows,
    async block() {
      await own.query("BEGIN");
      await own.query("LOCK TABLE agenda_jobs");
    },
    unblock: async () => void (await own.query("COMMIT")),
    dropConnections,
    async goDown() {
      await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      await dropConnections();
    },
    async comeUp() {
      await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    },
    async whenUnused() {
      while ((await admin.query(`SELECT 1 FROM ${connections}`, [name])).rowCount !== 0) await sleep(10);
    },
    async remove() {
      await own.end();
      await admin.end();
      await database.drop();
    },
  };
}

export interface TestedMongoStore extends TestedStore {
  readonly collection: ReturnType<typeof jobsOf>;
}

const jobsOf = (client: MongoClient) =>
  client.db().collection<StoredJob & { readonly _id: ObjectId; readonly type: string }>("agenda_jobs");

/** The schedulers reach the server through a proxy, so that only they lose it. */
export async function createMongoStore(): Promise<TestedMongoStore> {
  const url = new URL(process.env.TEST_MONGO_URL ?? "");
  url.pathname = `/jobs_${process.pid}_${Date.now()}`;
  url.searchParams.set("directConnection", "true");
  if (url.username !== "" && !url.searchParams.has("authSource")) url.searchParams.set("authSource", "admin");
  const client = await MongoClient.connect(url.href);
  const proxy = await TcpProxy.start({ host: url.hostname, port: Number(url.port || 27_017) });
  url.host = `127.0.0.1:${proxy.port}`;
  const collection = jobsOf(client);
  return {
    jobsUrl: url.href,
    collection,
    jobs: async () =>
      (await collection.find().toArray()).map(({ name, lockedAt }) => ({ name, lockedAt: lockedAt ?? null })),
    block: async () => proxy.pause(),
    unblock: async () => proxy.resume(),
    dropConnections: async () => proxy.dropConnections(),
    goDown: () => proxy.stop(),
    comeUp: () => proxy.listen(),
    async whenUnused() {
      while (proxy.busy) await sleep(10);
    },
    async remove() {
      await proxy.stop();
      await client.db().dropDatabase();
      await client.close();
    },
  };
}
