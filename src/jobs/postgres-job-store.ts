/** The job store on PostgreSQL: Agenda's table, created once, and the few statements that Agenda does not offer. */
import { createHash } from "node:crypto";
import {
  getCreateIndexesSQL,
  getCreateTableSQL,
  getUpdateTimestampTriggerSQL,
  PostgresJobRepository,
} from "@agendajs/postgres-backend";
import { Pool } from "pg";
import { z } from "zod";
import { describeError } from "../logger.js";
import type { JobStore, JobStoreOptions } from "./job-store.js";

const table = "agenda_jobs";
const nowRow = z.object({ now: z.date() });

/** See `openJobStore`. */
export async function openPostgresJobStore(options: JobStoreOptions): Promise<JobStore> {
  const pool = new Pool({
    connectionString: options.jobsUrl,
    application_name: `afterchat jobs ${options.processName}`,
    max: 3,
    keepAlive: true,
    // A database that is reachable but does not respond must not accumulate statements without end.
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
  });
  // Without a listener, an idle connection that breaks would end the process.
  pool.on("error", options.onConnectionError);
  try {
    await createSchemaOnce(pool);
  } catch (error) {
    await pool.end();
    throw new Error(`The job store (${whereIs(options.jobsUrl)}) does not respond: ${describeError(error)}`, {
      cause: error,
    });
  }
  return {
    repository: new PostgresJobRepository({ pool, tableName: table, ensureSchema: false }),
    async now() {
      const { rows } = await pool.query("SELECT clock_timestamp() AS now");
      return nowRow.parse(rows[0]).now;
    },
    async bringForward(jobName, latest) {
      const { rowCount } = await pool.query(
        `UPDATE ${table} SET next_run_at = LEAST(next_run_at, $2) WHERE name = $1 AND locked_at IS NULL`,
        [jobName, latest],
      );
      return rowCount === 1;
    },
    async renewLock(lock, lockedAt) {
      const { rowCount } = await pool.query(`UPDATE ${table} SET locked_at = $3 WHERE name = $1 AND locked_at = $2`, [
        lock.jobName,
        lock.lockedAt,
        lockedAt,
      ]);
      return rowCount === 1;
    },
    async releaseLocks(locks) {
      await pool.query(
        `UPDATE ${table} AS job SET locked_at = NULL FROM unnest($1::text[], $2::timestamptz[]) AS lock (name, locked_at)
         WHERE job.name = lock.name AND job.locked_at = lock.locked_at`,
        [locks.map((lock) => lock.jobName), locks.map((lock) => lock.lockedAt)],
      );
    },
    async close() {
      await pool.end();
    },
  };
}

/**
 * Agenda's own schema statements fail when two processes run them concurrently ("tuple concurrently updated"), so they
 * run under an advisory lock. They also replace a trigger, which waits for every reader of the table (a backup, say) while
 * all jobs wait behind it: the table's comment records the schema version, and an up-to-date table is left alone.
 */
async function createSchemaOnce(pool: Pool): Promise<void> {
  const statements = [getCreateTableSQL(table), ...getCreateIndexesSQL(table), getUpdateTimestampTriggerSQL(table)];
  const schema = `agenda ${createHash("sha256").update(statements.join("\n")).digest("hex").slice(0, 16)}`;
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await client.query("SELECT pg_advisory_xact_lock(hashtextextended('afterchat jobs schema', 0))");
    const { rows } = await client.query("SELECT obj_description(to_regclass($1), 'pg_class') = $2 AS made", [
      table,
      schema,
    ]);
    if (!z.object({ made: z.boolean().nullable() }).parse(rows[0]).made) {
      // On a second connection, so that each statement commits as Agenda expects; the first only holds the lock.
      await new PostgresJobRepository({ pool, tableName: table, ensureSchema: true }).connect();
      await client.query(`COMMENT ON TABLE ${table} IS '${schema}'`);
    }
    await client.query("COMMIT");
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}

function whereIs(jobsUrl: string): string {
  if (!URL.canParse(jobsUrl)) return "at a URL that cannot be read";
  const { host, pathname } = new URL(jobsUrl);
  return `${host}${pathname}`;
}
