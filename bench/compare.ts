import "reflect-metadata";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { openBenchDatabase, settle } from "./database.js";
import { inboxRequests } from "./inbox/measure.js";
import { type LoadGenerator, type LoadJob, startLoadGenerator } from "./load.js";
import { installPackages } from "./packages.js";
import type { programServer, signIn } from "./program.js";
import { median } from "./rounds.js";
import type { seedConversations } from "./seed-conversations.js";
import { sendMessageRequests } from "./send-message/measure.js";
import type { ServerProcess, startServerProcess } from "./server-process.js";

const usage = `npm run bench:compare -- /path/to/another/checkout inbox [--pairs 60]

Compares this checkout's program with another checkout's, in which \`npm ci && npm run build\` has been run.
Both run at once, each on its own PostgreSQL with the same data; short windows of load alternate between them.
`;

/** What a checkout's bench folder exports that is needed here, so that each program gets its own schema and settings. */
interface Checkout {
  readonly openBenchDatabase: typeof openBenchDatabase;
  readonly settle: typeof settle;
  readonly seedConversations: typeof seedConversations;
  readonly programServer: typeof programServer;
  readonly signIn: typeof signIn;
  readonly startServerProcess: typeof startServerProcess;
}

/** Short, so that both windows of a pair meet the same state of the machine. */
const windowSeconds = 2;

const requestsOf = { inbox: inboxRequests, "send-message": sendMessageRequests };

/** A checkout's program, running and ready for load. */
interface Program {
  readonly job: Omit<LoadJob, "until">;
  readonly server: ServerProcess;
  close(): Promise<void>;
}

async function importBench(checkout: string): Promise<Checkout> {
  const names = ["database", "seed-conversations", "program", "server-process"];
  const modules = await Promise.all(names.map((name) => import(join(checkout, "dist", "bench", `${name}.js`))));
  return Object.assign({}, ...modules) as Checkout;
}

async function startProgram(checkout: string, name: keyof typeof requestsOf): Promise<Program> {
  const bench = await importBench(checkout);
  const database = await bench.openBenchDatabase();
  await bench.seedConversations(database, { conversations: 10_000, messagesEach: 10 });
  const bodies = await requestsOf[name](database);
  await bench.settle(database);
  const server = await bench.startServerProcess(bench.programServer(database.url));
  return {
    job: { url: server.url, headers: await bench.signIn(server), bodies, connections: 32, refused: '"errors"' },
    server,
    close: async () => {
      await server.stop();
      await database.close();
    },
  };
}

interface Window {
  readonly cpuMicroseconds: number;
  readonly perSecond: number;
  readonly errors: number;
}

async function measureWindow(load: LoadGenerator, { job, server }: Program): Promise<Window> {
  const before = await server.cpuMicroseconds();
  const { answers, seconds, errors } = await load.run({ ...job, until: { seconds: windowSeconds } });
  return {
    cpuMicroseconds: ((await server.cpuMicroseconds()) - before) / answers,
    perSecond: answers / seconds,
    errors,
  };
}

/** Quartiles of the ratios of two windows that followed each other: what the machine does to both cancels out. */
function describe(ratios: readonly number[]): string {
  const sorted = ratios.toSorted((left, right) => left - right);
  const half = Math.ceil(sorted.length / 2);
  const [low, middle, high] = [sorted.slice(0, half), sorted, sorted.slice(-half)].map(median);
  return `${middle?.toFixed(3)} (half of the pairs between ${low?.toFixed(3)} and ${high?.toFixed(3)})`;
}

async function compare(other: string, name: keyof typeof requestsOf, pairs: number): Promise<void> {
  const load = startLoadGenerator();
  const here = await startProgram(resolve(import.meta.dirname, "..", ".."), name);
  const there = await startProgram(other, name);
  try {
    for (const { job } of [here, there]) await load.run({ ...job, until: { answers: 4000 } });
    const found: { here: Window; there: Window }[] = [];
    for (let pair = 0; pair < pairs; pair += 1) {
      if (pair % 2 === 0) {
        found.push({ here: await measureWindow(load, here), there: await measureWindow(load, there) });
      } else {
        const second = await measureWindow(load, there);
        found.push({ here: await measureWindow(load, here), there: second });
      }
    }
    const cpu = (side: "here" | "there") => Math.round(median(found.map((pair) => pair[side].cpuMicroseconds)));
    const errors = found.reduce((sum, pair) => sum + pair.here.errors + pair.there.errors, 0);
    process.stdout.write(`${name}, ${pairs} pairs of windows of ${windowSeconds} s, this checkout against ${other}:
CPU per response  × ${describe(found.map((pair) => pair.here.cpuMicroseconds / pair.there.cpuMicroseconds))}; medians ${cpu("here")} µs and ${cpu("there")} µs
responses/s       × ${describe(found.map((pair) => pair.here.perSecond / pair.there.perSecond))}
errors            ${errors}
`);
  } finally {
    await load.stop();
    await here.close();
    await there.close();
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { pairs: { type: "string", default: "60" }, help: { type: "boolean", default: false } },
});
const [other, name] = positionals;
const pairs = Number(values.pairs);
if (values.help || other === undefined || (name !== "inbox" && name !== "send-message") || !(pairs >= 1)) {
  process.stdout.write(usage);
  process.exit(values.help ? 0 : 1);
}
await installPackages();
await compare(resolve(other), name, pairs);
