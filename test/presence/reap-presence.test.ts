import "reflect-metadata";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { v7 } from "uuid";
import { reapPresence } from "../../src/presence/reap-presence.js";
import { isPresenceReliable } from "../../src/processes/presence-epoch.js";
import type { VisitorViewer } from "../../src/viewer.js";
import { PresenceContext, type PresenceProcess } from "./presence-context.js";

let context: PresenceContext;
beforeAll(async () => {
  context = await PresenceContext.setup();
});
afterEach(() => context.stopProcesses());
afterAll(() => context.teardown());

async function addConnected({ tracker }: PresenceProcess): Promise<VisitorViewer> {
  const visitor = await context.addVisitor();
  tracker.open(v7(), visitor);
  await tracker.flush();
  return visitor;
}

describe("A process that dies", () => {
  test("takes its people with it: they are away since its last heartbeat", async () => {
    const [dying, living] = [await context.startProcess(), await context.startProcess()];
    const [visitor, agent, invisible] = [
      await addConnected(dying),
      await context.addAgent("ONLINE"),
      await context.addAgent("OFFLINE"),
    ];
    dying.tracker.open(v7(), agent);
    dying.tracker.open(v7(), invisible);
    await dying.tracker.flush();
    await context.pass(20_000);
    const lastBeatAt = context.clock.now();

    dying.line = "cut";
    await context.pass(15_000);
    await reapPresence(living.services);
    expect(await context.visitor(visitor)).toMatchObject({ connected: true });

    await context.pass(1);
    await reapPresence(living.services);
    expect(await context.visitor(visitor)).toMatchObject({ connected: false, departedAt: lastBeatAt });
    expect(await context.agent(agent)).toEqual({ connected: false, droppedAt: lastBeatAt });
    expect(await context.agent(invisible)).toEqual({ connected: false, droppedAt: null });
    expect(await context.sql("SELECT id FROM processes")).toHaveLength(1);
    expect(await context.sql("SELECT id FROM connections")).toEqual([]);
  });

  test("does not take those who have another tab on a living one", async () => {
    const [dying, living] = [await context.startProcess(), await context.startProcess()];
    const visitor = await addConnected(dying);
    living.tracker.open(v7(), visitor);
    await living.tracker.flush();
    dying.line = "cut";
    await context.pass(20_000);
    await reapPresence(living.services);
    expect(await context.visitor(visitor)).toMatchObject({ connected: true });
  });

  test("had those who came after its last heartbeat until their coming", async () => {
    const [dying, living] = [await context.startProcess(), await context.startProcess()];
    context.clock.advance(3_000);
    const cameAt = context.clock.now();
    const visitor = await addConnected(dying);
    dying.line = "cut";
    await context.pass(20_000);
    await reapPresence(living.services);
    expect(await context.visitor(visitor)).toMatchObject({ connected: false, departedAt: cameAt });
  });

  test("is told of once, however many look at the same time", async () => {
    const dying = await context.startProcess();
    const living = await Promise.all([1, 2, 3].map(() => context.startProcess()));
    const visitors = await Promise.all([1, 2, 3, 4].map(() => addConnected(dying)));
    for (const { visitorId } of visitors) await context.addConversation(visitorId);
    dying.line = "cut";
    await context.pass(20_000);
    await Promise.all(living.map(({ services }) => reapPresence(services)));
    await Promise.all(living.map(({ services }) => reapPresence(services)));
    const heard = living.flatMap((process) => process.takeAnnounced("conversationUpdated"));
    expect(heard).toHaveLength(visitors.length);
  });

  test("and was only frozen enters everything again, and they have not left since", async () => {
    const [frozen, living] = [await context.startProcess(), await context.startProcess()];
    const visitor = await addConnected(frozen);
    frozen.line = "cut";
    await context.pass(20_000);
    await reapPresence(living.services);
    expect(await context.visitor(visitor)).toMatchObject({ connected: false });

    frozen.line = "whole";
    await frozen.tracker.sendHeartbeat();
    await frozen.tracker.flush();
    expect(await context.visitor(visitor)).toMatchObject({ connected: true });
    await context.pass(20_000);
    await reapPresence(living.services);
    expect(await context.visitor(visitor)).toMatchObject({ connected: true });
  });

  test("and was only frozen enters everything again with the first connection, before its next heartbeat", async () => {
    const [frozen, living] = [await context.startProcess(), await context.startProcess()];
    const visitor = await addConnected(frozen);
    frozen.line = "cut";
    await context.pass(20_000);
    await reapPresence(living.services);
    frozen.line = "whole";
    await addConnected(frozen);
    expect(await context.visitor(visitor)).toMatchObject({ connected: true });
  });
});

describe("A restart of the database", () => {
  test("makes nobody leave: processes enter their open connections again", async () => {
    const processes = [await context.startProcess(), await context.startProcess()];
    await context.pass(60_000);
    const visitors = await Promise.all(processes.map(addConnected));
    const agent = await context.addAgent("ONLINE");
    processes[0]?.tracker.open(v7(), agent);
    await processes[0]?.tracker.flush();
    await context.crashDatabase();
    for (let round = 0; round < 6; round += 1) {
      await context.pass(5_000);
      await Promise.all(processes.map(({ services }) => reapPresence(services)));
    }
    for (const visitor of visitors) {
      expect(await context.visitor(visitor)).toMatchObject({ connected: true, departedAt: null });
    }
    expect(await context.agent(agent)).toEqual({ connected: true, droppedAt: null });
    expect(await context.sql("SELECT id FROM connections")).toHaveLength(3);
  });

  test("takes nobody for gone whose process has not beaten since", async () => {
    const [one, other] = [await context.startProcess(), await context.startProcess()];
    const visitor = await addConnected(other);
    await context.pass(60_000);
    await context.crashDatabase();
    await one.tracker.sendHeartbeat();
    await reapPresence(one.services);
    expect(await context.visitor(visitor)).toMatchObject({ connected: true });
  });

  test("leaves nobody away who closes one tab before another process has entered the other tab again", async () => {
    const [one, other] = [await context.startProcess(), await context.startProcess()];
    await context.pass(60_000);
    const [visitor, tab] = [await context.addVisitor(), v7()];
    one.tracker.open(tab, visitor);
    other.tracker.open(v7(), visitor);
    await Promise.all([one.tracker.flush(), other.tracker.flush()]);
    await context.crashDatabase();
    one.tracker.close(tab);
    await one.tracker.flush();
    expect(await context.visitor(visitor)).toMatchObject({ connected: true });
    await context.pass(20_000);
    await reapPresence(one.services);
    expect(await context.visitor(visitor)).toMatchObject({ connected: true });
  });

  test("finds those again who closed their only tab meanwhile", async () => {
    const [one] = [await context.startProcess(), await context.startProcess()];
    await context.pass(60_000);
    const [visitor, tab] = [await context.addVisitor(), v7()];
    one.tracker.open(tab, visitor);
    await one.tracker.flush();
    await context.crashDatabase();
    context.clock.advance(1_000);
    await one.tracker.sendHeartbeat();
    context.clock.advance(1_000);
    const leftAt = context.clock.now();
    one.tracker.close(tab);
    await one.tracker.flush();
    await context.pass(20_000);
    await reapPresence(one.services);
    expect(await context.visitor(visitor)).toMatchObject({ connected: false, departedAt: leftAt });
  });

  test("in which every process died too ends with everybody away since the last heartbeat", async () => {
    const dying = await context.startProcess();
    const [visitor, agent] = [await addConnected(dying), await context.addAgent("ONLINE")];
    dying.tracker.open(v7(), agent);
    await dying.tracker.flush();
    await context.pass(30_000);
    const lastBeatAt = context.clock.now();
    dying.line = "cut";
    await context.crashDatabase();
    context.clock.advance(3_600_000);

    const next = await context.startProcess();
    await reapPresence(next.services);
    expect(await context.visitor(visitor)).toMatchObject({ connected: true });
    await context.pass(15_000);
    await reapPresence(next.services);
    expect(await context.visitor(visitor)).toMatchObject({ connected: false, departedAt: lastBeatAt });
    expect(await context.agent(agent)).toEqual({ connected: false, droppedAt: lastBeatAt });
  });

  test("lets nobody be judged before one heartbeat has passed", async () => {
    const judgeable = () => isPresenceReliable(context.database.query.bind(context.database), context.clock.now());
    const { tracker } = await context.startProcess();
    context.clock.advance(60_000);
    expect(await judgeable()).toBe(true);
    await context.crashDatabase();
    expect(await judgeable()).toBe(false);
    await tracker.sendHeartbeat();
    context.clock.advance(4_999);
    expect(await judgeable()).toBe(false);
    context.clock.advance(1);
    expect(await judgeable()).toBe(true);
  });
});

test("After an hour without the database nobody takes others for dead before they could beat again", async () => {
  const [one, other] = [await context.startProcess(), await context.startProcess()];
  const visitor = await addConnected(other);
  await context.pass(60_000);
  [one.line, other.line] = ["cut", "cut"];
  await Promise.all([one.tracker.sendHeartbeat(), other.tracker.sendHeartbeat()]);
  context.clock.advance(3_600_000);
  one.line = "whole";
  await one.tracker.sendHeartbeat();
  await reapPresence(one.services);
  expect(await context.visitor(visitor)).toMatchObject({ connected: true });
  other.line = "whole";
  await context.pass(20_000);
  await reapPresence(one.services);
  expect(await context.visitor(visitor)).toMatchObject({ connected: true, departedAt: null });
});
