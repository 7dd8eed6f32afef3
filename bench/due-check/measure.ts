import { performance } from "node:perf_hooks";
import { openBenchDatabase } from "../database.js";
import type { MeasureOptions, Report } from "../report.js";
import { median } from "../rounds.js";
import { printPlans } from "./plans.js";
import { SizedDatabase } from "./sized-database.js";
import { checkOfDue, checkOfNone, type Work, works } from "./works.js";

const forms = {
  short: { sizes: [10_000, 20_000], rounds: 3, turns: 10 },
  full: { sizes: [10_000, 100_000, 1_000_000], rounds: 15, turns: 20 },
} as const;

/**
 * The due check and the other recurring jobs with a growing number of conversations, of which 500 or none are due. In
 * milliseconds; the ratio compares the largest database with the smallest. Prints the plans of the check's statements.
 */
export async function measure({ form }: MeasureOptions): Promise<Report> {
  const { sizes, rounds, turns } = forms[form];
  const server = await openBenchDatabase();
  const databases: SizedDatabase[] = [];
  try {
    for (const size of sizes) {
      databases.push(await SizedDatabase.open(server.url, size));
      process.stdout.write(`${size.toLocaleString("en")} conversations are there.\n`);
    }
    for (const database of databases) await printPlans(database);
    const times = await takeTimes(databases, rounds, turns);
    return reportOf(databases, times, rounds);
  } finally {
    for (const database of databases) await database.close();
    await server.close();
  }
}

type Times = ReadonlyMap<SizedDatabase, ReadonlyMap<Work, number[]>>;

// Every other round runs in reverse order, so that drift favours no database; repeated steps alternate run by run.
async function takeTimes(databases: readonly SizedDatabase[], rounds: number, turns: number): Promise<Times> {
  const times = new Map(databases.map((database) => [database, new Map(works.map((work) => [work, [] as number[]]))]));
  for (let round = -1; round < rounds; round += 1) {
    for (const database of databases) await database.restore();
    for (const work of works) {
      for (let turn = 0; turn < (work.repeated === "often" ? turns : 1); turn += 1) {
        for (const database of (round + turn) % 2 === 0 ? databases : databases.toReversed()) {
          const begunMs = performance.now();
          await work.run(database);
          // The first round only warms up.
          if (round >= 0)
            times
              .get(database)
              ?.get(work)
              ?.push(performance.now() - begunMs);
        }
      }
    }
  }
  return times;
}

function reportOf(databases: readonly SizedDatabase[], times: Times, rounds: number): Report {
  const middles = (work: Work): number[] => databases.map((database) => median(times.get(database)?.get(work) ?? []));
  const ratioOf = (values: readonly number[]): number => (values.at(-1) ?? Number.NaN) / (values[0] ?? Number.NaN);
  const sizes = databases.map(({ size }) => size.toLocaleString("en"));
  const ratio = `${sizes.at(-1)} / ${sizes[0]}`;
  return {
    title: `What the recurring jobs do beside more and more conversations: milliseconds, medians of ${rounds} rounds`,
    columns: ["", ...sizes, ratio],
    rows: works.map((work) => [work.name, ...middles(work), ratioOf(middles(work))]),
    goals: works
      .filter(({ name }) => name === checkOfNone || name === checkOfDue)
      .map((work) => ({ what: `${work.name}: ${ratio}`, value: ratioOf(middles(work)), bound: { atMost: 1.3 } })),
  };
}
