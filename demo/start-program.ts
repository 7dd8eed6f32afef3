import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface RunningProgram {
  readonly url: string;
  readonly email: string;
  readonly password: string;
  /** Null if its dev mailbox cannot be read. */
  readonly mailboxKey: string | null;
  stop(): Promise<void>;
}

/** Starts Afterchat on a free port with a temporary DATA_DIR, a check every second, and `settings` in addition. */
export async function startProgram(settings: Readonly<Record<string, string>> = {}): Promise<RunningProgram> {
  const directory = await mkdtemp(join(tmpdir(), "afterchat-demo-"));
  const port = await freePort();
  const program = spawn(process.execPath, [fileURLToPath(new URL("../src/main.js", import.meta.url))], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: String(port),
      DATA_DIR: directory,
      COMPANY_NAME: "Harbour Bikes",
      CHECK_INTERVAL_SECONDS: "1",
      LOG_LEVEL: "warn",
      ...settings,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(program, "exit");
  const stop = async (): Promise<void> => {
    program.kill("SIGTERM");
    await ended;
    await rm(directory, { recursive: true, force: true });
  };
  const output = await readStartOutput(program.stdout, ended);
  const password = /Password +(\S+)/.exec(output)?.[1];
  if (password === undefined) {
    await stop();
    throw new Error(`Afterchat did not start:\n${output}`);
  }
  const mailboxKey = /Mailbox key: (\S+)/.exec(output)?.[1] ?? null;
  return { url: `http://localhost:${port}`, email: "admin@example.com", password, mailboxKey, stop };
}

/** What the program prints until it has shown the admin's password, or exits. */
async function readStartOutput(stdout: NodeJS.ReadableStream, ended: Promise<unknown>): Promise<string> {
  let output = "";
  const complete = new Promise<void>((resolve) => {
    stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (/Password +\S+[^\n]*\n/.test(output)) resolve();
    });
  });
  await Promise.race([complete, ended]);
  return output;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("No free port was found.");
  return address.port;
}
