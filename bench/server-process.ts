import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { z } from "zod";
import { freePort } from "./free-port.js";

/** A server in a process of its own. */
export interface ServerProcess {
  readonly url: string;
  /** CPU time that the process has used since it started, in microseconds. */
  cpuMicroseconds(): Promise<number>;
  stop(): Promise<void>;
}

export interface ServerSetup {
  /** The script's path. It listens on PORT of 127.0.0.1, and prints a line with `running` or `listening` when it does. */
  readonly script: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly path: string;
}

const cpuReport = z.object({ cpuMicroseconds: z.number() });
const startedPattern = /running|listening/i;

/** Starts a server on a free port, with the CPU meter preloaded. @throws {Error} with its output if it exits instead. */
export async function startServerProcess({ script, environment, path }: ServerSetup): Promise<ServerProcess> {
  const port = await freePort();
  const meter = join(import.meta.dirname, "cpu-meter.js");
  const server = spawn(process.execPath, ["--enable-source-maps", "--import", meter, ...profiling(), script], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: String(port), ...environment },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const ended = once(server, "exit");
  await untilStarted(server, ended);
  return {
    url: `http://127.0.0.1:${port}${path}`,
    cpuMicroseconds: async () => {
      const answer = once(server, "message");
      server.send("cpu");
      const [report] = await answer;
      return cpuReport.parse(report).cpuMicroseconds;
    },
    stop: async () => {
      server.kill("SIGTERM");
      await ended;
    },
  };
}

/** With BENCH_PROFILE=directory every server leaves a CPU profile there, for Chrome's developer tools. */
function profiling(): string[] {
  const directory = process.env.BENCH_PROFILE;
  return directory === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${directory}`];
}

async function untilStarted(server: ChildProcess, ended: Promise<unknown[]>): Promise<void> {
  let said = "";
  const started = new Promise<"started">((resolve) => {
    server.stdout?.on("data", (chunk: Buffer) => {
      // Keep reading its output, so that the pipe never fills.
      if (said.length < 10_000) said += chunk.toString();
      if (startedPattern.test(said)) resolve("started");
    });
  });
  const outcome = await Promise.race([started, ended]);
  if (outcome !== "started") throw new Error(`A server did not start (exit code ${outcome[0]}):\n${said}`);
}
