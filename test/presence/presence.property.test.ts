import "reflect-metadata";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { v7 } from "uuid";
import { reapPresence } from "../../src/presence/reap-presence.js";
import type { VisitorViewer } from "../../src/viewer.js";
import { PresenceContext, type PresenceProcess } from "./presence-context.js";

let context: PresenceContext;
beforeAll(async () => {
  context = await PresenceContext.setup();
});
afterAll(() => context.teardown());

type Step =
  | { readonly kind: "open" | "close"; readonly process: number; readonly visitor: number }
  | { readonly kind: "disconnect" | "reconnect" | "flush"; readonly process: number }
  | { readonly kind: "crash" | "wait" };

const process = fc.nat({ max: 1 });
const steps = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ kind: fc.constantFrom("open", "close"), process, visitor: fc.nat({ max: 2 }) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("disconnect", "reconnect", "flush"), process }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("crash", "wait") }) },
  ),
  { minLength: 5, maxLength: 25 },
) as fc.Arbitrary<Step[]>;

/** The tabs alone determine who is online, and since when the others are not. */
interface Tab {
  readonly id: string;
  readonly process: number;
  readonly visitor: number;
  closedAt: Date | null;
}

async function run(plan: readonly Step[]): Promise<void> {
  const processes = [await context.startProcess(), await context.startProcess()];
  const visitors = await Promise.all([0, 1, 2].map(() => context.addVisitor()));
  const tabs: Tab[] = [];
  // When counting of connections last started over: after a crash, with the first heartbeat that reaches the database.
  let countedFrom: Date | null = new Date(0);
  for (const step of plan) {
    await context.pass(1_500);
    if ("process" in step) await act(step, at(processes, step.process), visitors, tabs);
    else if (step.kind === "wait") await waitAndReap(processes);
    else {
      await context.crashDatabase();
      countedFrom = null;
    }
    await expectConnectedOnLiveProcesses(processes, visitors, tabs);
    if (processes.some(({ databaseLink }) => databaseLink === "up")) countedFrom ??= context.clock.now();
  }
  await expectFinalPresence(processes, visitors, tabs, countedFrom ?? context.clock.now());
}

async function act(
  step: Exclude<Step, { kind: "crash" | "wait" }>,
  actor: PresenceProcess,
  visitors: readonly VisitorViewer[],
  tabs: Tab[],
): Promise<void> {
  switch (step.kind) {
    case "open": {
      const id = v7();
      tabs.push({ id, process: step.process, visitor: step.visitor, closedAt: null });
      return actor.tracker.open(id, at(visitors, step.visitor));
    }
    case "close": {
      const tab = tabs.find(
        ({ process, visitor, closedAt }) => process === step.process && visitor === step.visitor && closedAt === null,
      );
      if (tab === undefined) return;
      tab.closedAt = context.clock.now();
      return actor.tracker.close(tab.id);
    }
    case "disconnect":
      actor.databaseLink = "down";
      return;
    case "reconnect":
      actor.databaseLink = "up";
      return actor.tracker.sendHeartbeat();
    case "flush":
      if (actor.databaseLink === "up") await actor.tracker.flush();
  }
}

async function waitAndReap(processes: readonly PresenceProcess[]): Promise<void> {
  await context.pass(20_000);
  for (const { databaseLink, services } of processes) if (databaseLink === "up") await reapPresence(services);
}

async function expectConnectedOnLiveProcesses(
  processes: readonly PresenceProcess[],
  visitors: readonly VisitorViewer[],
  tabs: readonly Tab[],
): Promise<void> {
  for (const { databaseLink, tracker } of processes) if (databaseLink === "up") await tracker.sendHeartbeat();
  for (const tab of tabs) {
    if (tab.closedAt !== null || at(processes, tab.process).databaseLink === "down") continue;
    expect(await context.visitor(at(visitors, tab.visitor))).toMatchObject({ connected: true });
  }
}

async function expectFinalPresence(
  processes: readonly PresenceProcess[],
  visitors: readonly VisitorViewer[],
  tabs: readonly Tab[],
  countedFrom: Date,
): Promise<void> {
  for (const process of processes) {
    process.databaseLink = "up";
    await process.tracker.sendHeartbeat();
  }
  await waitAndReap(processes);
  for (const [index, viewer] of visitors.entries()) {
    const own = tabs.filter((tab) => tab.visitor === index);
    const { connected, departedAt } = await context.visitor(viewer);
    expect(connected).toBe(own.some((tab) => tab.closedAt === null));
    if (connected || own.length === 0) continue;
    const leftMs = Math.max(...own.map((tab) => tab.closedAt?.getTime() ?? 0));
    // After a crash the time may be unknown: then it is when counting started over, or a heartbeat later.
    expect(departedAt?.getTime()).toBeGreaterThanOrEqual(leftMs);
    expect(departedAt?.getTime()).toBeLessThanOrEqual(Math.max(leftMs, countedFrom.getTime() + 5_000));
  }
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`There is no item ${index}.`);
  return item;
}

test("After any sequence of opening, closing, freezing and crashing, exactly the visitors with an open tab are online", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      try {
        await run(plan);
      } finally {
        await context.stopProcesses();
      }
    }),
    // The same histories in every run of the suite; another seed runs others. Shrinking would exceed the time limit.
    { numRuns: 15, seed: 20261122, endOnFailure: true },
  );
}, 60_000);
