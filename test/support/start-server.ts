import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../../src/database/embedded-postgres.js";
import { createLogger } from "../../src/logger.js";

/** One PostgreSQL for the whole run, unless TEST_DATABASE_URL names one; each test file makes its own database in it. */
export default async function startServer(): Promise<void> {
  if (process.env.TEST_DATABASE_URL !== undefined) return;
  const directory = await mkdtemp(join(tmpdir(), "afterchat-tests-"));
  const server = await startEmbeddedPostgres({
    directory: join(directory, "postgres"),
    logger: createLogger("error"),
    durability: "none",
  });
  process.env.TEST_DATABASE_URL = server.url;
  Object.assign(globalThis, { testServer: { server, directory } });
}
