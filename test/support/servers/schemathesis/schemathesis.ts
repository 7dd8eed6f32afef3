import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";

const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
const command = process.env.TEST_SCHEMATHESIS ?? join(cache, "afterchat/schemathesis/bin/schemathesis");

/** Why there is no schemathesis; null when there is one. */
export const schemathesisMissing: string | null = existsSync(command)
  ? null
  : `schemathesis is not at ${command}: test/support/servers/schemathesis/install.sh puts it there, or name one in TEST_SCHEMATHESIS`;

interface FuzzOptions {
  /** Of the API; introspection must be on. */
  readonly url: string;
  readonly token: string | null;
  readonly seconds: number;
  /** An empty directory for what it keeps. */
  readonly directory: string;
}

/** Sends generated operations for a while. Resolves with its exit code, 0 if none was an internal error, and its report. */
export async function fuzz({ url, token, seconds, directory }: FuzzOptions): Promise<{ code: number; report: string }> {
  const options = {
    checks: "no_internal_error",
    phases: "fuzzing",
    "max-time": String(seconds),
    "request-timeout": "10",
    "generation-database": "none",
    // It would end the session that everything else needs.
    "exclude-name": "Mutation.signOut",
    ...(token !== null && { header: `Authorization: Bearer ${token}` }),
  };
  const given = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const child = spawn(command, ["run", url, "--no-color", ...given], {
    cwd: directory,
    env: { ...process.env, SCHEMATHESIS_HOOKS: resolve("test/support/servers/schemathesis/checks.py") },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [report, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code, report: report + errors };
}
