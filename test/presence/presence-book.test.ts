import "reflect-metadata";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { v7 } from "uuid";
import { activateGuestSession } from "../../src/sessions/activate-guest.js";
import { Stage } from "./presence-stage.js";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.stopAll());
afterAll(() => stage.close());

describe("A visitor", () => {
  test("is connected while any tab is open, and leaves at the closing of the last one", async () => {
    const { book } = await stage.startProcess();
    const visitor = await stage.addVisitor();
    const [firstTab, secondTab] = [v7(), v7()];
    book.open(firstTab, visitor);
    book.open(secondTab, visitor);
    await book.flush();
    expect(await stage.visitor(visitor)).toMatchObject({ connected: true, departedAt: null });

    stage.clock.advance(60_000);
    book.close(firstTab);
    await book.flush();
    expect(await stage.visitor(visitor)).toMatchObject({ connected: true });

    stage.clock.advance(60_000);
    const leftAt = stage.clock.now();
    book.close(secondTab);
    stage.clock.advance(2_000);
    await book.flush();
    expect(await stage.visitor(visitor)).toMatchObject({ connected: false, departedAt: leftAt });
  });

  test("with tabs on two processes is connected until both have closed", async () => {
    const [one, other] = [await stage.startProcess(), await stage.startProcess()];
    const visitor = await stage.addVisitor();
    const [firstTab, secondTab] = [v7(), v7()];
    one.book.open(firstTab, visitor);
    other.book.open(secondTab, visitor);
    await Promise.all([one.book.flush(), other.book.flush()]);

    one.book.close(firstTab);
    await one.book.flush();
    expect(await stage.visitor(visitor)).toMatchObject({ connected: true });
    other.book.close(secondTab);
    await other.book.flush();
    expect(await stage.visitor(visitor)).toMatchObject({ connected: false, departedAt: stage.clock.now() });
  });

  test("closing and opening tabs at once on many processes ends as the last of them says", async () => {
    const processes = await Promise.all([1, 2, 3, 4].map(() => stage.startProcess()));
    const visitors = await Promise.all([1, 2, 3].map(() => stage.addVisitor()));
    const tabs = processes.flatMap(({ book }) => visitors.map((visitor) => ({ book, visitor, id: v7() })));
    for (const { book, visitor, id } of tabs) book.open(id, visitor);
    await Promise.all(processes.map(({ book }) => book.flush()));
    for (const { book, id } of tabs) book.close(id);
    await Promise.all(processes.map(({ book }) => book.flush()));
    for (const visitor of visitors) expect(await stage.visitor(visitor)).toMatchObject({ connected: false });
    expect(await stage.sql("SELECT id FROM connections")).toEqual([]);
  });

  test("who reloads the page has not left, and nobody hears of it", async () => {
    const process = await stage.startProcess();
    const visitor = await stage.addVisitor();
    await stage.addConversation(visitor.visitorId);
    const before = v7();
    process.book.open(before, visitor);
    await process.book.flush();
    expect(await process.takeHeard("conversationUpdated")).toHaveLength(1);

    stage.clock.advance(60_000);
    process.book.close(before);
    process.book.open(v7(), visitor);
    await process.book.flush();
    expect(await stage.visitor(visitor)).toMatchObject({ connected: true, departedAt: null });
    expect(await process.takeHeard("conversationUpdated")).toEqual([]);
  });

  test("who opens and closes within one batch costs the database nothing", async () => {
    const process = await stage.startProcess();
    const visitor = await stage.addVisitor();
    const before = process.statements;
    const tab = v7();
    process.book.open(tab, visitor);
    process.book.close(tab);
    await process.book.flush();
    expect(process.statements).toBe(before);
    expect(await stage.visitor(visitor)).toMatchObject({ connected: false, departedAt: null });
  });

  test("comes and goes in the eyes of those who follow the conversation", async () => {
    const process = await stage.startProcess();
    const visitor = await stage.addVisitor();
    const conversationId = await stage.addConversation(visitor.visitorId);
    const updated = { type: "conversationUpdated", conversationId, visitorId: visitor.visitorId };
    const tab = v7();
    process.book.open(tab, visitor);
    await process.book.flush();
    expect(await process.takeHeard("conversationUpdated")).toEqual([updated]);
    process.book.close(tab);
    await process.book.flush();
    expect(await process.takeHeard("conversationUpdated")).toEqual([updated]);
  });

  test("who leaves makes pending replies due, and one who comes back does not", async () => {
    const { book } = await stage.startProcess();
    const visitor = await stage.addVisitor();
    const conversationId = await stage.addConversation(visitor.visitorId);
    await stage.sql("UPDATE forwarding_preference SET channels = '{email}'");
    await stage.sql(
      `UPDATE visitors SET addresses = '{"email": {"address": "ben@example.com", "shown": "ben@example.com"}}'
      WHERE id = $1`,
      [visitor.visitorId],
    );
    const tab = v7();
    book.open(tab, visitor);
    await book.flush();
    const repliedAt = stage.clock.now();
    await stage.sql(
      `UPDATE conversations SET message_count = 1, pending_replies = 1, last_pending_position = 1,
      first_pending_at = $2, last_pending_at = $2 WHERE id = $1`,
      [conversationId, repliedAt],
    );

    const dueAfterMs = async () => {
      const [row] = await stage.sql<{ dueAt: Date }>("SELECT due_at FROM conversations WHERE id = $1", [
        conversationId,
      ]);
      return (row?.dueAt.getTime() ?? Number.NaN) - repliedAt.getTime();
    };
    stage.clock.advance(10_000);
    book.close(tab);
    await book.flush();
    expect(await dueAfterMs()).toBe(310_000);
    stage.clock.advance(299_000);
    book.open(v7(), visitor);
    await book.flush();
    expect(await dueAfterMs()).toBe(1_800_000);
  });

  test("whom an identity has joined to another is there, and leaves, as that one", async () => {
    const { book } = await stage.startProcess();
    const [anonymous, known] = [await stage.addVisitor(), await stage.addVisitor()];
    const tab = v7();
    book.open(tab, anonymous);
    await book.flush();
    await stage.sql("UPDATE visitors SET alias_of = $2, connected = false WHERE id = $1", [
      anonymous.visitorId,
      known.visitorId,
    ]);
    await stage.sql("UPDATE visitors SET connected = true WHERE id = $1", [known.visitorId]);
    await stage.sql("UPDATE connections SET visitor_id = $1", [known.visitorId]);

    await stage.crashDatabase();
    await book.sendHeartbeat();
    expect(await stage.visitor(known)).toMatchObject({ connected: true });
    stage.clock.advance(60_000);
    book.close(tab);
    await book.flush();
    expect(await stage.visitor(known)).toMatchObject({ connected: false, departedAt: stage.clock.now() });
  });
});

describe("A guest", () => {
  test("is there from the first thing done, not from the opening of the link", async () => {
    const { book, services } = await stage.startProcess();
    const guest = await stage.addGuest();
    book.open(v7(), guest);
    await book.flush();
    expect(await stage.visitor(guest)).toMatchObject({ connected: false });

    await services.database.transaction((transaction) => activateGuestSession(transaction, guest, stage.clock.now()));
    await new Promise((resolve) => setImmediate(resolve));
    await book.flush();
    expect(await stage.visitor(guest)).toMatchObject({ connected: true });
  });

  test("who was active before is there as soon as a connection opens", async () => {
    const { book, services } = await stage.startProcess();
    const guest = await stage.addGuest();
    await services.database.transaction((transaction) => activateGuestSession(transaction, guest, stage.clock.now()));
    const tab = v7();
    book.open(tab, guest);
    await book.flush();
    expect(await stage.visitor(guest)).toMatchObject({ connected: true });
    stage.clock.advance(1_000);
    book.close(tab);
    await book.flush();
    expect(await stage.visitor(guest)).toMatchObject({ connected: false, departedAt: stage.clock.now() });
  });

  test("who was active through another process is there at the next heartbeat", async () => {
    const { book } = await stage.startProcess();
    const guest = await stage.addGuest();
    book.open(v7(), guest);
    await book.flush();
    await stage.sql("UPDATE sessions SET active_at = $2 WHERE id = $1", [guest.sessionId, stage.clock.now()]);
    await stage.pass(5_000);
    expect(await stage.visitor(guest)).toMatchObject({ connected: true });
  });

  test("who only opened the link leaves no trace", async () => {
    const process = await stage.startProcess();
    const guest = await stage.addGuest();
    const tab = v7();
    process.book.open(tab, guest);
    await process.book.flush();
    stage.clock.advance(60_000);
    process.book.close(tab);
    await process.book.flush();
    expect(await stage.visitor(guest)).toMatchObject({ connected: false, departedAt: null });
    expect(await process.takeHeard("conversationUpdated")).toEqual([]);
  });
});

describe("An agent", () => {
  test("who chose ONLINE drops at the closing of the last connection, and coming back takes it back", async () => {
    const { book } = await stage.startProcess();
    const agent = await stage.addAgent("ONLINE");
    const tab = v7();
    book.open(tab, agent);
    await book.flush();
    expect(await stage.agent(agent)).toEqual({ connected: true, droppedAt: null });

    const droppedAt = stage.clock.now();
    book.close(tab);
    stage.clock.advance(20_000);
    await book.flush();
    expect(await stage.agent(agent)).toEqual({ connected: false, droppedAt });

    book.open(v7(), agent);
    await book.flush();
    expect(await stage.agent(agent)).toEqual({ connected: true, droppedAt: null });
  });

  test("who chose OFFLINE does not drop", async () => {
    const { book } = await stage.startProcess();
    const agent = await stage.addAgent("OFFLINE");
    const tab = v7();
    book.open(tab, agent);
    await book.flush();
    stage.clock.advance(20_000);
    book.close(tab);
    await book.flush();
    expect(await stage.agent(agent)).toEqual({ connected: false, droppedAt: null });
  });

  test("is announced to contact forms on coming, and again when the time after a drop has passed", async () => {
    const process = await stage.startProcess();
    const agent = await stage.addAgent("ONLINE");
    const tab = v7();
    process.book.open(tab, agent);
    await process.book.flush();
    expect(await process.takeHeard("contactFormUpdated")).toHaveLength(1);
    process.book.close(tab);
    await stage.pass(25_000);
    await process.takeHeard("contactFormUpdated");
    await stage.pass(5_000);
    expect(await process.takeHeard("contactFormUpdated")).toHaveLength(1);
    await stage.pass(5_000);
    expect(await process.takeHeard("contactFormUpdated")).toEqual([]);
  });
});

describe("While the database is away", () => {
  test("connections are kept, and written with their own moments once it is back", async () => {
    const process = await stage.startProcess();
    const [comes, goes, visits] = [await stage.addVisitor(), await stage.addVisitor(), await stage.addVisitor()];
    const [leaving, visiting] = [v7(), v7()];
    process.book.open(leaving, goes);
    await process.book.flush();

    process.line = "cut";
    process.book.open(v7(), comes);
    const flushed = process.book.flush();
    process.book.open(visiting, visits);
    await process.book.sendHeartbeat();
    stage.clock.advance(30_000);
    const leftAt = stage.clock.now();
    process.book.close(leaving);
    process.book.close(visiting);
    stage.clock.advance(30_000);
    process.line = "whole";
    await flushed;
    await process.book.flush();
    expect(await stage.visitor(comes)).toMatchObject({ connected: true });
    expect(await stage.visitor(goes)).toMatchObject({ connected: false, departedAt: leftAt });
    expect(await stage.visitor(visits)).toMatchObject({ connected: false, departedAt: leftAt });
  });

  test("a stop does not wait for it", async () => {
    const process = await stage.startProcess();
    process.line = "cut";
    process.book.open(v7(), await stage.addVisitor());
    await process.book.stop();
  });
});

describe("A batch", () => {
  test("takes six statements at most, whatever its size", async () => {
    const process = await stage.startProcess();
    const visitors = await Promise.all(Array.from({ length: 250 }, () => stage.addVisitor()));
    const tabs = visitors.map((visitor) => ({ id: v7(), visitor }));
    for (const { id, visitor } of tabs) process.book.open(id, visitor);
    await process.book.flush();
    [process.statements, process.transactions] = [0, 0];
    for (const { id, visitor } of tabs) {
      process.book.close(id);
      process.book.open(v7(), visitor);
    }
    for (const visitor of visitors.slice(0, 100)) process.book.open(v7(), visitor);
    await process.book.flush();
    expect(process.statements / process.transactions).toBeLessThanOrEqual(6);
    expect(process.transactions).toBe(2);
  });

  test("is spared an id that the database would refuse", async () => {
    const { book } = await stage.startProcess();
    const visitor = await stage.addVisitor();
    expect(() => book.open("no-uuid", visitor)).toThrow(TypeError);
  });
});

test("A process that stops takes its people with it, and leaves nothing behind", async () => {
  const { book } = await stage.startProcess();
  const [visitor, agent] = [await stage.addVisitor(), await stage.addAgent("ONLINE")];
  book.open(v7(), visitor);
  book.open(v7(), agent);
  await book.flush();
  stage.clock.advance(60_000);
  await book.stop();
  expect(await stage.visitor(visitor)).toMatchObject({ connected: false, departedAt: stage.clock.now() });
  expect(await stage.agent(agent)).toEqual({ connected: false, droppedAt: stage.clock.now() });
  expect(await stage.sql("SELECT id FROM processes UNION ALL SELECT id FROM connections")).toEqual([]);
});
