/** `npm run crash`: see CONTRIBUTING.md. Starts its own PostgreSQL, with everything flushed to disk as in production. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { startEmbeddedPostgres } from "../../src/database/embedded-postgres.js";
import { createLogger } from "../../src/logger.js";
import { runKills } from "./kill-run.js";
import { describeKill, describeRun } from "./print-report.js";

const number = (smallest: number) => z.coerce.number().int().min(smallest);
const given = z.object({
  kills: number(0).default(50),
  forwardings: number(1).default(1_000),
  seed: number(0).default(() => Math.floor(Math.random() * 1_000_000)),
  jobs: z.url({ protocol: /^(postgres(ql)?|mongodb(\+srv)?)$/ }).nullable().default(null),
});

const { values } = parseArgs({
  options: {
    kills: { type: "string" },
    forwardings: { type: "string" },
    seed: { type: "string" },
    jobs: { type: "string" },
  },
});
const { kills, forwardings, seed, jobs } = given.parse(values);

const directory = await mkdtemp(join(tmpdir(), "afterchat-crashes-"));
const postgres = await startEmbeddedPostgres({
  directory: join(directory, "postgres"),
  logger: createLogger("error"),
  durability: "full",
});
try {
  const store = jobs === null ? "PostgreSQL" : new URL(jobs).protocol.slice(0, -1);
  process.stdout.write(`seed ${seed}: ${kills} kills during ${forwardings} forwardings, jobs on ${store}\n\n`);
  let killed = 0;
  const report = await runKills({
    databaseUrl: postgres.url,
    jobsUrl: jobs,
    seed,
    kills,
    forwardings,
    conversations: Math.max(20, Math.round(forwardings / 2)),
    agedBySeconds: 0,
    patienceMs: 180_000,
    onKill: (kill) => process.stdout.write(`${describeKill(kill, ++killed)}\n`),
  });
  process.stdout.write(`${describeRun(report)}\n`);
  process.exitCode = report.violations.length === 0 ? 0 : 1;
} finally {
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
}
