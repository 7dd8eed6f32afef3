import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { readEnvFile } from "./command/read-env-file.js";
import { describeError } from "./logger.js";

const help = `Usage: afterchat [command]

  afterchat [start]                   Starts the program.
  afterchat email-check [address]     Checks the email configuration: sends an email to a reply address, which must come back.
            [--wait SECONDS]          With your address, also sends one to you: answer it.
  afterchat create-channel <id>       Creates a package for a new channel, such as sms.
  afterchat --version                 Prints the version.
  afterchat --help                    Prints this help.

Settings are environment variables, or lines of a file .env in the working directory.
`;

class UsageError extends Error {}

/** Runs `afterchat …` with these arguments. Never rejects: prints errors, and sets the exit code. */
export async function runCommand(parameters: readonly string[]): Promise<void> {
  try {
    await run(parameters);
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n${error instanceof UsageError ? `\n${help}` : ""}`);
    process.exitCode = 1;
  }
}

async function run([command = "start", ...rest]: readonly string[]): Promise<void> {
  if ([command, ...rest].some((parameter) => parameter === "--help" || parameter === "-h")) return printHelp();
  switch (command) {
    case "start":
      return start(rest);
    case "create-channel":
      return createChannel(rest);
    case "email-check":
      return checkEmail(rest);
    case "help":
      return printHelp();
    case "--version":
    case "-v":
      return printVersion();
    default:
      throw new UsageError(`Unknown ${command.startsWith("-") ? "option" : "command"}: ${command}`);
  }
}

function printHelp(): void {
  process.stdout.write(help);
}

async function printVersion(): Promise<void> {
  // From dist/src.
  const manifest: unknown = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
  const version = typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : "";
  process.stdout.write(`${version}\n`);
}

async function start([unexpected]: readonly string[]): Promise<void> {
  if (unexpected !== undefined) throw new UsageError(`start takes no arguments: ${unexpected}`);
  readEnvFile();
  process.setSourceMapsEnabled(true);
  await import("./main.js");
}

async function checkEmail(parameters: readonly string[]): Promise<void> {
  readEnvFile();
  process.setSourceMapsEnabled(true);
  const { executeEmailCheck } = await import("../scripts/execute-email-check.js");
  await executeEmailCheck(parameters, "afterchat email-check");
}

async function createChannel([id, ...more]: readonly string[]): Promise<void> {
  if (id === undefined || id.startsWith("-") || more.length > 0) {
    throw new UsageError("create-channel takes one argument, the id of the new channel, such as sms.");
  }
  const { createChannel } = await import("./create-channel/create-channel.js");
  const folder = relative(process.cwd(), await createChannel(id, process.cwd()));
  process.stdout.write(`Created ${folder}. Next: cd ${folder} && npm install && npm test, then read its README.md.\n`);
}
