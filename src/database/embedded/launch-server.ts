import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, rename } from "node:fs/promises";
import { createServer } from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../../logger.js";
import { directorySetting, readPostmasterFile, stopServer } from "./postmaster.js";
import { cannotStart, type Durability, nameFromInside, type ServerSetup, spawnSettings } from "./server-setup.js";

/** A server that accepts connections on 127.0.0.1. */
export interface LaunchedServer {
  readonly pid: number;
  readonly port: number;
  /** Resolves when the process has ended, wanted or not. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const pollMs = 5;
const portAttempts = 10;
/** How long backends of a killed server may keep running before they notice. */
const leftoversMs = 15_000;
const slowMs = 5_000;

/**
 * Starts the server on a free port and waits until it accepts connections.
 * @throws {Error} with the end of the server's log when it does not start.
 */
export async function launchServer(setup: ServerSetup, logger: Logger): Promise<LaunchedServer> {
  const logFile = `${setup.directory}.log`;
  // One log per run: it stays small, and the log of a crash can still be read after the restart.
  await rename(logFile, `${setup.directory}.previous.log`).catch(() => {});
  const leftoversUntil = performance.now() + leftoversMs;
  let readCharacters = 0;
  for (let portsTaken = 0; ; ) {
    const port = await findFreePort();
    const server = describe(setup, await spawnServer(setup, port, logFile), port);
    const ready = await becomesReady(server, setup, logger).catch(async (error: unknown) => {
      await server.stop();
      throw error;
    });
    if (ready) return server;
    const log = await readFile(logFile, "utf8");
    const lastWords = log.slice(readCharacters);
    readCharacters = log.length;
    if (lastWords.includes("could not bind") && ++portsTaken < portAttempts) continue;
    if (lastWords.includes("is still in use") && performance.now() < leftoversUntil) {
      await delay(100);
      continue;
    }
    const tail = log.trimEnd().split("\n").slice(-15).join("\n");
    throw new Error(`The embedded PostgreSQL in ${setup.directory} did not start. The end of ${logFile}:\n${tail}`);
  }
}

/** Detached: Ctrl-C in a terminal signals the whole process group, and the server must outlive the program's own shutdown. */
async function spawnServer(setup: ServerSetup, port: number, logFile: string): Promise<ChildProcess> {
  const { directory, binaries, durability } = setup;
  const settings = { port, ...serverSettings, ...durabilitySettings[durability], [directorySetting]: directory };
  const parameters = ["-D", await nameFromInside(setup, directory)];
  for (const [name, value] of Object.entries(settings)) parameters.push("-c", `${name}=${value}`);
  const log = await open(logFile, "a", 0o600);
  try {
    const child = spawn(binaries.postgres, parameters, {
      ...spawnSettings(setup, directory),
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
    });
    await once(child, "spawn");
    return child;
  } catch (cause) {
    throw cannotStart(binaries.postgres, cause);
  } finally {
    await log.close();
  }
}

const serverSettings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: 100,
  shared_buffers: "64MB",
  max_wal_size: "256MB",
  // Parallel queries need additional shared memory, which is scarce in containers.
  max_parallel_workers_per_gather: 0,
  max_logical_replication_workers: 0,
  timezone: "UTC",
  log_timezone: "UTC",
  // The server's own messages, without the statements that failed: they hold what visitors wrote.
  log_min_messages: "log",
  log_checkpoints: "off",
} as const;

const durabilitySettings: Readonly<Record<Durability, Readonly<Record<string, string>>>> = {
  full: {},
  none: { fsync: "off", synchronous_commit: "off", full_page_writes: "off" },
};

/** False when it exited instead. Recovery after a crash may take a while; postmaster.pid says when it is done. */
async function becomesReady(server: RunningServer, { directory }: ServerSetup, logger: Logger): Promise<boolean> {
  let slowAt = performance.now() + slowMs;
  while (server.isRunning()) {
    const file = await readPostmasterFile(directory);
    if (file?.pid === server.pid && file.status === "ready") return true;
    if (performance.now() > slowAt) {
      logger.info("the embedded PostgreSQL is still starting; after a crash it repeats what was not yet in place");
      slowAt = Number.POSITIVE_INFINITY;
    }
    await delay(pollMs);
  }
  return false;
}

interface RunningServer extends LaunchedServer {
  isRunning(): boolean;
}

function describe(setup: ServerSetup, child: ChildProcess, port: number): RunningServer {
  const pid = child.pid;
  if (pid === undefined) throw new Error("A process that was spawned has no id.");
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const ended = isRunning() ? once(child, "exit").then(() => {}) : Promise.resolve();
  return { pid, port, ended, isRunning, stop: () => stopServer(setup, pid, async () => isRunning()) };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("A listening server has no port.");
  return address.port;
}
