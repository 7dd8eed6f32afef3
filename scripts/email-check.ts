/**
 * Checks how email is set up, with the settings of the program (README, "Answers by email"):
 *
 *   npm run email:check                                        a mail to Afterchat's own reply address must come back
 *   npm run email:check -- you@example.com [--wait SECONDS]    and one to you: answer it, and see what becomes of that
 *
 * Beside a running program, or without one: then it starts one for as long as it takes, which sends nothing else.
 * Ends with 0 when everything is in order, and with 1 otherwise. `afterchat email-check` is the same.
 */
import { executeEmailCheck } from "./execute-email-check.js";

await executeEmailCheck(process.argv.slice(2), "npm run email:check --");
