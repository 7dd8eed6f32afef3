import "reflect-metadata";
import { stopOnSignals } from "../src/stop-on-signals.js";
import { runEmailCheck } from "./run-email-check.js";

/** Runs the check as this process: its environment, output, signals and exit code. `command`: how it was called, for its usage. */
export async function executeEmailCheck(parameters: readonly string[], command: string): Promise<void> {
  const inOrder = await runEmailCheck(process.env, parameters, {
    print: (line) => process.stdout.write(`${line}\n`),
    signal: stopOnSignals(),
    command,
  });
  process.exitCode = inOrder ? 0 : 1;
}
