import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants, mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface MongoServer {
  /** `mongodb://host:port`, without a database. */
  readonly url: string;
  /** Of the server, for a test that kills or suspends it; null when it is not ours. */
  readonly pid: number | null;
  /** Ends it. Its data stays where the caller named the directory. */
  stop(): Promise<void>;
}

export interface MongoServerOptions {
  /** Where it keeps its data, to be started again on; a directory of its own, removed by `stop`, when not given. */
  readonly directory?: string;
  /** To be found again where it was; a free one when not given. */
  readonly port?: number;
}

/** What test/support/servers/mongo/install.sh builds. */
const builtServer = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "afterchat", "mongo-server");

/**
 * Starts the server that test/support/servers/mongo/install.sh has built: FerretDB, which speaks MongoDB's wire protocol and
 * keeps its data in SQLite. It ends with this process, however that ends. Null when it has not been built.
 * @throws {Error} when it is there but does not start
 */
export async function startMongoServer(options: MongoServerOptions = {}): Promise<MongoServer | null> {
  if (!(await isExecutable(builtServer))) return null;
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "afterchat-mongo-")));
  // Its standard input is a pipe from us: closed by `stop`, or by the system when we are killed.
  const server = spawn(builtServer, [directory, `127.0.0.1:${options.port ?? 0}`], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(server, "exit");
  const stop = async (): Promise<void> => {
    server.stdin.destroy();
    await exited;
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
  };
  const address = await firstLine(server);
  if (address === null) {
    await stop();
    throw new Error(`${builtServer} did not start: what it said stands above.`);
  }
  return { url: `mongodb://${address}`, pid: server.pid ?? null, stop };
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Null when it ended without a word. */
async function firstLine(child: ChildProcess): Promise<string | null> {
  if (child.stdout === null) return null;
  for await (const line of createInterface({ input: child.stdout })) return line;
  return null;
}
