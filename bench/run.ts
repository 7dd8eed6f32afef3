import "reflect-metadata";
import { readdir } from "node:fs/promises";
import { parseArgs } from "node:util";
import { installPackages } from "./packages.js";
import { type Form, isReached, type Measure, printReport } from "./report.js";

const usage = `npm run bench                         every measurement, in short form
npm run bench -- inbox                one of them, in full
npm run bench -- inbox --short        one of them, in short form
`;

/** Each folder beside this file that has a measure.ts is a measurement. */
async function findMeasurements(): Promise<string[]> {
  const files = await readdir(import.meta.dirname, { recursive: true });
  return files.flatMap((file) => /^([^/\\]+)[/\\]measure\.js$/.exec(file)?.[1] ?? []).toSorted();
}

async function run(name: string, form: Form): Promise<void> {
  process.stdout.write(`\n## ${name} (${form})\n\n`);
  const { measure } = (await import(`./${name}/measure.js`)) as { readonly measure: Measure };
  const report = await measure({ form });
  process.stdout.write(printReport(report));
  if (!report.goals.every(isReached)) process.stdout.write("\nSome of it was missed: see above.\n");
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
});
const known = await findMeasurements();
const unknown = positionals.filter((name) => !known.includes(name));
if (values.help || unknown.length > 0) {
  const problem =
    unknown.length > 0 ? `There is no measurement ${unknown.join(", ")}: there are ${known.join(", ")}.\n\n` : "";
  process.stdout.write(`${problem}${usage}`);
  process.exit(unknown.length > 0 ? 1 : 0);
}
await installPackages();
const form: Form = values.short || positionals.length === 0 ? "short" : "full";
for (const name of positionals.length === 0 ? known : positionals) await run(name, form);
