import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { makeDataDirectory } from "../support/app/data-directory.js";
import type { GraphqlClient } from "../support/app/graphql-client.js";
import { Program } from "../support/app/program.js";
import { type Watched, watchDuring } from "../support/app/program-watch.js";
import { RawSocket } from "../support/app/raw-socket.js";
import { frame, type RawUpgrade, upgradeByHand } from "../support/app/raw-upgrade.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";

// Thousands of sockets, on a machine that does other things as well.
jest.setTimeout(120_000);

const maxBytes = 262_144;
let program: Program;
let visitor: GraphqlClient;
const closing: (() => Promise<unknown>)[] = [];
const open: RawSocket[] = [];
const upgraded: RawUpgrade[] = [];
const halfOpen: Socket[] = [];
const sendMutation = "mutation ($text: String!) { sendMessage(input: { text: $text }) { conversation { id } } }";

beforeAll(async () => {
  const database = await createMigratedDatabase();
  closing.push(() => database.drop());
  const directory = await makeDataDirectory();
  closing.push(() => directory.remove());
  program = await Program.start({
    DATABASE_URL: database.url,
    DATA_DIR: directory.path,
    APP_SECRET: "a secret of the tests that is long enough",
    ADMIN_EMAIL: "admin@example.com",
    ADMIN_PASSWORD: "an admin's password",
    CHANNELS: "",
    // Garbage is collected only when the heap is nearly full: in a large one it would look like memory that is kept.
    NODE_OPTIONS: "--max-old-space-size=192",
  });
  closing.push(() => program.end("SIGKILL"));
  const admin = await program.signInAdmin("an admin's password");
  await admin.do("mutation { updateContactForm(input: { whenOffline: OFF }) { current } }");
  visitor = await program.client.startSession();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((socket) => socket.close()));
  for (const { connection } of upgraded.splice(0)) connection.destroy();
  for (const connection of halfOpen.splice(0)) connection.destroy();
});
afterAll(async () => {
  for (let close = closing.pop(); close !== undefined; close = closing.pop()) await close();
});

/** Each attack comes from a network of its own, and honest visitors from 127.0.0.1. */
async function openFrom(localAddress: string): Promise<RawSocket> {
  const socket = await RawSocket.open(program.url, { localAddress });
  open.push(socket);
  return socket;
}

async function connectFrom(localAddress: string, token: string | null = null): Promise<RawSocket> {
  const socket = await RawSocket.connect(program.url, token, { localAddress });
  open.push(socket);
  return socket;
}

async function upgradeFrom(localAddress: string, headers: readonly string[] = []): Promise<RawUpgrade> {
  const made = await upgradeByHand(program.url, { localAddress, headers });
  upgraded.push(made);
  return made;
}

async function acknowledgedFrom(localAddress: string): Promise<RawUpgrade> {
  const made = await upgradeFrom(localAddress);
  made.connection.write(frame({ opcode: "text", payload: Buffer.from('{"type":"connection_init"}') }));
  await once(made.connection, "data");
  return made;
}

/** What a visitor on another network does, beside the attack: connects, subscribes and writes. */
async function chat(): Promise<void> {
  const connection = await visitor.connect();
  try {
    const subscription = connection.subscribe("subscription { messageAdded { text } }");
    const next = subscription.next();
    await connection.subscribe("{ contactForm { current } }").next();
    await visitor.do('mutation { sendMessage(input: { text: "Hello" }) { id } }');
    expect((await next).data).toEqual({ messageAdded: { text: "Hello" } });
  } finally {
    await connection.close();
  }
}

function expectServed({ medianMs, slowMs, grownBy }: Watched): void {
  expect(medianMs).toBeLessThan(250);
  expect(slowMs).toBeLessThan(1_000);
  expect(grownBy).toBeLessThan(100);
  expect(program.hasEnded).toBe(false);
}

async function times<Value>(count: number, make: (index: number) => Promise<Value>): Promise<Value[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => make(index)));
}

/** Opened before the other attacks, and closed by the server ten seconds later. */
const silent: RawUpgrade[] = [];

describe("sockets that say nothing", () => {
  test("1,000 that never send connection_init, and 1,000 that do not finish their upgrade, hinder nobody", async () => {
    await chat();
    const port = Number(new URL(program.url).port);
    const head = "GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    const watched = await watchDuring(program, async () => {
      for (let round = 0; round < 10; round += 1) {
        const made = times(100, () => upgradeByHand(program.url, { localAddress: "127.0.1.13" }));
        await times(100, async () => {
          const connection = connect({ host: "127.0.0.1", port, localAddress: "127.0.1.14" });
          connection.on("error", () => undefined);
          halfOpen.push(connection);
          await once(connection, "connect");
          connection.write(head);
        });
        silent.push(...(await made));
        await chat();
      }
    });
    expectServed(watched);
  });
});

describe("sockets from one network", () => {
  test("1,000 of 2,000 are opened, the others get 429, and other networks are served", async () => {
    await chat();
    const responses: string[] = [];
    const watched = await watchDuring(program, async () => {
      for (let round = 0; round < 20; round += 1) {
        for (const { response } of await times(100, () => upgradeFrom("127.0.1.1"))) responses.push(response);
        if (round % 5 === 0) await chat();
      }
      await chat();
    });
    const isRefused = (response: string) => !response.startsWith("HTTP/1.1 101 ");
    // After ten seconds those that say nothing are closed, and others may take their places.
    expect(responses.findIndex(isRefused)).toBe(1_000);
    const refused = responses.filter(isRefused);
    expect(new Set(refused)).toEqual(
      new Set(["HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"]),
    );
    expectServed(watched);
  });
});

describe("a socket that sends", () => {
  test.each([
    ["60,000 pings of graphql-ws", frame({ opcode: "text", payload: Buffer.from('{"type":"ping"}') }), 60_000],
    ["60,000 pings of WebSockets", frame({ opcode: "ping" }), 60_000],
    ["60,000 pongs that nobody asked for", frame({ opcode: "pong" }), 60_000],
    [
      "2,000 messages of 16 KB",
      frame({ opcode: "text", payload: Buffer.from(`{"type":"ping","payload":{"a":"${"x".repeat(16_000)}"}}`) }),
      2_000,
    ],
  ])("%s, from ten connections each, is closed with 4429", async (_name, message, count) => {
    const watched = await watchDuring(program, async () => {
      const floods = await times(10, () => acknowledgedFrom("127.0.1.2"));
      for (const { connection } of floods)
        connection.write(Buffer.concat(Array.from({ length: count }, () => message)));
      await chat();
      for (const { closeCode } of floods) expect(await closeCode).toBe(4429);
    });
    expectServed(watched);
  });

  test("messages of 256 KiB on an acknowledged socket is closed with 4429 after some", async () => {
    const { token } = await program.client.startSession();
    const watched = await watchDuring(program, async () => {
      const sockets = await times(10, () => connectFrom("127.0.1.3", token));
      const variables = { text: "x".repeat(maxBytes - 200) };
      const payload = { query: "{ contactForm { current } }", variables };
      const begin = Buffer.from(JSON.stringify({ id: "1", type: "subscribe", payload }));
      for (const { webSocket } of sockets) {
        for (let time = 0; time < 15; time += 1) {
          webSocket.send(begin, { binary: false });
          webSocket.send('{"id":"1","type":"complete"}');
        }
      }
      await chat();
      for (const { ended } of sockets) expect((await ended).code).toBe(4429);
    });
    expectServed(watched);
  });

  test("operations that differ has to wait", async () => {
    const socket = await connectFrom("127.0.1.4");
    const fields = "...on Message { id } ".repeat(150);
    const watched = await watchDuring(program, async () => {
      for (let index = 0; index < 250; index += 1) {
        socket.subscribe(`${index}`, `subscription { messageAdded { a${index}: nothing ${fields} } }`);
      }
      await chat();
      await socket.until(({ id, type }) => id === "249" && type === "error");
    });
    const codes = socket.received.flatMap(({ payload }) =>
      Array.isArray(payload) ? [payload[0].extensions.code as string] : [],
    );
    expect(codes.at(0)).toBe("GRAPHQL_VALIDATION_FAILED");
    expect(codes.at(-1)).toBe("RATE_LIMITED");
    expectServed(watched);
  });

  test("a large connection_init is closed with 4400, and what it may send is not kept", async () => {
    const init = (values: number) => `{"type":"connection_init","payload":{"list":[${"{},".repeat(values)}{}]}}`;
    const watched = await watchDuring(program, async () => {
      const large = await times(30, async () => {
        const socket = await openFrom("127.0.1.5");
        socket.webSocket.send(init(80_000));
        return socket;
      });
      for (const { ended } of large)
        expect(await ended).toMatchObject({ code: 4400, reason: expect.stringContaining("too large") });
      await times(290, async () => {
        const socket = await openFrom("127.0.1.5");
        socket.webSocket.send(init(900));
        expect(await socket.until(({ type }) => type === "connection_ack")).not.toBeNull();
      });
      await chat();
    });
    expectServed(watched);
  });

  test("an id that events would repeat, or JSON that is nested too deeply, is closed with 4400", async () => {
    const nested = await connectFrom("127.0.1.6");
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    const query = "query ($id: ID!) { conversation(id: $id) { id } }";
    nested.webSocket.send(`{"id":"deep","type":"subscribe","payload":{"query":"${query}","variables":{"id":${deep}}}}`);
    expect(await nested.ended).toMatchObject({ code: 4400, reason: expect.stringContaining("levels deep") });
    const socket = await connectFrom("127.0.1.6");
    socket.subscribe("x".repeat(256), "subscription { contactFormUpdated { current } }");
    expect(await socket.ended).toMatchObject({ code: 4400, reason: expect.stringContaining("255 characters") });
  });

  test("a ping gets a pong without its payload", async () => {
    const socket = await connectFrom("127.0.1.7");
    socket.send({ type: "ping", payload: { large: "x".repeat(100_000) } });
    expect(await socket.until(({ type }) => type === "pong")).toEqual({ type: "pong" });
  });
});

describe("messages that do not end", () => {
  test("frames that together are larger than 256 KiB are closed with 1009", async () => {
    const { connection, closeCode } = await acknowledgedFrom("127.0.1.11");
    connection.write(frame({ opcode: "text", payload: Buffer.alloc(150_000), isLast: false }));
    connection.write(frame({ opcode: "continuation", payload: Buffer.alloc(150_000), isLast: false }));
    expect(await closeCode).toBe(1009);
  });

  test.each([
    ["without a token, each", upgradeFrom, 1_000],
    ["acknowledged without a token, each", acknowledgedFrom, 300],
  ])("sockets %s with the beginning of one of 256 KiB, hold little memory together", async (_name, begin, count) => {
    const part = frame({ opcode: "text", payload: Buffer.alloc(200_000, "x"), length: maxBytes - 1 });
    const watched = await watchDuring(program, async () => {
      for (let round = 0; round < count / 100; round += 1) {
        const begun = await times(100, () => begin(begin === upgradeFrom ? "127.0.1.8" : "127.0.1.12"));
        for (const { connection } of begun) connection.write(part);
        await chat();
      }
    });
    expectServed(watched);
  });

  test("frames of one byte without an end are closed", async () => {
    const first = frame({ opcode: "text", payload: Buffer.from("x"), isLast: false });
    const next = frame({ opcode: "continuation", payload: Buffer.from("x"), isLast: false });
    const all = Buffer.concat([first, ...Array.from({ length: 50_000 }, () => next)]);
    const watched = await watchDuring(program, async () => {
      for (let round = 0; round < 8; round += 1) {
        const begun = await times(10, () => acknowledgedFrom("127.0.1.9"));
        for (const { connection } of begun) connection.write(all);
        await chat();
        for (const { closeCode } of begun) expect(await closeCode).toBe(1008);
      }
    });
    expectServed(watched);
  });
});

describe("sockets that read nothing", () => {
  test("20 that subscribe to large events hold little memory, and are ended", async () => {
    const attacker = await program.client.startSession();
    const { sendMessage } = await attacker.do(sendMutation, { text: "x".repeat(9_000) });
    const { id } = sendMessage.conversation;
    for (let message = 0; message < 24; message += 1) await attacker.do(sendMutation, { text: "x".repeat(9_000) });
    const query = `subscription ($id: ID!) { messageAdded(conversationId: $id) { conversation { messages(last: 100) { nodes { text } } } } }`;
    const sockets = await times(20, () => connectFrom("127.0.1.15", attacker.token));
    const watched = await watchDuring(program, async () => {
      for (const [index, socket] of sockets.entries()) {
        for (let number = 0; number < 4; number += 1) socket.subscribe(`${index}.${number}`, query, { id });
        socket.subscribe("settled", "{ contactForm { current } }");
        await socket.until((message) => message.id === "settled");
        socket.webSocket.pause();
      }
      for (let message = 0; message < 10; message += 1) {
        await attacker.do(sendMutation, { text: "Now" });
        await chat();
      }
      for (const socket of sockets) {
        socket.webSocket.resume();
        expect([1006, 4008]).toContain((await socket.ended).code);
      }
    });
    expectServed(watched);
  });
});

test("compressed messages are neither agreed on nor accepted", async () => {
  const { connection, response, closeCode } = await upgradeFrom("127.0.1.10", [
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
  ]);
  expect(response).toContain("101 Switching Protocols");
  expect(response.toLowerCase()).not.toContain("sec-websocket-extensions");
  connection.write(frame({ opcode: "text", payload: Buffer.alloc(100), isCompressed: true }));
  expect(await closeCode).toBe(1002);
});

test("sockets that never sent connection_init are closed with 4408, and their places are free", async () => {
  for (const { closeCode } of silent) expect(await closeCode).toBe(4408);
  for (const { connection } of silent) connection.destroy();
  await chat();
  expect((await upgradeFrom("127.0.1.13")).response).toContain("101 Switching Protocols");
});
