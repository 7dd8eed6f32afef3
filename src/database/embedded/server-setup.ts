import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { PostgresBinaries } from "./postgres-binaries.js";
import { canReach, type ServerAccount } from "./server-account.js";

/** The name of the superuser and of its database. */
export const databaseName = "afterchat";

export type Durability = "full" | "none";

/** What every invocation of PostgreSQL's programs needs. */
export interface ServerSetup {
  /** The data directory: absolute, links resolved. Its log and password are beside it. */
  readonly directory: string;
  readonly account: ServerAccount | undefined;
  readonly binaries: PostgresBinaries;
  readonly durability: Durability;
}

/** `undefined` account: the user of this program. */
export function spawnSettings({ account }: ServerSetup, workingDirectory: string) {
  // Not this program's environment: it holds secrets, and PG* variables would change what the server does.
  const environment = { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot, LC_ALL: "C", TZ: "UTC" };
  return { cwd: workingDirectory, env: environment, windowsHide: true, ...account };
}

/**
 * The path by which a PostgreSQL program that is started inside `directory` can refer to it. Where the account may not
 * traverse to it (below /root with mode 700), Linux still lets it use its working directory, so that no permissions of a
 * home directory have to be loosened.
 * @throws {Error} where the system has no such path.
 */
export async function nameFromInside({ account }: ServerSetup, directory: string): Promise<string> {
  if (await canReach(account, directory, "enter")) return directory;
  if (process.platform === "linux") return "/proc/self/cwd";
  throw new Error(
    `PostgreSQL must not run as root, and user ${account?.uid} may not enter ${directory}. ` +
      "Run this program as an ordinary user, or choose a DATA_DIR that others may enter.",
  );
}

/**
 * Runs a PostgreSQL program and returns its output.
 * @throws {Error} with the output when it fails.
 */
export async function runProgram(
  setup: ServerSetup,
  program: string,
  parameters: readonly string[],
  { workingDirectory, input = "" }: { readonly workingDirectory: string; readonly input?: string },
): Promise<string> {
  const child = spawn(program, parameters, spawnSettings(setup, workingDirectory));
  const ended = once(child, "close");
  child.stdin.on("error", () => {}); // It ended before it had read all; its exit code tells.
  child.stdin.end(input);
  const printed = Promise.all([text(child.stdout), text(child.stderr)]);
  await ended.catch((cause: unknown) => {
    throw cannotStart(program, cause);
  });
  const output = (await printed).join("\n").trim();
  if (child.exitCode !== 0) {
    throw new Error(`${program} failed (${child.exitCode ?? child.signalCode}): ${output.slice(-2000)}`);
  }
  return output;
}

/** The error for a program that the system refused to start. */
export function cannotStart(program: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(
    `${program} cannot be started (${reason}). Its directory may forbid running programs, or this system may lack ` +
      "glibc (Alpine Linux does). Set DATABASE_URL to a PostgreSQL server of your own.",
    { cause },
  );
}
