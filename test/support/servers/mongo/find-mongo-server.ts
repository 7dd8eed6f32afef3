import { MongoMemoryServer } from "mongodb-memory-server-core";
import { describeError } from "../../../../src/logger.js";
import { type MongoServer, startMongoServer } from "./mongo-server.js";

const askForMs = 3_000;

/**
 * The built server, else mongodb-memory-server where its download (or MONGOMS_SYSTEM_BINARY) is to be had; else null,
 * and says so.
 */
export async function findMongoServer(): Promise<Pick<MongoServer, "url" | "stop"> | null> {
  const built = await startMongoServer();
  if (built !== null) return built;
  try {
    if (process.env.MONGOMS_SYSTEM_BINARY === undefined) await askForDownloads();
    const memory = await MongoMemoryServer.create();
    return { url: memory.getUri(), stop: async () => void (await memory.stop()) };
  } catch (error) {
    process.stderr.write(
      `\nSkipped: the tests of jobs on MongoDB, for want of a server (${describeError(error)}).\n` +
        "Name one in TEST_MONGO_URL, or build one with test/support/servers/mongo/install.sh (it needs Go).\n\n",
    );
    return null;
  }
}

/** Where downloads are blocked, mongodb-memory-server would try for minutes. */
async function askForDownloads(): Promise<void> {
  const mirror = process.env.MONGOMS_DOWNLOAD_MIRROR ?? "https://fastdl.mongodb.org";
  try {
    await fetch(mirror, { method: "HEAD", signal: AbortSignal.timeout(askForMs) });
  } catch (error) {
    throw new Error(`${new URL(mirror).host} cannot be reached: ${describeError(error)}`, { cause: error });
  }
}
