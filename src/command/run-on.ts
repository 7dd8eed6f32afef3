import { spawn } from "node:child_process";
import { constants } from "node:os";

const forwarded = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs this process's command on another Node, in its place: same input, outputs and flags; signals are passed on.
 * @returns its exit code, 128 and the signal's number if one ended it; null when that Node cannot run here, as on a Linux
 * with another C library
 */
export async function runOn(node: string, parameters: readonly string[]): Promise<number | null> {
  const child = spawn(node, [...process.execArgv, ...parameters], { stdio: "inherit" });
  // A terminal's Ctrl-C reaches the child twice: stopOnSignals takes that for one.
  for (const signal of forwarded) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.once("error", () => resolve(null));
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
