/** `npm run crash`: see CONTRIBUTING.md. Starts its own PostgreSQL, with everything flushed to disk as in production. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { startEmbeddedPostgres } from "../../../src/database/embedded/embedded-postgres.js";
import { createLogger } from "../../../src/logger.js";
import { killAtEachStatement } from "../../e2e/crashes/each-statement.js";
import { runKills } from "../../e2e/crashes/kill-run.js";
import { Program } from "../../support/app/program.js";
import { startMongoServer } from "../../support/servers/mongo/mongo-server.js";
import { describeKill, describeRun, describeStatementKill, describeStatementKills } from "./print-report.js";

const number = (smallest: number) => z.coerce.number().int().min(smallest);
const options = z.object({
  kills: number(0).default(50),
  forwardings: number(1).default(1_000),
  seed: number(0).default(() => Math.floor(Math.random() * 1_000_000)),
  jobs: z
    .union([z.literal("mongodb"), z.url({ protocol: /^(postgres(ql)?|mongodb(\+srv)?)$/ })], {
      error: "must be mongodb, or a URL of PostgreSQL or MongoDB",
    })
    .nullable()
    .default(null),
});

const { values } = parseArgs({
  options: {
    kills: { type: "string" },
    forwardings: { type: "string" },
    seed: { type: "string" },
    jobs: { type: "string" },
    "each-statement": { type: "boolean" },
  },
});
const settings = options.safeParse(values);
if (!settings.success) {
  process.stderr.write(`${z.prettifyError(settings.error)}\n`);
  process.exit(2);
}
const { kills, forwardings, seed, jobs } = settings.data;

const mongo = jobs === "mongodb" ? await startMongoServer() : null;
if (jobs === "mongodb" && mongo === null) {
  throw new Error(
    "Build a server of MongoDB's wire protocol first: test/support/servers/mongo/install.sh. Or name one: --jobs mongodb://…",
  );
}

const directory = await mkdtemp(join(tmpdir(), "afterchat-crashes-"));
const postgres = await startEmbeddedPostgres({
  directory: join(directory, "postgres"),
  logger: createLogger("error"),
  durability: "full",
});
// The servers outlive this process unless it stops them, also on Ctrl-C.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void cleanUp().finally(() => process.exit(130)));
}
try {
  const violations = values["each-statement"] ? await eachStatement() : await randomKills();
  process.exitCode = violations === 0 ? 0 : 1;
} finally {
  await cleanUp();
}

async function cleanUp(): Promise<void> {
  await Program.killAll();
  await postgres.stop();
  await mongo?.stop();
  await rm(directory, { recursive: true, force: true });
}

async function randomKills(): Promise<number> {
  const jobsUrl = mongo === null ? jobs : `${mongo.url}/afterchat`;
  const store = jobsUrl === null ? "PostgreSQL" : new URL(jobsUrl).protocol.slice(0, -1);
  print(`seed ${seed}: ${kills} kills during ${forwardings} forwardings, jobs on ${store}\n`);
  let killed = 0;
  const report = await runKills({
    databaseUrl: postgres.url,
    jobsUrl,
    seed,
    kills,
    forwardings,
    conversations: Math.max(20, Math.round(forwardings / 2)),
    agedBySeconds: 0,
    timeoutMs: 180_000,
    onKill: (kill) => print(describeKill(kill, ++killed)),
  });
  print(describeRun(report));
  return report.violations.length;
}

async function eachStatement(): Promise<number> {
  print("one forwarding after another, with the program killed at each statement, jobs on PostgreSQL\n");
  const report = await killAtEachStatement({
    databaseUrl: postgres.url,
    statements: "each",
    sides: ["before", "after"],
    onKill: (kill) => print(describeStatementKill(kill)),
  });
  print(describeStatementKills(report));
  return report.violations.length;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
