import { randomUUID } from "node:crypto";
import type { LoadGenerator, LoadJob } from "./load.js";
import { ask } from "./program.js";
import type { Form, Report } from "./report.js";
import type { Contender, Standing } from "./rounds.js";
import { type ServerProcess, type ServerSetup, startServerProcess } from "./server-process.js";

/** Answers a second, latencies in milliseconds, and the server process's own CPU time an answer in microseconds. */
export type ServerFigure = "perSecond" | "p50Ms" | "p99Ms" | "cpuMicroseconds";

/** A server that answers the same question as the others, each in its own words. */
export interface ServerContender {
  readonly name: string;
  readonly setup: ServerSetup;
  /** What to send, once it runs: signing in is part of it where the server asks for that. */
  prepare(server: ServerProcess): Promise<Pick<LoadJob, "headers" | "bodies">>;
}

export interface LoadPlan {
  readonly rounds: number;
  readonly connections: number;
  /** Enough for the engine to have compiled what is hot. */
  readonly warmUpAnswers: number;
  readonly seconds: number;
}

export function loadPlan(form: Form): LoadPlan {
  return form === "full"
    ? { rounds: 3, connections: 32, warmUpAnswers: 6000, seconds: 10 }
    : { rounds: 1, connections: 32, warmUpAnswers: 1500, seconds: 3 };
}

/** Counts what a contender has done wrong in a round that its answers do not show. */
type Check = (answers: number) => Promise<number>;
const nothingToCheck: Check = async () => 0;

/**
 * A contender whose server starts anew for every round, is warmed up, and then measured. `beginCheck` is asked before
 * the load begins, and its check afterwards with the number of answers, warming up included.
 */
export function serverContender(
  load: LoadGenerator,
  plan: LoadPlan,
  contender: ServerContender,
  beginCheck: () => Promise<Check> = async () => nothingToCheck,
): Contender<ServerFigure> {
  return {
    name: contender.name,
    measure: async () => {
      const server = await startServerProcess(contender.setup);
      try {
        const asked = await contender.prepare(server);
        const job = { ...asked, url: server.url, connections: plan.connections, refused: '"errors"' };
        await tryOnce(contender.name, server, job);
        const check = await beginCheck();
        const warmUp = await load.run({ ...job, until: { answers: plan.warmUpAnswers } });
        const cpuBefore = await server.cpuMicroseconds();
        const result = await load.run({ ...job, until: { seconds: plan.seconds } });
        const cpuMicroseconds = ((await server.cpuMicroseconds()) - cpuBefore) / result.answers;
        const wrong = await check(warmUp.answers + result.answers);
        const { answers, seconds, p50Ms, p99Ms } = result;
        const figures = { perSecond: answers / seconds, p50Ms, p99Ms, cpuMicroseconds };
        return { errors: warmUp.errors + result.errors + wrong, figures };
      } finally {
        await server.stop();
      }
    },
  };
}

/** @throws {Error} with the answer of a contender that cannot do what it is asked. */
async function tryOnce(name: string, server: ServerProcess, job: Pick<LoadJob, "headers" | "bodies" | "refused">) {
  const body = (job.bodies[0] ?? "").replace("{unique}", randomUUID());
  const answer = JSON.stringify(await ask(server, job.headers, body));
  if (answer.includes(job.refused)) throw new Error(`${name} answers ${answer.slice(0, 1000)}`);
}

const columns = ["contender", "answers/s", "× raw", "p50 ms", "p99 ms", "CPU µs an answer", "errors"];

/** How many times as many answers a second as the others the program should give, at least. */
export interface Advantage {
  readonly overRaw: number;
  readonly overPostgraphile: number;
}

/** The table and the ratios of the three: raw, PostGraphile and the program, in this order. */
export function serverReport(title: string, standings: readonly Standing<ServerFigure>[], wanted: Advantage): Report {
  const [raw, postgraphile, program] = standings;
  if (raw === undefined || postgraphile === undefined || program === undefined) throw new Error("Not all took part.");
  const times = (other: Standing<ServerFigure>) => program.figures.perSecond / other.figures.perSecond;
  return {
    title,
    columns,
    rows: standings.map(({ contender, figures, errors }) => [
      contender,
      Math.round(figures.perSecond),
      figures.perSecond / raw.figures.perSecond,
      figures.p50Ms,
      figures.p99Ms,
      Math.round(figures.cpuMicroseconds),
      errors,
    ]),
    goals: [
      { what: "answers a second, × raw", value: times(raw), bound: { atLeast: wanted.overRaw } },
      {
        what: "answers a second, × PostGraphile 5",
        value: times(postgraphile),
        bound: { atLeast: wanted.overPostgraphile },
      },
      { what: "p99, × raw", value: program.figures.p99Ms / raw.figures.p99Ms, bound: { atMost: 2 } },
      { what: "CPU µs an answer", value: program.figures.cpuMicroseconds, bound: { atMost: 300 } },
      { what: "errors of all", value: standings.reduce((sum, { errors }) => sum + errors, 0), bound: { atMost: 0 } },
    ],
  };
}
