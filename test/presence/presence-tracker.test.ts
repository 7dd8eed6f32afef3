import "reflect-metadata";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { v7 } from "uuid";
import { activateGuestSession } from "../../src/sessions/activate-guest.js";
import { PresenceContext } from "./presence-context.js";

let context: PresenceContext;
beforeAll(async () => {
  context = await PresenceContext.setup();
});
afterEach(() => context.stopProcesses());
afterAll(() => context.teardown());

describe("A visitor", () => {
  test("is connected while any tab is open, and leaves when the last one closes", async () => {
    const { tracker } = await context.startProcess();
    const visitor = await context.addVisitor();
    const [firstTab, secondTab] = [v7(), v7()];
    tracker.open(firstTab, visitor);
    tracker.open(secondTab, visitor);
    await tracker.flush();
    expect(await context.visitor(visitor)).toMatchObject({ connected: true, departedAt: null });

    context.clock.advance(60_000);
    tracker.close(firstTab);
    await tracker.flush();
    expect(await context.visitor(visitor)).toMatchObject({ connected: true });

    context.clock.advance(60_000);
    const leftAt = context.clock.now();
    tracker.close(secondTab);
    context.clock.advance(2_000);
    await tracker.flush();
    expect(await context.visitor(visitor)).toMatchObject({ connected: false, departedAt: leftAt });
  });

  test("with tabs on two processes is connected until both are closed", async () => {
    const [one, other] = [await context.startProcess(), await context.startProcess()];
    const visitor = await context.addVisitor();
    const [firstTab, secondTab] = [v7(), v7()];
    one.tracker.open(firstTab, visitor);
    other.tracker.open(secondTab, visitor);
    await Promise.all([one.tracker.flush(), other.tracker.flush()]);

    one.tracker.close(firstTab);
    await one.tracker.flush();
    expect(await context.visitor(visitor)).toMatchObject({ connected: true });
    other.tracker.close(secondTab);
    await other.tracker.flush();
    expect(await context.visitor(visitor)).toMatchObject({ connected: false, departedAt: context.clock.now() });
  });

  test("is offline after all tabs on several processes closed concurrently", async () => {
    const processes = await Promise.all([1, 2, 3, 4].map(() => context.startProcess()));
    const visitors = await Promise.all([1, 2, 3].map(() => context.addVisitor()));
    const tabs = processes.flatMap(({ tracker }) => visitors.map((visitor) => ({ tracker, visitor, id: v7() })));
    for (const { tracker, visitor, id } of tabs) tracker.open(id, visitor);
    await Promise.all(processes.map(({ tracker }) => tracker.flush()));
    for (const { tracker, id } of tabs) tracker.close(id);
    await Promise.all(processes.map(({ tracker }) => tracker.flush()));
    for (const visitor of visitors) expect(await context.visitor(visitor)).toMatchObject({ connected: false });
    expect(await context.sql("SELECT id FROM connections")).toEqual([]);
  });

  test("who reloads the page does not leave, and nothing is published", async () => {
    const process = await context.startProcess();
    const visitor = await context.addVisitor();
    await context.addConversation(visitor.visitorId);
    const before = v7();
    process.tracker.open(before, visitor);
    await process.tracker.flush();
    expect(process.takeAnnounced("conversationUpdated")).toHaveLength(1);

    context.clock.advance(60_000);
    process.tracker.close(before);
    process.tracker.open(v7(), visitor);
    await process.tracker.flush();
    expect(await context.visitor(visitor)).toMatchObject({ connected: true, departedAt: null });
    expect(process.takeAnnounced("conversationUpdated")).toEqual([]);
  });

  test("who opens and closes a tab within one batch causes no statement", async () => {
    const process = await context.startProcess();
    const visitor = await context.addVisitor();
    const before = process.statements;
    const tab = v7();
    process.tracker.open(tab, visitor);
    process.tracker.close(tab);
    await process.tracker.flush();
    expect(process.statements).toBe(before);
    expect(await context.visitor(visitor)).toMatchObject({ connected: false, departedAt: null });
  });

  test("publishes conversationUpdated when connecting and when leaving", async () => {
    const process = await context.startProcess();
    const visitor = await context.addVisitor();
    const conversationId = await context.addConversation(visitor.visitorId);
    const updated = { type: "conversationUpdated", conversationId, visitorId: visitor.visitorId };
    const tab = v7();
    process.tracker.open(tab, visitor);
    await process.tracker.flush();
    expect(process.takeAnnounced("conversationUpdated")).toEqual([updated]);
    process.tracker.close(tab);
    await process.tracker.flush();
    expect(process.takeAnnounced("conversationUpdated")).toEqual([updated]);
  });

  test("who leaves makes pending replies due earlier, and coming back undoes it", async () => {
    const { tracker } = await context.startProcess();
    const visitor = await context.addVisitor();
    const conversationId = await context.addConversation(visitor.visitorId);
    await context.sql("UPDATE forwarding_preference SET channels = '{email}'");
    await context.sql(
      `UPDATE visitors SET addresses = '{"email": {"address": "ben@example.com", "shown": "ben@example.com"}}'
      WHERE id = $1`,
      visitor.visitorId,
    );
    const tab = v7();
    tracker.open(tab, visitor);
    await tracker.flush();
    const repliedAt = context.clock.now();
    await context.sql(
      `UPDATE conversations SET message_count = 1, pending_replies = 1, last_pending_position = 1,
      first_pending_at = $2, last_pending_at = $2 WHERE id = $1`,
      conversationId,
      repliedAt,
    );

    const dueAfterMs = async () => {
      const [row] = await context.sql<{ dueAt: Date }>(
        "SELECT due_at FROM conversations WHERE id = $1",
        conversationId,
      );
      return (row?.dueAt.getTime() ?? Number.NaN) - repliedAt.getTime();
    };
    context.clock.advance(10_000);
    tracker.close(tab);
    await tracker.flush();
    expect(await dueAfterMs()).toBe(310_000);
    context.clock.advance(299_000);
    tracker.open(v7(), visitor);
    await tracker.flush();
    expect(await dueAfterMs()).toBe(1_800_000);
  });

  test("who was merged into another is online, and leaves, as that one", async () => {
    const { tracker } = await context.startProcess();
    const [anonymous, known] = [await context.addVisitor(), await context.addVisitor()];
    const tab = v7();
    tracker.open(tab, anonymous);
    await tracker.flush();
    await context.sql(
      "UPDATE visitors SET alias_of = $2, connected = false WHERE id = $1",
      anonymous.visitorId,
      known.visitorId,
    );
    await context.sql("UPDATE visitors SET connected = true WHERE id = $1", known.visitorId);
    await context.sql("UPDATE connections SET visitor_id = $1", known.visitorId);

    await context.crashDatabase();
    await tracker.sendHeartbeat();
    expect(await context.visitor(known)).toMatchObject({ connected: true });
    context.clock.advance(60_000);
    tracker.close(tab);
    await tracker.flush();
    expect(await context.visitor(known)).toMatchObject({ connected: false, departedAt: context.clock.now() });
  });
});

describe("A guest", () => {
  test("is online from the first interaction, not from opening the link", async () => {
    const { tracker, services } = await context.startProcess();
    const guest = await context.addGuest();
    tracker.open(v7(), guest);
    await tracker.flush();
    expect(await context.visitor(guest)).toMatchObject({ connected: false });

    await services.database.transaction((transaction) => activateGuestSession(transaction, guest, context.clock.now()));
    await new Promise((resolve) => setImmediate(resolve));
    await tracker.flush();
    expect(await context.visitor(guest)).toMatchObject({ connected: true });
  });

  test("who was active before is online as soon as a connection opens", async () => {
    const { tracker, services } = await context.startProcess();
    const guest = await context.addGuest();
    await services.database.transaction((transaction) => activateGuestSession(transaction, guest, context.clock.now()));
    const tab = v7();
    tracker.open(tab, guest);
    await tracker.flush();
    expect(await context.visitor(guest)).toMatchObject({ connected: true });
    context.clock.advance(1_000);
    tracker.close(tab);
    await tracker.flush();
    expect(await context.visitor(guest)).toMatchObject({ connected: false, departedAt: context.clock.now() });
  });

  test("who was active through another process is online at the next heartbeat", async () => {
    const { tracker } = await context.startProcess();
    const guest = await context.addGuest();
    tracker.open(v7(), guest);
    await tracker.flush();
    await context.sql("UPDATE sessions SET active_at = $2 WHERE id = $1", guest.sessionId, context.clock.now());
    await context.pass(5_000);
    expect(await context.visitor(guest)).toMatchObject({ connected: true });
  });

  test("who only opened the link does not change the visitor's presence", async () => {
    const process = await context.startProcess();
    const guest = await context.addGuest();
    const tab = v7();
    process.tracker.open(tab, guest);
    await process.tracker.flush();
    context.clock.advance(60_000);
    process.tracker.close(tab);
    await process.tracker.flush();
    expect(await context.visitor(guest)).toMatchObject({ connected: false, departedAt: null });
    expect(process.takeAnnounced("conversationUpdated")).toEqual([]);
  });
});

describe("An agent", () => {
  test("who chose ONLINE drops when the last connection closes, and reconnecting clears the drop", async () => {
    const { tracker } = await context.startProcess();
    const agent = await context.addAgent("ONLINE");
    const tab = v7();
    tracker.open(tab, agent);
    await tracker.flush();
    expect(await context.agent(agent)).toEqual({ connected: true, droppedAt: null });

    const droppedAt = context.clock.now();
    tracker.close(tab);
    context.clock.advance(20_000);
    await tracker.flush();
    expect(await context.agent(agent)).toEqual({ connected: false, droppedAt });

    tracker.open(v7(), agent);
    await tracker.flush();
    expect(await context.agent(agent)).toEqual({ connected: true, droppedAt: null });
  });

  test("who chose OFFLINE does not drop", async () => {
    const { tracker } = await context.startProcess();
    const agent = await context.addAgent("OFFLINE");
    const tab = v7();
    tracker.open(tab, agent);
    await tracker.flush();
    context.clock.advance(20_000);
    tracker.close(tab);
    await tracker.flush();
    expect(await context.agent(agent)).toEqual({ connected: false, droppedAt: null });
  });

  test("publishes contactFormUpdated when connecting, and again when the grace period after a drop has passed", async () => {
    const process = await context.startProcess();
    const agent = await context.addAgent("ONLINE");
    const tab = v7();
    process.tracker.open(tab, agent);
    await process.tracker.flush();
    expect(process.takeAnnounced("contactFormUpdated")).toHaveLength(1);
    process.tracker.close(tab);
    await context.pass(25_000);
    process.takeAnnounced("contactFormUpdated");
    await context.pass(5_000);
    expect(process.takeAnnounced("contactFormUpdated")).toHaveLength(1);
    await context.pass(5_000);
    expect(process.takeAnnounced("contactFormUpdated")).toEqual([]);
  });
});

describe("While the database is unavailable", () => {
  test("connections are kept, and stored with their own times once it is back", async () => {
    const process = await context.startProcess();
    const [arriving, leaving, visiting] = [
      await context.addVisitor(),
      await context.addVisitor(),
      await context.addVisitor(),
    ];
    const [leavingTab, visitingTab] = [v7(), v7()];
    process.tracker.open(leavingTab, leaving);
    await process.tracker.flush();

    process.databaseLink = "down";
    process.tracker.open(v7(), arriving);
    const flushed = process.tracker.flush();
    process.tracker.open(visitingTab, visiting);
    await process.tracker.sendHeartbeat();
    context.clock.advance(30_000);
    const leftAt = context.clock.now();
    process.tracker.close(leavingTab);
    process.tracker.close(visitingTab);
    context.clock.advance(30_000);
    process.databaseLink = "up";
    await flushed;
    await process.tracker.flush();
    expect(await context.visitor(arriving)).toMatchObject({ connected: true });
    expect(await context.visitor(leaving)).toMatchObject({ connected: false, departedAt: leftAt });
    expect(await context.visitor(visiting)).toMatchObject({ connected: false, departedAt: leftAt });
  });

  test("stopping does not wait for it", async () => {
    const process = await context.startProcess();
    process.databaseLink = "down";
    process.tracker.open(v7(), await context.addVisitor());
    await process.tracker.stop();
  });
});

describe("A batch", () => {
  test("takes at most six statements, regardless of its size", async () => {
    const process = await context.startProcess();
    const visitors = await Promise.all(Array.from({ length: 250 }, () => context.addVisitor()));
    const tabs = visitors.map((visitor) => ({ id: v7(), visitor }));
    for (const { id, visitor } of tabs) process.tracker.open(id, visitor);
    await process.tracker.flush();
    [process.statements, process.transactions] = [0, 0];
    for (const { id, visitor } of tabs) {
      process.tracker.close(id);
      process.tracker.open(v7(), visitor);
    }
    for (const visitor of visitors.slice(0, 100)) process.tracker.open(v7(), visitor);
    await process.tracker.flush();
    expect(process.statements / process.transactions).toBeLessThanOrEqual(6);
    expect(process.transactions).toBe(2);
  });

  test("never contains an id that the database would refuse", async () => {
    const { tracker } = await context.startProcess();
    const visitor = await context.addVisitor();
    expect(() => tracker.open("no-uuid", visitor)).toThrow(TypeError);
  });
});

test("A process that stops leaves its visitors and agents offline, and no rows behind", async () => {
  const { tracker } = await context.startProcess();
  const [visitor, agent] = [await context.addVisitor(), await context.addAgent("ONLINE")];
  tracker.open(v7(), visitor);
  tracker.open(v7(), agent);
  await tracker.flush();
  context.clock.advance(60_000);
  await tracker.stop();
  expect(await context.visitor(visitor)).toMatchObject({ connected: false, departedAt: context.clock.now() });
  expect(await context.agent(agent)).toEqual({ connected: false, droppedAt: context.clock.now() });
  expect(await context.sql("SELECT id FROM processes UNION ALL SELECT id FROM connections")).toEqual([]);
});
