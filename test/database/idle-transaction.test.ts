import "reflect-metadata";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Database, type Statement, type Transaction } from "../../src/database/database.js";
import { openDatabase } from "../../src/orm.js";
import { inDatabase } from "../support/services/in-database.js";
import { createTestDatabase, type TestDatabase } from "../support/services/test-database.js";

const statement = (name: string, text: string): Statement => ({ name, text });
const lock = statement("lock-form", "SELECT when_online FROM contact_form FOR UPDATE");

let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await openDatabase(testDatabase.url, 2, () => {});
});
afterAll(async () => {
  await database?.close();
  await testDatabase?.drop();
});

/** Acts as a process that was frozen between two statements and never continues. Rejects once the server has ended the transaction. */
function freezeHolding(locked: () => void): Promise<void> {
  return database.transaction(async (transaction: Transaction) => {
    // Shorter than in production, so that the test does not wait 15 seconds.
    await transaction.query(statement("shorten-timeout", "SET LOCAL idle_in_transaction_session_timeout = 200"), []);
    await transaction.query(lock, []);
    locked();
    await inDatabase(testDatabase.url, (client) => client.query("SELECT pg_sleep(0.5)"));
    await transaction.query(lock, []);
  });
}

describe("A transaction left open by its process", () => {
  test("is ended by the server when the process counts as dead", async () => {
    const limit = statement("limit", "SHOW idle_in_transaction_session_timeout");
    expect(await database.query(limit, [])).toEqual([{ idleInTransactionSessionTimeout: "15s" }]);
  });

  test("releases its row locks, and its connection returns to the pool", async () => {
    for (let time = 0; time < 3; time += 1) {
      const locked = Promise.withResolvers<void>();
      const frozen = freezeHolding(locked.resolve);
      frozen.catch(() => {});
      await locked.promise;
      expect(await database.query(lock, [])).toHaveLength(1);
      await expect(frozen).rejects.toThrow();
    }
  });
});

describe("The server's time limit for a statement", () => {
  const limit = statement("statement-limit", "SHOW statement_timeout");

  test("is longer than a frozen process keeps its locks", async () => {
    expect(await database.query(limit, [])).toEqual([{ statementTimeout: "18s" }]);
  });

  test("is lifted within a long transaction, and holds again on its connection afterwards", async () => {
    const pid = statement("backend", "SELECT pg_backend_pid() AS pid");
    const [lifted, [backend]] = await database.longTransaction(async ({ query }) => [
      await query(limit, []),
      await query<{ pid: number }>(pid, []),
    ]);
    expect(lifted).toEqual([{ statementTimeout: "0" }]);
    expect(await database.query(limit, [])).toEqual([{ statementTimeout: "18s" }]);
    expect(await database.query(pid, [])).toEqual([backend]);
  });
});
