import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startEmbeddedPostgres } from "../src/database/embedded/embedded-postgres.js";
import { migrate } from "../src/database/migrate.js";
import { createLogger } from "../src/logger.js";
import { openOrm } from "../src/orm.js";

/** A database for one measurement, with the program's schema and PostgreSQL's default durability. */
export interface BenchDatabase {
  readonly url: string;
  /** For seeding and checking; one at a time. */
  query<Row>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/**
 * Starts an embedded PostgreSQL (fsync on) in a temporary directory and migrates it. Settings are the server's defaults,
 * except that checkpoints are triggered by time rather than by volume, which suits short runs.
 */
export async function openBenchDatabase(): Promise<BenchDatabase> {
  const directory = await mkdtemp(join(tmpdir(), "afterchat-bench-"));
  const server = await startEmbeddedPostgres({
    directory: join(directory, "postgres"),
    logger: createLogger("error"),
    durability: "full",
  });
  const orm = await openOrm(server.url, 2);
  await migrate(orm);
  await orm.close();
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query("ALTER SYSTEM SET max_wal_size = '4GB'");
  await client.query("SELECT pg_reload_conf()");
  const close = async (): Promise<void> => {
    process.off("SIGINT", breakOff).off("SIGTERM", breakOff);
    await client.end();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
  // The server runs detached: without this, an interrupted measurement would leave it behind.
  const breakOff = (): void => void close().finally(() => process.exit(1));
  process.on("SIGINT", breakOff).on("SIGTERM", breakOff);
  return {
    url: server.url,
    query: async <Row>(text: string, parameters: readonly unknown[] = []) =>
      (await client.query(text, [...parameters])).rows as Row[],
    close,
  };
}

/** Vacuums and checkpoints now, so that neither happens in the middle of a round. */
export async function settle(database: BenchDatabase): Promise<void> {
  await database.query("VACUUM (ANALYZE)");
  await database.query("CHECKPOINT");
}
