import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { z } from "zod";
import { benchDirectory } from "./packages.js";

/** POST requests over keep-alive connections, each of which sends its next request after the last response. */
export interface LoadJob {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent in turn; `{unique}` becomes a new UUID in each request when there is more than one. */
  readonly bodies: readonly string[];
  readonly connections: number;
  /** When the load ends. Warm-up is counted in responses: on a busy machine, a few seconds may bring too few. */
  readonly until: { readonly seconds: number } | { readonly answers: number };
  /** A response that contains this text counts as an error, regardless of its status: GraphQL returns 200 for errors too. */
  readonly refused: string;
}

const loadResult = z.object({
  answers: z.number(),
  errors: z.number(),
  seconds: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
});
type LoadResult = z.infer<typeof loadResult>;

export interface LoadGenerator {
  run(job: LoadJob): Promise<LoadResult>;
  stop(): Promise<void>;
}

/** Starts the load generator's process; it takes one job at a time. */
export function startLoadGenerator(): LoadGenerator {
  const generator = spawn(process.execPath, [join(benchDirectory, "load-process.mjs")], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ended = once(generator, "exit");
  return {
    run: async (job) => {
      const answer = once(generator, "message");
      generator.send(job);
      const outcome = await Promise.race([answer, ended.then(() => null)]);
      if (outcome === null) throw new Error("The load generator has ended before its job was done.");
      return loadResult.parse(outcome[0]);
    },
    stop: async () => {
      generator.disconnect();
      generator.kill();
      await ended;
    },
  };
}
