import "reflect-metadata";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { v7 } from "uuid";
import { PresenceContext } from "./presence-context.js";

let context: PresenceContext;
beforeAll(async () => {
  context = await PresenceContext.setup();
});
afterAll(() => context.teardown());

test("Repeatedly terminated database sessions leak no pool connection and lose no visitor", async () => {
  const { tracker } = await context.startProcess();
  const visitors = await Promise.all(Array.from({ length: 30 }, () => context.addVisitor()));
  for (const visitor of visitors) {
    tracker.open(v7(), visitor);
    const flushed = tracker.flush();
    await context
      .sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()")
      .catch(() => []);
    await flushed;
  }
  for (const visitor of visitors) expect(await context.visitor(visitor)).toMatchObject({ connected: true });
});
