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

describe("A dead process", () => {
  test("leaves its visitors and agents offline from its last heartbeat", async () => {
    const [dead, live] = [await context.startProcess(), await context.startProcess()];
    const [visitor, agent, invisible] = [
      await addConnected(dead),
      await context.addAgent("ONLINE"),
      await context.addAgent("OFFLINE"),
    ];
    dead.tracker.open(v7(), agent);
    dead.tracker.open(v7(), invisible);
    await dead.tracker.flush();
    await context.pass(20_000);
    const lastHeartbeatAt = context.clock.now();

    dead.databaseLink = "down";
    await context.pass(15_000);
    await reapPresence(live.services);
    expect(await context.visitor(visitor)).toMatchObject({ connected: true });

    await context.pass(1);
    await reapPresence(live.services);
    expect(await context.visitor(visitor)).toMatchObject({ connected: false, departedAt: lastHeartbeatAt });
    expect(await context.agent(agent)).toEqual({ connected: false, droppedAt: lastHeartbeatAt });
    expect(await context.agent(invisible)).toEqual({ connected: false, droppedAt: null });
    expect(await context.sql("SELECT id FROM processes")).toHaveLength(1);
    expect(await context.sql("SELECT id FROM connections")).toEqual([]);
  });

  test("does not affect visitors with another tab on a live process", async () => {
    const [dead, live] = [await context.startProcess(), await context.startProcess()];
    const visitor = await addConnected(dead);
    live.tracker.open(v7(), visitor);
    await live.tracker.flush();
    dead.databaseLink = "down";
    await context.pass(20_000);
    await reapPresence(live.services);
    expect(await context.visitor(visitor)).toMatchObject({ connected: true });
  });

  test("leaves visitors who connected after its last heartbeat offline from the time they connected", async () => {
    const [dead, live] = [await context.startProcess(), await context.startProcess()];
    context.clock.advance(3_000);
    const connectedAt = context.clock.now();
    const visitor = await addConnected(dead);
    dead.databaseLink = "down";
    await context.pass(20_000);
    await reapPresence(live.services);
    expect(await context.visitor(visitor)).toMatchObject({ connected: false, departedAt: connectedAt });
  });

  test("is announced once, regardless of how many processes reap concurrently", async () => {
    const dead = await context.startProcess();
    const live = await Promise.all([1, 2, 3].map(() => context.startProcess()));
    const visitors = await Promise.all([1, 2, 3, 4].map(() => addConnected(dead)));
    for (const { visitorId } of visitors) await context.addConversation(visitorId);
    dead.databaseLink = "down";
    await context.pass(20_000);
    await Promise.all(live.map(({ services }) => reapPresence(services)));
    await Promise.all(live.map(({ services }) => reapPresence(services)));
    const published = live.flatMap((process) => process.takeAnnounced("conversationUpdated"));
    expect(published).toHaveLength(visitors.length);
  });

  test("that was only frozen records its connections again, and its visitors stay online", async () => {
    const [frozen, live] = [await context.startProcess(), await context.startProcess()];
    const visitor = await addConnected(frozen);
    frozen.databaseLink = "down";
    await context.pass(20_000);
    await reapPresence(live.services);
    expect(await context.visitor(visitor)).toMatchObject({ connected: false });

    frozen.databaseLink = "up";
    await frozen.tracker.sendHeartbeat();
    await frozen.tracker.flush();
    expect(await context.visitor(visitor)).toMatchObject({ connected: true });
    await context.pass(20_000);
    await reapPresence(live.services);
    expect(await context.visitor(visitor)).toMatchObject({ connected: true });
  });

  test("that was only frozen records its connections again with the first new one, before its next heartbeat", async () => {
    const [frozen, live] = [await context.startProcess(), await context.startProcess()];
    const visitor = await addConnected(frozen);
    frozen.databaseLink = "down";
    await context.pass(20_000);
    await reapPresence(live.services);
    frozen.databaseLink = "up";
    await addConnected(frozen);
    expect(await context.visitor(visitor)).toMatchObject({ connected: true });
  });
});

describe("A restart of the database", () => {
  test("leaves everyone online: processes record their open connections again", async () => {
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

  test("leaves visitors online whose process has not sent a heartbeat since", async () => {
    const [one, other] = [await context.startProcess(), await context.startProcess()];
    const visitor = await addConnected(other);
    await context.pass(60_000);
    await context.crashDatabase();
    await one.tracker.sendHeartbeat();
    await reapPresence(one.services);
    expect(await context.visitor(visitor)).toMatchObject({ connected: true });
  });

  test("leaves a visitor online who closes one tab before another process has recorded the other tab again", async () => {
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

  test("takes visitors offline who closed their only tab in the meantime", async () => {
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

  test("in which every process died too leaves everyone offline from the last heartbeat", async () => {
    const dead = await context.startProcess();
    const [visitor, agent] = [await addConnected(dead), await context.addAgent("ONLINE")];
    dead.tracker.open(v7(), agent);
    await dead.tracker.flush();
    await context.pass(30_000);
    const lastHeartbeatAt = context.clock.now();
    dead.databaseLink = "down";
    await context.crashDatabase();
    context.clock.advance(3_600_000);

    const next = await context.startProcess();
    await reapPresence(next.services);
    expect(await context.visitor(visitor)).toMatchObject({ connected: true });
    await context.pass(15_000);
    await reapPresence(next.services);
    expect(await context.visitor(visitor)).toMatchObject({ connected: false, departedAt: lastHeartbeatAt });
    expect(await context.agent(agent)).toEqual({ connected: false, droppedAt: lastHeartbeatAt });
  });

  test("makes presence unreliable until one heartbeat interval has passed", async () => {
    const isReliable = () => isPresenceReliable(context.database.query.bind(context.database), context.clock.now());
    const { tracker } = await context.startProcess();
    context.clock.advance(60_000);
    expect(await isReliable()).toBe(true);
    await context.crashDatabase();
    expect(await isReliable()).toBe(false);
    await tracker.sendHeartbeat();
    context.clock.advance(4_999);
    expect(await isReliable()).toBe(false);
    context.clock.advance(1);
    expect(await isReliable()).toBe(true);
  });
});

test("After an hour without the database no process counts as dead before it could send a heartbeat again", async () => {
  const [one, other] = [await context.startProcess(), await context.startProcess()];
  const visitor = await addConnected(other);
  await context.pass(60_000);
  [one.databaseLink, other.databaseLink] = ["down", "down"];
  await Promise.all([one.tracker.sendHeartbeat(), other.tracker.sendHeartbeat()]);
  context.clock.advance(3_600_000);
  one.databaseLink = "up";
  await one.tracker.sendHeartbeat();
  await reapPresence(one.services);
  expect(await context.visitor(visitor)).toMatchObject({ connected: true });
  other.databaseLink = "up";
  await context.pass(20_000);
  await reapPresence(one.services);
  expect(await context.visitor(visitor)).toMatchObject({ connected: true, departedAt: null });
});
