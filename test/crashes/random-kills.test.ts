import { afterAll, expect, jest, test } from "@jest/globals";
import { createMigratedDatabase } from "../support/migrated-database.js";
import type { TestDatabase } from "../support/test-database.js";
import { dieAtEachStatement } from "./each-statement.js";
import { runKills } from "./kill-run.js";

// Eight programs are started, which takes its time on a busy machine.
jest.setTimeout(180_000);

const databases: TestDatabase[] = [];
async function makeDatabase(): Promise<string> {
  const database = await createMigratedDatabase();
  databases.push(database);
  return database.url;
}
afterAll(async () => {
  for (const database of databases) await database.drop();
});

test("Killed (kill -9) at random moments while replies are written and forwarded, every reply arrives, none under two Message-IDs", async () => {
  const report = await runKills({
    databaseUrl: await makeDatabase(),
    jobsUrl: null,
    seed: 9,
    kills: 3,
    forwardings: 30,
    conversations: 30,
    agedBySeconds: 61,
    patienceMs: 60_000,
    onKill: () => {},
  });
  expect(report.violations).toEqual([]);
  expect(report.kills).toHaveLength(3);
  expect(report.messageIds).toBeGreaterThanOrEqual(30);
  // It is no test of kills unless some fell between taking a delivery and knowing what became of it.
  expect(report.kills.reduce((sum, kill) => sum + kill.sending, 0)).toBeGreaterThan(0);
});

test("Killed at a statement of a forwarding, before it or after it, the next process finishes the forwarding", async () => {
  const report = await dieAtEachStatement({
    databaseUrl: await makeDatabase(),
    // Where a result is recorded: the mail has been taken. `npm run crash -- --each-statement` dies at every statement.
    statements: ["WITH result AS"],
    onDeath: () => {},
  });
  expect(report.violations).toEqual([]);
  // Neither died with its result committed: both mails came again, under the same Message-ID.
  expect(report.deaths.map(({ mails }) => mails)).toEqual([2, 2]);
});
