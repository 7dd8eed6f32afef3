import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { makeDataDirectory } from "../support/app/data-directory.js";
import type { GraphqlClient } from "../support/app/graphql-client.js";
import { Program } from "../support/app/program.js";
import { type Watched, watchDuring } from "../support/app/program-watch.js";
import { RawSocket } from "../support/app/raw-socket.js";
import { inDatabase } from "../support/services/in-database.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";

// Thousands of subscriptions, on a machine that does other things as well.
jest.setTimeout(120_000);

let program: Program;
let databaseUrl: string;
let admin: GraphqlClient;
const closing: (() => Promise<unknown>)[] = [];
const open: RawSocket[] = [];

beforeAll(async () => {
  const database = await createMigratedDatabase();
  databaseUrl = database.url;
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
  admin = await program.signInAdmin("an admin's password");
  await admin.do("mutation { updateContactForm(input: { whenOffline: OFF }) { current } }");
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((socket) => socket.close()));
});
afterAll(async () => {
  for (let close = closing.pop(); close !== undefined; close = closing.pop()) await close();
});

/** A visitor whose conversation holds what a visitor could send within two minutes: a hundred messages of 9,000 characters. */
async function arrive(): Promise<GraphqlClient> {
  const client = await program.client.startSession();
  const { sendMessage } = await client.do('mutation { sendMessage(input: { text: "Hello" }) { conversation { id } } }');
  await inDatabase(databaseUrl, async (connection) => {
    // Indexing so many words takes half a second.
    await connection.query("DROP INDEX IF EXISTS messages_search");
    await connection.query(
      `INSERT INTO messages (id, conversation_id, position, author_kind, author_id, text, via, sent_at)
        SELECT gen_random_uuid(), conversation_id, n, 'VISITOR', author_id, repeat('x', 9000), 'web', sent_at
        FROM messages, generate_series(2, 101) AS n WHERE conversation_id = $1`,
      [sendMessage.conversation.id],
    );
    await connection.query("UPDATE conversations SET message_count = 101 WHERE id = $1", [sendMessage.conversation.id]);
  });
  return client;
}

/** Each differs from the others, so that each is executed; an answer has 0.9 MB. */
function subscription(name: string): string {
  return `subscription { messageAdded { ${name}: id conversation { messages(last: 100) { nodes { text } } } } }`;
}

async function connect(token: string | null): Promise<RawSocket> {
  const socket = await RawSocket.connect(program.url, token);
  open.push(socket);
  return socket;
}

let settledTimes = 0;

/** Resolves when the server has handled all that was sent before: texts that it does not know are read in turn. */
async function settled(socket: RawSocket): Promise<void> {
  settledTimes += 1;
  socket.subscribe("settled", `{ contactForm { current } } # ${settledTimes}`);
  await socket.until(({ id, type }) => id === "settled" && type === "complete");
}

/** An agent who sees what is written, and a visitor who writes, both beside the attack. Returns how long it took to be seen. */
async function seeMessages(times: number): Promise<number[]> {
  const agent = await connect(admin.token);
  agent.subscribe("inbox", "subscription { messageAdded { text conversation { id } } }");
  await settled(agent);
  const visitor = await program.client.startSession();
  const delays: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const text = `Honest ${delays.length}`;
    await visitor.do("mutation ($text: String!) { sendMessage(input: { text: $text }) { id } }", { text });
    // Its event was published before the answer was sent.
    const beganAt = performance.now();
    const seen = await agent.until(({ payload }) => JSON.stringify(payload ?? null).includes(text));
    expect(seen).not.toBeNull();
    delays.push(performance.now() - beganAt);
  }
  return delays;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

const writeMutation = 'mutation { sendMessage(input: { text: "Now" }) { id } }';

function subscribeOften(sockets: readonly RawSocket[], count: number): void {
  for (const [index, socket] of sockets.entries()) {
    for (let number = 0; number < count; number += 1)
      socket.subscribe(`${number}`, subscription(`a${index}_${number}`));
  }
}

/** How many subscriptions were refused, by the code of the error. */
function refusalsOn(sockets: readonly RawSocket[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { payload } of sockets.flatMap(({ received }) => received.filter(({ type }) => type === "error"))) {
    const [{ extensions }] = payload as [{ extensions: { code: string } }];
    counts[extensions.code] = (counts[extensions.code] ?? 0) + 1;
  }
  return counts;
}

function expectServed({ medianMs, slowMs, grownBy }: Watched, delays: readonly number[]): void {
  expect(program.hasEnded).toBe(false);
  expect(medianMs).toBeLessThan(250);
  expect(slowMs).toBeLessThan(1_000);
  expect(grownBy).toBeLessThan(100);
  expect(delays.length).toBeGreaterThan(0);
  expect(median(delays)).toBeLessThan(1_000);
}

/** As busy as a server may be by itself: fills the cache of documents and lets the heap grow. */
beforeAll(async () => {
  const visitor = await arrive();
  const sockets: RawSocket[] = [];
  for (let index = 0; index < 4; index += 1) sockets.push(await connect(visitor.token));
  subscribeOften(sockets, 20);
  await Promise.all(sockets.map(settled));
  for (let time = 1; time <= 2; time += 1) {
    await visitor.do(writeMutation);
    for (const socket of sockets) {
      for (let number = 0; number < 20; number += 1)
        await socket.until(({ id, type }) => id === `${number}` && type === "next");
      socket.received.length = 0;
    }
  }
});

describe("subscriptions that differ, all with large events", () => {
  test("of one visitor, on 45 sockets with 90 each, and then a message", async () => {
    const attacker = await arrive();
    await seeMessages(3);
    let delays: number[] = [];
    const watched = await watchDuring(program, async () => {
      const sockets: RawSocket[] = [];
      for (let index = 0; index < 45; index += 1) sockets.push(await connect(attacker.token));
      const refused = sockets.filter(({ isOpen }) => !isOpen);
      expect(refused).toHaveLength(25);
      for (const { ended } of refused) {
        expect(await ended).toMatchObject({ code: 4429, reason: expect.stringContaining("at most 20 sockets") });
      }
      const accepted = sockets.filter(({ isOpen }) => isOpen);
      subscribeOften(accepted, 90);
      await Promise.all(accepted.map(settled));
      // Each costs 303, and all of a visitor's together 25,000.
      expect(refusalsOn(accepted)).toEqual({ RATE_LIMITED: 20 * 90 - 82 });
      for (const socket of accepted) socket.discard();
      const written = attacker.do(writeMutation);
      delays = await seeMessages(10);
      await written;
    });
    expectServed(watched, delays);
  });

  test("of 15 visitors with 20 each, who all write at once, three times", async () => {
    const attackers: GraphqlClient[] = [];
    for (let index = 0; index < 15; index += 1) attackers.push(await arrive());
    const sockets = await Promise.all(attackers.map(({ token }) => connect(token)));
    let delays: number[] = [];
    const watched = await watchDuring(program, async () => {
      subscribeOften(sockets, 20);
      await Promise.all(sockets.map(settled));
      expect(refusalsOn(sockets)).toEqual({});
      for (const socket of sockets) socket.discard();
      const attack = (async () => {
        for (let time = 0; time < 3; time += 1)
          await Promise.all(attackers.map((attacker) => attacker.do(writeMutation)));
      })();
      delays = await seeMessages(10);
      await attack;
    });
    for (const socket of sockets) {
      // Whoever has missed an event is told so.
      if (!socket.isOpen) expect((await socket.ended).code).toBe(4008);
    }
    expectServed(watched, delays);
  });
});
