import { access } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import pg from "pg";
import { startApp } from "../../../src/app.js";
import { startEmbeddedPostgres } from "../../../src/database/embedded/embedded-postgres.js";
import { createLogger } from "../../../src/logger.js";
import { openDatabase } from "../../../src/orm.js";
import { makeDataDirectory } from "../../support/app/data-directory.js";
import { Program } from "../../support/app/program.js";
import { createMigratedDatabase } from "../../support/services/migrated-database.js";
import { createTestDatabase, type TestDatabase } from "../../support/services/test-database.js";

// Starting a program and a server is slow on a busy machine.
jest.setTimeout(60_000);

const logger = createLogger("silent");
const addMigration = "INSERT INTO mikro_orm_migrations (name) VALUES ('2026-11-22-inbound')";
const readEverything = `SELECT
  (SELECT json_agg(relname ORDER BY oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace) AS relations,
  (SELECT json_agg(migrations ORDER BY id) FROM mikro_orm_migrations migrations) AS migrations`;

let database: TestDatabase;
let directory: Awaited<ReturnType<typeof makeDataDirectory>>;

beforeAll(async () => {
  database = await createMigratedDatabase();
  directory = await makeDataDirectory();
});

afterAll(async () => {
  await Program.killAll();
  await database?.drop();
  await directory?.remove();
});

async function ask(url: string, statement: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

describe("A database created by another version of Afterchat", () => {
  test("is refused at the start in one sentence, and left unchanged", async () => {
    await ask(database.url, addMigration);
    const before = await ask(database.url, readEverything);
    const program = await Program.launch({
      DATABASE_URL: database.url,
      APP_SECRET: "a secret of the tests that is long enough",
      LOG_LEVEL: "warn",
    });
    expect(await program.ended()).toMatchObject({ code: 1 });
    expect(program.output).toBe(
      "Afterchat could not start. The database of DATABASE_URL was made by another version of Afterchat (migration 2026-11-22-inbound is unknown to this version): set DATABASE_URL to an empty database.\n",
    );
    expect(await ask(database.url, readEverything)).toEqual(before);
  });

  test("is refused in DATA_DIR too, and its server is stopped", async () => {
    const postgres = join(directory.path, "postgres");
    const server = await startEmbeddedPostgres({ directory: postgres, logger, durability: "none" });
    await (await openDatabase(server.url, 2, () => {})).close();
    await ask(server.url, addMigration);
    await server.stop();

    const starting = startApp({ DATA_DIR: directory.path, PORT: "0" }, { logger, durability: "none" });
    await expect(starting).rejects.toThrow(
      `The database in ${directory.path} was made by another version of Afterchat (migration 2026-11-22-inbound is unknown to this version): set DATA_DIR to another directory.`,
    );
    await expect(access(join(postgres, "postmaster.pid"))).rejects.toThrow("ENOENT");
  });

  test("is recognized by its tables when it has no record of migrations", async () => {
    const other = await createTestDatabase();
    try {
      await ask(other.url, "CREATE TABLE agents (id int); CREATE TABLE orders (id int)");
      await expect(openDatabase(other.url, 2, () => {})).rejects.toThrow(
        "The database already has tables that Afterchat would create (agents), and no record of its migrations: use an empty one.",
      );
      const tables = await ask(other.url, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace");
      expect(tables).toEqual([{ relname: "agents" }, { relname: "orders" }]);
    } finally {
      await other.drop();
    }
  });
});
