import { randomUUID } from "node:crypto";
import type { LoadGenerator, LoadJob } from "./load.js";
import { ask } from "./program.js";
import type { Form, Report } from "./report.js";
import type { Contender, Standing } from "./rounds.js";
import { type ServerProcess, type ServerSetup, startServerProcess } from "./server-process.js";

/** Responses per second, latencies in milliseconds, and the server process's own CPU time per response in microseconds. */
export type ServerFigure = "perSecond" | "p50Ms" | "p99Ms" | "cpuMicroseconds";

/** A server that serves the same data as the others, each with its own query. */
export interface ServerContender {
  readonly name: string;
  readonly setup: ServerSetup;
  /** Creates the requests to send, once the server runs; signs in where that is required. */
  prepare(server: ServerProcess): Promise<Pick<LoadJob, "headers" | "bodies">>;
}

export interface LoadPlan {
  readonly rounds: number;
  readonly connections: number;
  /** Long enough for V8 to have compiled hot code. */
  readonly warmUpAnswers: number;
  readonly seconds: number;
}

export function loadPlan(form: Form): LoadPlan {
  return form === "full"
    ? { rounds: 3, connections: 32, warmUpAnswers: 6000, seconds: 10 }
    : { rounds: 1, connections: 32, warmUpAnswers: 1500, seconds: 3 };
}

/** Counts errors of a round that do not show in a contender's responses. */
type Check = (answers: number) => Promise<number>;
const nothingToCheck: Check = async () => 0;

/**
 * A contender whose server is restarted for every round, warmed up, and then measured. `beginCheck` is called before the
 * load begins, and the check that it returns afterwards, with the number of responses including warm-up.
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

/** @throws {Error} with the response of a contender that does not support the request. */
async function tryOnce(name: string, server: ServerProcess, job: Pick<LoadJob, "headers" | "bodies" | "refused">) {
  const body = (job.bodies[0] ?? "").replace("{unique}", randomUUID());
  const answer = JSON.stringify(await ask(server, job.headers, body));
  if (answer.includes(job.refused)) throw new Error(`${name} answers ${answer.slice(0, 1000)}`);
}

const columns = ["contender", "answers/s", "× raw", "p50 ms", "p99 ms", "CPU µs an answer", "errors"];

/** The minimum ratios of the program's responses per second to those of the others. */
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
