#!/usr/bin/env node
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { createChannel } from "./create-channel/create-channel.js";
import { describeError } from "./logger.js";

const help = `afterchat                        runs the program, with the settings of the environment
afterchat create-channel <id>    makes a package for a channel of your own, such as sms, in a new folder
`;

/** What `npx afterchat …` does. */
async function run(given: readonly string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args: [...given],
    allowPositionals: true,
    options: { help: { type: "boolean", short: "h" } },
  });
  const [command = "start", ...rest] = positionals;
  if (values.help || command === "help") return void process.stdout.write(help);
  if (command === "start" && rest.length === 0) return void (await import("./main.js"));
  const [id] = rest;
  if (command !== "create-channel" || id === undefined || rest.length > 1) {
    throw new Error(`There is no such command.\n${help}`);
  }
  const folder = relative(process.cwd(), await createChannel(id, process.cwd()));
  process.stdout.write(`${folder} is made. Next: cd ${folder} && npm install && npm test, then its README.md.\n`);
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
}
