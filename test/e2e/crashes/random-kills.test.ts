import { afterAll, expect, jest, test } from "@jest/globals";
import { createMigratedDatabase } from "../../support/services/migrated-database.js";
import type { TestDatabase } from "../../support/services/test-database.js";
import { killAtEachStatement } from "./each-statement.js";
import { runKills } from "./kill-run.js";

// Starting six programs is slow on a busy machine.
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

test("Every reply arrives, none under two Message-IDs, when the program is killed (kill -9) at random moments while replies are written and forwarded", async () => {
  const report = await runKills({
    databaseUrl: await makeDatabase(),
    jobsUrl: null,
    // Just after the response to a mail, and while a reply is being written.
    seed: 226,
    kills: 2,
    forwardings: 16,
    conversations: 16,
    agedBySeconds: 61,
    timeoutMs: 60_000,
    onKill: () => {},
  });
  expect(report.violations).toEqual([]);
  expect(report.kills.map(({ moment, came }) => `${moment.kind} ${came}`)).toEqual([
    "after-answer in time",
    "while-writing in time",
  ]);
  expect(report.messageIds).toBeGreaterThanOrEqual(16);
  // The test is only meaningful if some kills happened between claiming a delivery and recording its result.
  expect(report.kills.reduce((sum, kill) => sum + kill.sending, 0)).toBeGreaterThan(0);
});

test("The next process finishes a forwarding when the program is killed after the statement that records it was executed and before the response is read", async () => {
  const report = await killAtEachStatement({
    databaseUrl: await makeDatabase(),
    // The statement that records a result, after the mail was accepted. `npm run crash -- --each-statement` kills at
    // every statement, and also before it, which for this one is covered by killed-process.test.ts (after SMTP accepted).
    statements: ["WITH result AS"],
    sides: ["after"],
    onKill: () => {},
  });
  expect(report.violations).toEqual([]);
  // The result was not committed: the mail was sent again, under the same Message-ID.
  expect(report.kills.map(({ mails }) => mails)).toEqual([2]);
});
