import { claimDueStatement, claimOfflineDueStatement } from "../../src/forwarding/deliveries/plan-deliveries.js";
import type { SizedDatabase } from "./sized-database.js";

/** Prints the plans and times of the due check's statements (EXPLAIN ANALYZE), for docs/decisions. */
export async function printPlans({ app, client, size }: SizedDatabase): Promise<void> {
  const now = app.services.clock.now();
  // For AGENTS_OFFLINE, all pending conversations became due 30 s after their reply; an hour ago only the seeded due ones.
  const anHourAgo = new Date(now.getTime() - 3_600_000);
  for (const [statement, moment] of [
    [claimDueStatement, now],
    [claimOfflineDueStatement, anHourAgo],
  ] as const) {
    const lines = await explain();
    process.stdout.write(`\n${statement.name}, ${size.toLocaleString("en")} conversations, 500 due:\n\n${lines}\n`);

    // Rolled back, and run twice: the first run reads the pages from disk.
    async function explain(): Promise<string> {
      let lines = "";
      for (let time = 0; time < 2; time += 1) {
        await client.query("BEGIN");
        const { rows } = await client.query<{ "QUERY PLAN": string }>(`EXPLAIN (ANALYZE, BUFFERS) ${statement.text}`, [
          "email",
          moment,
          100,
        ]);
        await client.query("ROLLBACK");
        lines = rows.map((row) => `    ${row["QUERY PLAN"]}`).join("\n");
      }
      return lines;
    }
  }
}
