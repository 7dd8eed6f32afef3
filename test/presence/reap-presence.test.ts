import "reflect-metadata";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { v7 } from "uuid";
import { reapPresence } from "../../src/presence/reap-presence.js";
import { isPresenceReliable } from "../../src/processes/presence-epoch.js";
import type { VisitorViewer } from "../../src/viewer.js";
import { Stage, type StageProcess } from "./presence-stage.js";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.stopAll());
afterAll(() => stage.close());

async function addConnected({ book }: StageProcess): Promise<VisitorViewer> {
  const visitor = await stage.addVisitor();
  book.open(v7(), visitor);
  await book.flush();
  return visitor;
}

describe("A process that dies", () => {
  test("takes its people with it: they are away since its last heartbeat", async () => {
    const [dying, living] = [await stage.startProcess(), await stage.startProcess()];
    const [visitor, agent, invisible] = [
      await addConnected(dying),
      await stage.addAgent("ONLINE"),
      await stage.addAgent("OFFLINE"),
    ];
    dying.book.open(v7(), agent);
    dying.book.open(v7(), invisible);
    await dying.book.flush();
    await stage.pass(20_000);
    const lastBeatAt = stage.clock.now();

    dying.line = "cut";
    await stage.pass(15_000);
    await reapPresence(living.services);
    expect(await stage.visitor(visitor)).toMatchObject({ connected: true });

    await stage.pass(1);
    await reapPresence(living.services);
    expect(await stage.visitor(visitor)).toMatchObject({ connected: false, departedAt: lastBeatAt });
    expect(await stage.agent(agent)).toEqual({ connected: false, droppedAt: lastBeatAt });
    expect(await stage.agent(invisible)).toEqual({ connected: false, droppedAt: null });
    expect(await stage.sql("SELECT id FROM processes")).toHaveLength(1);
    expect(await stage.sql("SELECT id FROM connections")).toEqual([]);
  });

  test("does not take those who have another tab on a living one", async () => {
    const [dying, living] = [await stage.startProcess(), await stage.startProcess()];
    const visitor = await addConnected(dying);
    living.book.open(v7(), visitor);
    await living.book.flush();
    dying.line = "cut";
    await stage.pass(20_000);
    await reapPresence(living.services);
    expect(await stage.visitor(visitor)).toMatchObject({ connected: true });
  });

  test("had those who came after its last heartbeat until their coming", async () => {
    const [dying, living] = [await stage.startProcess(), await stage.startProcess()];
    stage.clock.advance(3_000);
    const cameAt = stage.clock.now();
    const visitor = await addConnected(dying);
    dying.line = "cut";
    await stage.pass(20_000);
    await reapPresence(living.services);
    expect(await stage.visitor(visitor)).toMatchObject({ connected: false, departedAt: cameAt });
  });

  test("is told of once, however many look at the same time", async () => {
    const dying = await stage.startProcess();
    const living = await Promise.all([1, 2, 3].map(() => stage.startProcess()));
    const visitors = await Promise.all([1, 2, 3, 4].map(() => addConnected(dying)));
    for (const { visitorId } of visitors) await stage.addConversation(visitorId);
    dying.line = "cut";
    await stage.pass(20_000);
    await Promise.all(living.map(({ services }) => reapPresence(services)));
    await Promise.all(living.map(({ services }) => reapPresence(services)));
    const heard = await Promise.all(living.map((process) => process.takeHeard("conversationUpdated")));
    expect(heard.flat()).toHaveLength(visitors.length);
  });

  test("and was only frozen enters everything again, and they have not left since", async () => {
    const [frozen, living] = [await stage.startProcess(), await stage.startProcess()];
    const visitor = await addConnected(frozen);
    frozen.line = "cut";
    await stage.pass(20_000);
    await reapPresence(living.services);
    expect(await stage.visitor(visitor)).toMatchObject({ connected: false });

    frozen.line = "whole";
    await frozen.book.sendHeartbeat();
    await frozen.book.flush();
    expect(await stage.visitor(visitor)).toMatchObject({ connected: true });
    await stage.pass(20_000);
    await reapPresence(living.services);
    expect(await stage.visitor(visitor)).toMatchObject({ connected: true });
  });

  test("and was only frozen enters everything again with the first connection, before its next heartbeat", async () => {
    const [frozen, living] = [await stage.startProcess(), await stage.startProcess()];
    const visitor = await addConnected(frozen);
    frozen.line = "cut";
    await stage.pass(20_000);
    await reapPresence(living.services);
    frozen.line = "whole";
    await addConnected(frozen);
    expect(await stage.visitor(visitor)).toMatchObject({ connected: true });
  });
});

describe("A restart of the database", () => {
  test("makes nobody leave: processes enter their open connections again", async () => {
    const processes = [await stage.startProcess(), await stage.startProcess()];
    await stage.pass(60_000);
    const visitors = await Promise.all(processes.map(addConnected));
    const agent = await stage.addAgent("ONLINE");
    processes[0]?.book.open(v7(), agent);
    await processes[0]?.book.flush();
    await stage.crashDatabase();
    for (let round = 0; round < 6; round += 1) {
      await stage.pass(5_000);
      await Promise.all(processes.map(({ services }) => reapPresence(services)));
    }
    for (const visitor of visitors) {
      expect(await stage.visitor(visitor)).toMatchObject({ connected: true, departedAt: null });
    }
    expect(await stage.agent(agent)).toEqual({ connected: true, droppedAt: null });
    expect(await stage.sql("SELECT id FROM connections")).toHaveLength(3);
  });

  test("takes nobody for gone whose process has not beaten since", async () => {
    const [one, other] = [await stage.startProcess(), await stage.startProcess()];
    const visitor = await addConnected(other);
    await stage.pass(60_000);
    await stage.crashDatabase();
    await one.book.sendHeartbeat();
    await reapPresence(one.services);
    expect(await stage.visitor(visitor)).toMatchObject({ connected: true });
  });

  test("leaves nobody away who closes one tab before another process has entered the other tab again", async () => {
    const [one, other] = [await stage.startProcess(), await stage.startProcess()];
    await stage.pass(60_000);
    const [visitor, tab] = [await stage.addVisitor(), v7()];
    one.book.open(tab, visitor);
    other.book.open(v7(), visitor);
    await Promise.all([one.book.flush(), other.book.flush()]);
    await stage.crashDatabase();
    one.book.close(tab);
    await one.book.flush();
    expect(await stage.visitor(visitor)).toMatchObject({ connected: true });
    await stage.pass(20_000);
    await reapPresence(one.services);
    expect(await stage.visitor(visitor)).toMatchObject({ connected: true });
  });

  test("finds those again who closed their only tab meanwhile", async () => {
    const [one] = [await stage.startProcess(), await stage.startProcess()];
    await stage.pass(60_000);
    const [visitor, tab] = [await stage.addVisitor(), v7()];
    one.book.open(tab, visitor);
    await one.book.flush();
    await stage.crashDatabase();
    stage.clock.advance(1_000);
    await one.book.sendHeartbeat();
    stage.clock.advance(1_000);
    const leftAt = stage.clock.now();
    one.book.close(tab);
    await one.book.flush();
    await stage.pass(20_000);
    await reapPresence(one.services);
    expect(await stage.visitor(visitor)).toMatchObject({ connected: false, departedAt: leftAt });
  });

  test("in which every process died too ends with everybody away since the last heartbeat", async () => {
    const dying = await stage.startProcess();
    const [visitor, agent] = [await addConnected(dying), await stage.addAgent("ONLINE")];
    dying.book.open(v7(), agent);
    await dying.book.flush();
    await stage.pass(30_000);
    const lastBeatAt = stage.clock.now();
    dying.line = "cut";
    await stage.crashDatabase();
    stage.clock.advance(3_600_000);

    const next = await stage.startProcess();
    await reapPresence(next.services);
    expect(await stage.visitor(visitor)).toMatchObject({ connected: true });
    await stage.pass(15_000);
    await reapPresence(next.services);
    expect(await stage.visitor(visitor)).toMatchObject({ connected: false, departedAt: lastBeatAt });
    expect(await stage.agent(agent)).toEqual({ connected: false, droppedAt: lastBeatAt });
  });

  test("lets nobody be judged before one heartbeat has passed", async () => {
    const judgeable = () => isPresenceReliable(stage.database.query.bind(stage.database), stage.clock.now());
    const { book } = await stage.startProcess();
    stage.clock.advance(60_000);
    expect(await judgeable()).toBe(true);
    await stage.crashDatabase();
    expect(await judgeable()).toBe(false);
    await book.sendHeartbeat();
    stage.clock.advance(4_999);
    expect(await judgeable()).toBe(false);
    stage.clock.advance(1);
    expect(await judgeable()).toBe(true);
  });
});

test("After an hour without the database nobody takes others for dead before they could beat again", async () => {
  const [one, other] = [await stage.startProcess(), await stage.startProcess()];
  const visitor = await addConnected(other);
  await stage.pass(60_000);
  [one.line, other.line] = ["cut", "cut"];
  await Promise.all([one.book.sendHeartbeat(), other.book.sendHeartbeat()]);
  stage.clock.advance(3_600_000);
  one.line = "whole";
  await one.book.sendHeartbeat();
  await reapPresence(one.services);
  expect(await stage.visitor(visitor)).toMatchObject({ connected: true });
  other.line = "whole";
  await stage.pass(20_000);
  await reapPresence(one.services);
  expect(await stage.visitor(visitor)).toMatchObject({ connected: true, departedAt: null });
});
