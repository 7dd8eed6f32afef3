import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { ChangeEvent } from "../../src/events/events.js";
import { RawSocket, type SocketMessage } from "../support/app/raw-socket.js";
import { anaId, conversationId, messageId, type Rows, StubServer } from "./stub-server.js";

let server: StubServer;
const open: RawSocket[] = [];
beforeEach(async () => {
  server = await StubServer.start();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((socket) => socket.close()));
  await server.stop();
});

const messageAdded: ChangeEvent = { type: "messageAdded", conversationId, visitorId: anaId, messageId };
const byFields = (fields: string) => `subscription { messageAdded { ${fields} } }`;

async function connect(token: string | null): Promise<RawSocket> {
  const socket = await RawSocket.connect(server.url, token);
  open.push(socket);
  return socket;
}

async function connectTimes(count: number, token: string | null): Promise<RawSocket[]> {
  return Promise.all(Array.from({ length: count }, () => connect(token)));
}

/** Resolves when the server has handled all that was sent before. */
async function settled(socket: RawSocket, id = "settled"): Promise<void> {
  socket.subscribe(id, "{ __typename }");
  await socket.until((message) => message.id === id && message.type === "complete");
}

function errorsOf(socket: RawSocket): unknown[] {
  return socket.received.flatMap(({ type, payload }) => (type === "error" ? [payload] : []));
}

const aliases = (count: number) => Array.from({ length: count }, (_, index) => `a${index}: text`).join(" ");

/** The socket may begin no other such subscription until it has ended its first. */
async function expectOneTooMany(socket: RawSocket, query: string, limit: string): Promise<void> {
  socket.subscribe("too many", query);
  await settled(socket, "after too many");
  expect(errorsOf(socket)).toMatchObject([[{ message: expect.stringContaining(limit) }]]);
  socket.send({ id: "0", type: "complete" });
  socket.subscribe("next", query);
  await settled(socket, "after the next");
  expect(errorsOf(socket)).toHaveLength(1);
}

/** Waits until the server knows that a socket has closed. */
async function closed(socket: RawSocket): Promise<void> {
  const before = server.connections();
  await socket.close();
  while (server.connections() === before) await new Promise<void>((turn) => setImmediate(turn));
}

describe("sockets", () => {
  test.each([
    ["a visitor's session", "ana", 20, "at most 20 sockets of a visitor's session per session"],
    ["an agent", "ben", 50, "at most 50 sockets per account"],
    ["a network, without a token", null, 300, "at most 300 sockets acknowledged without a token per network"],
  ])("of %s are limited; closing one makes room", async (_who, token, max, reason) => {
    const sockets = await connectTimes(max, token);
    expect(sockets.every(({ isOpen }) => isOpen)).toBe(true);
    const refused = await connect(token);
    expect(await refused.ended).toEqual({ code: 4429, reason: `Too many at the same time: ${reason}` });
    if (sockets[0] !== undefined) await closed(sockets[0]);
    expect((await connect(token)).isOpen).toBe(true);
  });

  test("of one visitor's sessions are limited together", async () => {
    const full = [...(await connectTimes(20, "ana")), ...(await connectTimes(20, "guest"))];
    expect(full.every(({ isOpen }) => isOpen)).toBe(true);
    const refused = await connect("ana-elsewhere");
    expect((await refused.ended).reason).toContain("at most 40 sockets per visitor");
  });

  test("in a network are limited, with 429 at the upgrade; LIMITS_FACTOR multiplies the limit", async () => {
    await server.stop();
    server = await StubServer.start({}, { limitsFactor: 2 });
    const openTimes = (count: number) =>
      Promise.all(Array.from({ length: count }, async () => open.push(await RawSocket.open(server.url))));
    for (let round = 0; round < 20; round += 1) await openTimes(100);
    await expect(RawSocket.open(server.url)).rejects.toThrow("429");
  });
});

describe("subscriptions", () => {
  test("of a visitor are limited on each socket; ending one makes room", async () => {
    const socket = await connect("ana");
    for (let number = 0; number < 21; number += 1) socket.subscribe(`${number}`, byFields("text"));
    await settled(socket);
    const message =
      "Too many at the same time: at most 20 subscriptions of somebody who is not an agent per socket. End some first.";
    expect(errorsOf(socket)).toEqual([[{ message, extensions: { code: "RATE_LIMITED", retryAfterSeconds: 30 } }]]);
    socket.send({ id: "0", type: "complete" });
    socket.subscribe("next", byFields("text"));
    await settled(socket, "settled again");
    expect(errorsOf(socket)).toHaveLength(1);
  });

  test("of a visitor are limited in each session, on all its sockets", async () => {
    const sockets = await connectTimes(7, "ana");
    for (const socket of sockets) {
      for (let number = 0; number < 20; number += 1) socket.subscribe(`${number}`, byFields("text"));
      await settled(socket);
    }
    expect(sockets.map((socket) => errorsOf(socket).length)).toEqual([0, 0, 0, 0, 0, 0, 20]);
  });

  test("of a visitor cost up to 25,000 together", async () => {
    const socket = await connect("ana");
    const expensive = byFields("conversation { messages(last: 100) { nodes { id text sentAt read } } }");
    for (let number = 0; number < 20; number += 1) socket.subscribe(`${number}`, expensive);
    await settled(socket);
    expect(errorsOf(socket)).toHaveLength(0);
    socket.send({ id: "0", type: "complete" });
    socket.subscribe("large", byFields(`conversation { messages(last: 100) { nodes { ${aliases(160)} } } }`));
    await settled(socket, "settled again");
    expect(errorsOf(socket)).toMatchObject([[{ message: expect.stringContaining("25,000 cost") }]]);
  });

  test("of an agent with ten tabs of thirty each are all accepted, and receive their events", async () => {
    const sockets = await connectTimes(10, "ben");
    for (const [tab, socket] of sockets.entries()) {
      for (let number = 0; number < 30; number += 1) socket.subscribe(`${number}`, byFields(`a${tab}_${number}: id`));
      await settled(socket);
      expect(errorsOf(socket)).toEqual([]);
    }
    server.events.publish({ ...messageAdded });
    for (const socket of sockets) {
      for (let number = 0; number < 30; number += 1) {
        const event = await socket.until(({ type, id }) => type === "next" && id === `${number}`);
        expect(event).not.toBeNull();
      }
    }
  });

  test("of an agent are limited on all sockets together; ending one makes room", async () => {
    const sockets = await connectTimes(20, "ben");
    for (const socket of sockets) {
      for (let number = 0; number < 75; number += 1) socket.subscribe(`${number}`, byFields("id"));
      await settled(socket);
    }
    expect(sockets.flatMap(errorsOf)).toEqual([]);
    await expectOneTooMany(sockets[0] as RawSocket, byFields("id"), "at most 1,500 subscriptions per account");
  });

  test("of an agent cost up to 500,000 together", async () => {
    const sockets = await connectTimes(2, "ben");
    const expensive = byFields(`conversation { messages(last: 100) { nodes { ${aliases(160)} } } }`);
    for (const socket of sockets) {
      for (let number = 0; number < 20; number += 1) socket.subscribe(`${number}`, expensive);
      await settled(socket);
    }
    const refused = sockets.flatMap(errorsOf);
    expect(refused.length).toBeGreaterThan(0);
    for (const errors of refused)
      expect(errors).toMatchObject([
        { message: expect.stringContaining("500,000 cost"), extensions: { code: "RATE_LIMITED" } },
      ]);
  });

  const formUpdated = (fields: string) => `subscription { contactFormUpdated { ${fields} } }`;

  test("without a token are limited in a network; ending one makes room", async () => {
    const sockets = await connectTimes(31, null);
    for (const socket of sockets.slice(0, 30)) {
      for (let number = 0; number < 20; number += 1) socket.subscribe(`${number}`, formUpdated("current"));
      await settled(socket);
    }
    expect(sockets.flatMap(errorsOf)).toEqual([]);
    const last = sockets[30] as RawSocket;
    last.subscribe("0", formUpdated("current"));
    await settled(last);
    expect(errorsOf(last)).toMatchObject([
      [{ message: expect.stringContaining("600 subscriptions without a token per network") }],
    ]);
    await closed(sockets[0] as RawSocket);
    last.subscribe("1", formUpdated("current"));
    await settled(last, "settled again");
    expect(errorsOf(last)).toHaveLength(1);
  });

  test("without a token cost up to 25,000 in a network together", async () => {
    const fields = Array.from({ length: 200 }, (_, index) => `a${index}: current`).join(" ");
    const sockets = await connectTimes(7, null);
    for (const socket of sockets) {
      for (let number = 0; number < 20; number += 1) socket.subscribe(`${number}`, formUpdated(fields));
      await settled(socket);
    }
    const refused = sockets.flatMap(errorsOf);
    // Each costs 201 or a little more.
    expect(refused.length).toBeGreaterThanOrEqual(140 - Math.floor(25_000 / 201));
    expect(refused.length).toBeLessThan(40);
    for (const errors of refused) expect(errors).toMatchObject([{ message: expect.stringContaining("25,000 cost") }]);
  });

  test("that are begun and completed at once leave nothing behind", async () => {
    const socket = await connect("ana");
    for (let number = 0; number < 100; number += 1) {
      socket.subscribe("again", byFields("text"));
      socket.send({ id: "again", type: "complete" });
    }
    await settled(socket);
    expect(errorsOf(socket)).toEqual([]);
    for (let number = 0; number < 20; number += 1) socket.subscribe(`${number}`, byFields("text"));
    await settled(socket, "settled again");
    expect(errorsOf(socket)).toEqual([]);
  });
});

describe("events", () => {
  const anyEvent = ({ type, id }: SocketMessage) => type === "next" && id === "events";

  async function subscribed(token: string, query: string): Promise<RawSocket> {
    const socket = await connect(token);
    socket.subscribe("events", query);
    await settled(socket);
    return socket;
  }

  test("that are too many to execute close the socket with 4008, so that nobody misses one silently", async () => {
    await server.stop();
    server = await StubServer.start({}, {}, { maxRunning: 1, maxRunningPerCaller: 1, maxWaiting: 0 });
    const [first, second, third] = [
      await subscribed("ben", byFields("text")),
      await subscribed("cleo", byFields("id")),
      await subscribed("cleo", byFields("text")),
    ];
    server.events.publish({ ...messageAdded });
    expect(await second.ended).toEqual({
      code: 4008,
      reason: "The server is busy: connect again and read what you missed",
    });
    // An equal one is not executed again.
    for (const socket of [first, third]) {
      expect(await socket.until(anyEvent)).toMatchObject({ payload: { data: { messageAdded: { text: "Hello" } } } });
    }
  });

  test("are sent in their order, also if a later one is read sooner", async () => {
    const laterId = "019386f4-9b4e-7a51-8c4c-000000000009";
    const read = Promise.withResolvers<void>();
    const rows: Rows = {
      "load-messages": async ([ids]) => {
        if ((ids as string[]).includes(messageId)) await read.promise;
        return (ids as string[]).map((id) => ({ id, conversationId, authorKind: "VISITOR", authorId: anaId }));
      },
    };
    await server.stop();
    server = await StubServer.start(rows);
    const socket = await subscribed("ben", byFields("id"));
    server.events.publish({ ...messageAdded });
    server.events.publish({ ...messageAdded, messageId: laterId });
    await server.until(() => server.statements.filter((name) => name === "load-messages").length === 2);
    read.resolve();
    await socket.until(({ payload }) => JSON.stringify(payload ?? null).includes(laterId));
    const ids = socket.received.filter(anyEvent).map(({ payload }) => payload);
    expect(ids).toEqual([messageId, laterId].map((id) => ({ data: { messageAdded: { id } } })));
  });
});
