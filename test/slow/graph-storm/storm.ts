/** `npm run graph:storm`: see CONTRIBUTING.md. Starts its own PostgreSQL, Graph API and programs. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { startEmbeddedPostgres } from "../../../src/database/embedded/embedded-postgres.js";
import { createLogger } from "../../../src/logger.js";
import { Program } from "../../support/app/program.js";
import { runStorm } from "./run-storm.js";

const { values } = parseArgs({
  options: { replies: { type: "string" }, kills: { type: "string" }, seed: { type: "string" } },
});
const number = (smallest: number) => z.coerce.number().int().min(smallest);
const settings = z
  .object({
    replies: number(1).default(1_000),
    kills: number(0).default(1),
    seed: number(0).default(() => Math.floor(Math.random() * 1_000_000)),
  })
  .safeParse(values);
if (!settings.success) {
  process.stderr.write(`${z.prettifyError(settings.error)}\n`);
  process.exit(2);
}
const { replies, kills, seed } = settings.data;

const directory = await mkdtemp(join(tmpdir(), "afterchat-storm-"));
const postgres = await startEmbeddedPostgres({
  directory: join(directory, "postgres"),
  logger: createLogger("error"),
  durability: "full",
});
// The server outlives this process unless it is stopped, also on Ctrl-C.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void cleanUp().finally(() => process.exit(130)));
}
try {
  print(`seed ${seed}: ${replies} replies on Messenger, ${kills} kills`);
  const report = await runStorm({ databaseUrl: postgres.url, seed, replies, kills, timeoutMs: 900_000, print });
  print(`
requests          ${list(report.faults)}
deliveries        ${list(report.statuses)}; ${report.sendingWhenKilled} were being sent when the program was killed
webhooks          ${report.webhooksRetried} posted again
took              ${Math.round(report.tookMs / 1000)} s
violations        ${report.violations.length === 0 ? "none" : `\n  ${report.violations.join("\n  ")}`}

${
  report.violations.length === 0
    ? "PASSED: nothing arrived twice, and every reply that did not arrive is UNCERTAIN."
    : `FAILED: ${report.violations.length} violations.`
}`);
  process.exitCode = report.violations.length === 0 ? 0 : 1;
} finally {
  await cleanUp();
}

async function cleanUp(): Promise<void> {
  await Program.killAll();
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
}

function list(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([what, count]) => `${count} ${what}`).join(", ");
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
