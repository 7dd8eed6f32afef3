import { afterAll, expect, jest, test } from "@jest/globals";
import { createMigratedDatabase } from "../../support/services/migrated-database.js";
import type { TestDatabase } from "../../support/services/test-database.js";
import { dieAtEachStatement } from "./each-statement.js";
import { runKills } from "./kill-run.js";

// Six programs are started, which takes its time on a busy machine.
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
    // Just after a mail was answered, and while a reply is being written.
    seed: 226,
    kills: 2,
    forwardings: 16,
    conversations: 16,
    agedBySeconds: 61,
    patienceMs: 60_000,
    onKill: () => {},
  });
  expect(report.violations).toEqual([]);
  expect(report.kills.map(({ moment, came }) => `${moment.kind} ${came}`)).toEqual([
    "after-answer in time",
    "while-writing in time",
  ]);
  expect(report.messageIds).toBeGreaterThanOrEqual(16);
  // It is no test of kills unless some fell between taking a delivery and knowing what became of it.
  expect(report.kills.reduce((sum, kill) => sum + kill.sending, 0)).toBeGreaterThan(0);
});

test("Killed when the server has executed the statement that records a forwarding and the answer is not read, the next process finishes the forwarding", async () => {
  const report = await dieAtEachStatement({
    databaseUrl: await makeDatabase(),
    // Where a result is recorded: the mail has been taken. `npm run crash -- --each-statement` dies at every statement, and
    // before it too, which at this one is the process that is killed after SMTP accepted (killed-process.test.ts).
    statements: ["WITH result AS"],
    sides: ["after"],
    onDeath: () => {},
  });
  expect(report.violations).toEqual([]);
  // It did not die with its result committed: the mail came again, under the same Message-ID.
  expect(report.deaths.map(({ mails }) => mails)).toEqual([2]);
});
