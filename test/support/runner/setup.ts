import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../../../src/database/embedded/embedded-postgres.js";
import { createLogger } from "../../../src/logger.js";
import { findMongoServer } from "../servers/mongo/find-mongo-server.js";
import { administer } from "../services/test-database.js";

/**
 * One PostgreSQL and one MongoDB for the whole run, unless TEST_DATABASE_URL and TEST_MONGO_URL name them; each test
 * file makes its own database in them, most as a copy of TEST_TEMPLATE, which the first of them makes. Without any MongoDB, what asks for it is skipped.
 */
export default async function startServer(): Promise<void> {
  const stops: (() => Promise<void>)[] = [];
  Object.assign(globalThis, { testServers: stops });
  if (process.env.TEST_DATABASE_URL === undefined) {
    const directory = await mkdtemp(join(tmpdir(), "afterchat-tests-"));
    stops.push(async () => await rm(directory, { recursive: true, force: true }));
    const server = await startEmbeddedPostgres({
      directory: join(directory, "postgres"),
      logger: createLogger("error"),
      durability: "none",
    });
    stops.push(() => server.stop());
    process.env.TEST_DATABASE_URL = server.url;
  }
  const template = `test_template_${randomBytes(6).toString("hex")}`;
  process.env.TEST_TEMPLATE = template;
  stops.push(async () => {
    for (const name of [template, `${template}_draft`]) {
      await administer((client) => client.query(`DROP DATABASE IF EXISTS ${name}`));
    }
  });
  if (process.env.TEST_MONGO_URL === undefined) {
    const mongo = await findMongoServer();
    if (mongo !== null) {
      stops.push(() => mongo.stop());
      process.env.TEST_MONGO_URL = mongo.url;
    }
  }
}
