import "reflect-metadata";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { v7 } from "uuid";
import { Stage } from "../support/services/presence-stage.js";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

test("A database that ends every session, again and again, costs no connection of the pool and loses nobody", async () => {
  const { book } = await stage.startProcess();
  const visitors = await Promise.all(Array.from({ length: 30 }, () => stage.addVisitor()));
  for (const visitor of visitors) {
    book.open(v7(), visitor);
    const flushed = book.flush();
    await stage
      .sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()")
      .catch(() => []);
    await flushed;
  }
  for (const visitor of visitors) expect(await stage.visitor(visitor)).toMatchObject({ connected: true });
});
