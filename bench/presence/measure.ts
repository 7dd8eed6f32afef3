import { randomUUID } from "node:crypto";
import { performance } from "node:perf_hooks";
import pg from "pg";
import { startWithoutJobs } from "../app-without-jobs.js";
import { type BenchDatabase, openBenchDatabase, settle } from "../database.js";
import type { MeasureOptions, Report } from "../report.js";
import { type Contender, measureInRounds } from "../rounds.js";

const forms = { short: { people: 1_000, rounds: 3 }, full: { people: 5_000, rounds: 9 } } as const;
const batchRows = 500;

type Figure = "connect" | "disconnect" | "pair";

/**
 * The database's work when visitors with an open conversation connect and disconnect again, in microseconds per visitor,
 * compared with a raw contender that writes the same rows in batches of 500 without any checks.
 */
export async function measure({ form }: MeasureOptions): Promise<Report> {
  const { people, rounds } = forms[form];
  const database = await openBenchDatabase();
  try {
    const visitorIds = await seed(database, people);
    const raw = await openRaw(database, visitorIds);
    const own = await openProgram(database, visitorIds);
    try {
      const contenders = [raw.contender, own.contender];
      for (const contender of contenders) await contender.measure();
      await settle(database);
      const standings = await measureInRounds(contenders, rounds);
      return {
        title: `${people} visitors connect and disconnect: microseconds a visitor, medians of ${rounds} rounds`,
        columns: ["", "connect", "disconnect", "the pair", "errors"],
        rows: standings.map(({ contender, figures: { connect, disconnect, pair }, errors }) => [
          contender,
          connect,
          disconnect,
          pair,
          errors,
        ]),
        goals: [
          { what: "microseconds a pair", value: standings[1]?.figures.pair ?? Number.NaN, bound: { atMost: 20 } },
        ],
      };
    } finally {
      await own.close();
      await raw.close();
    }
  } finally {
    await database.close();
  }
}

interface Opened {
  readonly contender: Contender<Figure>;
  close(): Promise<void>;
}

async function openProgram(database: BenchDatabase, visitorIds: readonly string[]): Promise<Opened> {
  const app = await startWithoutJobs(database.url);
  const { presence } = app.services;
  return {
    contender: {
      name: "Afterchat",
      measure: () =>
        measurePair(
          database,
          visitorIds,
          async (connections) => {
            for (const [id, visitorId] of connections) {
              presence.open(id, { kind: "visitor", visitorId, sessionId: id, guestOf: null });
            }
            await presence.flush();
          },
          async (connections) => {
            for (const id of connections.keys()) presence.close(id);
            await presence.flush();
          },
        ),
    },
    close: () => app.stop(),
  };
}

async function openRaw(database: BenchDatabase, visitorIds: readonly string[]): Promise<Opened> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const processId = randomUUID();
  const inBatches = async (rows: readonly (readonly [string, string])[], name: string, text: string): Promise<void> => {
    for (let from = 0; from < rows.length; from += batchRows) {
      const batch = rows.slice(from, from + batchRows);
      const values = [batch.map(([id]) => id), batch.map(([, visitorId]) => visitorId), processId];
      await client.query({ name, text, values });
    }
  };
  return {
    contender: {
      name: "raw, batches of 500",
      measure: () =>
        measurePair(
          database,
          visitorIds,
          (connections) =>
            inBatches(
              [...connections],
              "raw-connect",
              `WITH opened AS (INSERT INTO connections (id, process_id, visitor_id, opened_at)
                SELECT id, $3, visitor_id, now() FROM unnest($1::uuid[], $2::uuid[]) AS opened (id, visitor_id))
              UPDATE visitors SET connected = true WHERE id = ANY ($2::uuid[])`,
            ),
          (connections) =>
            inBatches(
              [...connections],
              "raw-disconnect",
              `WITH closed AS (DELETE FROM connections WHERE id = ANY ($1::uuid[]) AND process_id = $3)
              UPDATE visitors SET connected = false, departed_at = now() WHERE id = ANY ($2::uuid[])`,
            ),
        ),
    },
    close: () => client.end(),
  };
}

type Connections = ReadonlyMap<string, string>;

/** Counts visitors who are not stored as connected in between, or still are at the end. */
async function measurePair(
  database: BenchDatabase,
  visitorIds: readonly string[],
  connect: (connections: Connections) => Promise<void>,
  disconnect: (connections: Connections) => Promise<void>,
): Promise<{ readonly errors: number; readonly figures: Record<Figure, number> }> {
  const connections = new Map(visitorIds.map((visitorId) => [randomUUID() as string, visitorId]));
  const timed = async (work: (connections: Connections) => Promise<void>): Promise<number> => {
    const begunMs = performance.now();
    await work(connections);
    return ((performance.now() - begunMs) * 1000) / visitorIds.length;
  };
  const connectMicroseconds = await timed(connect);
  const missing = visitorIds.length - (await countConnected(database));
  const disconnectMicroseconds = await timed(disconnect);
  const left = await countConnected(database);
  return {
    errors: missing + left,
    figures: {
      connect: connectMicroseconds,
      disconnect: disconnectMicroseconds,
      pair: connectMicroseconds + disconnectMicroseconds,
    },
  };
}

async function countConnected(database: BenchDatabase): Promise<number> {
  const [row] = await database.query<{ count: string }>(
    "SELECT count(*) FROM visitors WHERE connected AND id IN (SELECT visitor_id FROM connections)",
  );
  return Number(row?.count);
}

async function seed(database: BenchDatabase, people: number): Promise<string[]> {
  await database.query(
    `WITH visitor AS (
      INSERT INTO visitors (id, created_at) SELECT gen_random_uuid(), now() FROM generate_series(1, $1::integer) RETURNING id
    ) INSERT INTO conversations (id, visitor_id, channel, started_at, last_activity_at)
      SELECT gen_random_uuid(), id, 'web', now(), now() FROM visitor`,
    [people],
  );
  return (await database.query<{ id: string }>("SELECT id FROM visitors")).map((row) => row.id);
}
