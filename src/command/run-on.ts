import { spawn } from "node:child_process";
import { constants } from "node:os";

const forwarded = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs this process's command with another Node, with the same stdio and flags, and forwards signals.
 * @returns the exit code, or 128 plus the signal's number if a signal ended it; null if that Node cannot run here, as on a
 * Linux with another C library
 */
export async function runOn(node: string, parameters: readonly string[]): Promise<number | null> {
  const child = spawn(node, [...process.execArgv, ...parameters], { stdio: "inherit" });
  // Ctrl-C in a terminal reaches the child twice; stopOnSignals counts that as one signal.
  for (const signal of forwarded) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.once("error", () => resolve(null));
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
