import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { z } from "zod";

/**
 * A process of its own beside the tests: runs the servers, and ends them and removes their directory (the one argument)
 * as soon as its standard input ends. That is so whether the tests asked for it or were interrupted, timed out or
 * killed. Each line of the input is a command to run, as JSON.
 */
const command = z.tuple([z.string()], z.string());
const directory = z.string().startsWith("/").parse(process.argv[2]);
const timeoutMs = 5_000;
const servers: ChildProcess[] = [];

// The terminal's Ctrl-C is meant for the tests: their end is ours.
process.on("SIGINT", () => undefined);
const input = createInterface({ input: process.stdin });
process.once("SIGTERM", () => input.close());
for await (const line of input) {
  const [program, ...parameters] = command.parse(JSON.parse(line));
  const server = spawn(program, parameters, { stdio: ["ignore", "inherit", "inherit"] });
  server.on("error", (error) => process.stderr.write(`${program}: ${error.message}\n`));
  servers.push(server);
}
await Promise.all(servers.map(end));
// What the servers started may be about to write its last.
await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
process.exit(0);

async function end(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, "exit");
  server.kill("SIGTERM");
  const timer = setTimeout(() => server.kill("SIGKILL"), timeoutMs);
  await ended;
  clearTimeout(timer);
}
