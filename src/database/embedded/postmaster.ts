import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { z } from "zod";
import { runProgram, type ServerSetup } from "./server-setup.js";

/** Passed on the server's command line to recognise it later: its data directory may be written differently there. */
export const directorySetting = "afterchat.data_directory";

const fileName = "postmaster.pid";
const pollMs = 5;
/** How long each shutdown mode may take before the next one is tried. */
const timeoutMs = 10_000;

/** https://www.postgresql.org/docs/18/server-shutdown.html */
const waysToStop = [
  { mode: "fast", signal: "SIGINT" },
  // No checkpoint: the next start recovers from the log, nothing committed is lost.
  { mode: "immediate", signal: "SIGQUIT" },
  { mode: "immediate", signal: "SIGKILL" },
] as const;

/** Lines 1 and 8 of postmaster.pid: the order is fixed by PostgreSQL's `miscadmin.h`. */
const PostmasterFile = z.object({ pid: z.coerce.number().int().positive(), status: z.string() });

/** The postmaster.pid of a running or ended server; `undefined` when it does not exist or cannot be read. */
export async function readPostmasterFile(directory: string): Promise<z.infer<typeof PostmasterFile> | undefined> {
  const lines = await readLines(directory);
  return PostmasterFile.safeParse({ pid: lines[0], status: lines[7]?.trim() ?? "" }).data;
}

async function readLines(directory: string): Promise<string[]> {
  try {
    return (await readFile(join(directory, fileName), "utf8")).split("\n");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** The process id of the server that runs on `directory`, no matter which program started it. */
export async function findServer(directory: string): Promise<number | undefined> {
  const pid = (await readPostmasterFile(directory))?.pid;
  return pid !== undefined && isServerOf(await readCommandLine(pid), directory) ? pid : undefined;
}

/**
 * Makes a stale postmaster.pid harmless. PostgreSQL would refuse to start while any program uses the id in it; but removing
 * the file would also remove the key of the shared memory, by which PostgreSQL notices that backends of a killed server
 * still write. So only the id is replaced: by that of the future server's parent, which PostgreSQL ignores
 * (CreateLockFile in miscinit.c).
 */
export async function disarmStaleFile(directory: string): Promise<void> {
  const path = join(directory, fileName);
  const [, ...rest] = await readLines(directory);
  if (rest.length === 0) await rm(path, { force: true });
  // On Windows PostgreSQL does not know its parent, and a stale file protects no shared memory.
  else if (process.platform === "win32") await rm(path, { force: true });
  else await writeFile(path, [process.pid, ...rest].join("\n"));
}

/**
 * Stops a server and waits until it has exited: first by a fast shutdown, which ends sessions, then by an immediate one.
 * @throws {Error} when the server survives both.
 */
export async function stopServer(setup: ServerSetup, pid: number, isRunning: () => Promise<boolean>): Promise<void> {
  for (const way of waysToStop) {
    if (!(await isRunning())) return;
    if (process.platform === "win32") {
      const parameters = ["stop", "-D", setup.directory, "-m", way.mode, "--no-wait"];
      await runProgram(setup, setup.binaries.pgCtl, parameters, { workingDirectory: setup.directory }).catch(() => {});
    } else {
      sendSignal(pid, way.signal);
    }
    const until = performance.now() + timeoutMs;
    while (performance.now() < until) {
      if (!(await isRunning())) return;
      await delay(pollMs);
    }
  }
  throw new Error(`The PostgreSQL server with process id ${pid} on ${setup.directory} cannot be stopped.`);
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** A zombie has no command line, so it is not mistaken for a server. */
async function readCommandLine(pid: number): Promise<readonly string[]> {
  const run = promisify(execFile);
  try {
    switch (process.platform) {
      case "linux":
        return (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
      case "win32": {
        const query = `(Get-CimInstance Win32_Process -Filter 'ProcessId=${pid}').CommandLine`;
        return [(await run("powershell", ["-NoProfile", "-Command", query])).stdout.trim()];
      }
      default:
        return [(await run("ps", ["-ww", "-o", "command=", "-p", `${pid}`])).stdout.trim()];
    }
  } catch {
    return [];
  }
}

/** Linux lists the arguments separately, other systems in one line. */
function isServerOf(commandLine: readonly string[], directory: string): boolean {
  const [program = "", ...parameters] = commandLine;
  if (parameters.length > 0) {
    return (
      basename(program).startsWith("postgres") &&
      parameters.some((one) => one === directory || one === setting(directory))
    );
  }
  return program.includes("postgres") && program.replace(/"$/, "").endsWith(setting(directory));
}

function setting(directory: string): string {
  return `${directorySetting}=${directory}`;
}
