/**
 * Checks how email is set up, with the settings of the program (README, "Answers by email"):
 *
 *   npm run email:check                                        a mail to Afterchat's own reply address must come back
 *   npm run email:check -- you@example.com [--wait SECONDS]    and one to you: answer it, and see what becomes of that
 *
 * Beside a running program, or without one: then it starts one for as long as it takes, which sends nothing else.
 * Ends with 0 when everything is in order, and with 1 otherwise.
 */
import "reflect-metadata";
import { runEmailCheck } from "./run-email-check.js";

const controller = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => controller.abort());

const inOrder = await runEmailCheck(process.env, process.argv.slice(2), {
  print: (line) => process.stdout.write(`${line}\n`),
  signal: controller.signal,
});
process.exitCode = inOrder ? 0 : 1;
