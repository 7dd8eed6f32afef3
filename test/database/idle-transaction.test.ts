import { openDatabase } from "../../src/orm.js";
import "reflect-metadata";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Database, type Statement, type Transaction } from "../../src/database/database.js";
import { inDatabase } from "../support/services/in-database.js";
import { createTestDatabase, type TestDatabase } from "../support/services/test-database.js";

const statement = (name: string, text: string): Statement => ({ name, text });
const lock = statement("lock-form", "SELECT when_online FROM contact_form FOR UPDATE");

let made: TestDatabase;
let database: Database;
beforeAll(async () => {
  made = await createTestDatabase();
  database = await openDatabase(made.url, 2, () => {});
});
afterAll(async () => {
  await database?.close();
  await made?.drop();
});

/** As a process does that was frozen between two statements: it never goes on. Rejects once the server has ended it. */
function freezeHolding(locked: () => void): Promise<void> {
  return database.transaction(async (transaction: Transaction) => {
    // Sooner than by itself, so that nobody has to wait for it.
    await transaction.query(statement("sooner", "SET LOCAL idle_in_transaction_session_timeout = 200"), []);
    await transaction.query(lock, []);
    locked();
    await inDatabase(made.url, (client) => client.query("SELECT pg_sleep(0.5)"));
    await transaction.query(lock, []);
  });
}

describe("A transaction that its process left open", () => {
  test("is ended by the server once that process counts as dead", async () => {
    const limit = statement("limit", "SHOW idle_in_transaction_session_timeout");
    expect(await database.query(limit, [])).toEqual([{ idleInTransactionSessionTimeout: "15s" }]);
  });

  test("holds its rows no longer, and costs no connection of the pool", async () => {
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
