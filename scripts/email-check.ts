/**
 * Checks how email is configured, with the settings of the program (docs/email.md):
 *
 *   npm run email:check                                        sends an email to a reply address, which must come back
 *   npm run email:check -- you@example.com [--wait SECONDS]    also sends one to you, and waits for your answer
 *
 * Works with a running program. If there is none, it starts one for the duration of the check, which sends nothing else.
 * Exits with 0 if there were no errors, and with 1 otherwise. `afterchat email-check` is the same.
 */
import { executeEmailCheck } from "./execute-email-check.js";

await executeEmailCheck(process.argv.slice(2), "npm run email:check --");
