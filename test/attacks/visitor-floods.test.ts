import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { rateLimits } from "../../src/limits/limit-table.js";
import { makeDataDirectory } from "../support/app/data-directory.js";
import type { Answer, Data, GraphqlClient } from "../support/app/graphql-client.js";
import { Program } from "../support/app/program.js";
import { inDatabase } from "../support/services/in-database.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";
import type { TestDatabase } from "../support/services/test-database.js";

// Thousands of requests, on a machine that does other things as well.
jest.setTimeout(240_000);

const adminPassword = "an admin's password";
/** How many requests of the attacker are under way at once. */
const atOnce = 16;

let database: TestDatabase;
let directory: Awaited<ReturnType<typeof makeDataDirectory>>;
let attacked: Program;
let idle: Program;
let attacker: GraphqlClient;
let attackers: { readonly client: GraphqlClient; readonly conversationId: string }[];

beforeAll(async () => {
  database = await createMigratedDatabase();
  directory = await makeDataDirectory();
  attacked = await start();
  idle = await start();
  const admin = await attacked.signInAdmin(adminPassword);
  await admin.do("mutation { updateContactForm(input: { whenOffline: OFF }) { current } }");
  attacker = attacked.client.from("198.51.100.7");
  attackers = [];
  while (attackers.length < 40) attackers.push(await beginConversation(attacker));
  // As busy as it ever is by itself.
  for (let visitor = 0; visitor < 20; visitor += 1) await beginConversation(attacked.client.from(`10.0.0.${visitor}`));
});

afterAll(async () => {
  await Program.killAll();
  await database?.drop();
  await directory?.remove();
});

function start(): Promise<Program> {
  return Program.start({
    DATABASE_URL: database.url,
    DATA_DIR: directory.path,
    APP_SECRET: "a secret of the tests that is long enough",
    ADMIN_PASSWORD: adminPassword,
    CHANNELS: "email",
    TRUST_PROXY: "loopback",
    // Garbage is collected only when the heap is nearly full: in a large one it would look like memory that is kept.
    NODE_OPTIONS: "--max-old-space-size=192",
  });
}

async function beginConversation(arrived: GraphqlClient) {
  const client = await arrived.startSession();
  const { sendMessage } = await client.do('mutation { sendMessage(input: { text: "Hello" }) { conversation { id } } }');
  return { client, conversationId: sendMessage.conversation.id as string };
}

/** Sends so many requests, always some at once, and returns how often which code was answered. */
async function flood(count: number, send: (index: number) => Promise<Answer>): Promise<Map<string | null, number>> {
  const codes = new Map<string | null, number>();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const { errors } = await send(next++);
      const code = errors?.[0]?.extensions.code ?? null;
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return codes;
}

let honestVisitors = 0;

/** Attacks while honest visitors write and /health is asked; checks that both are answered, and that memory stays low. */
async function beside<T>(attack: () => Promise<T>): Promise<T> {
  const before = await attacked.memory();
  let isOver = false;
  const attacking = attack().finally(() => {
    isOver = true;
  });
  const delays: { readonly attacked: number; readonly idle: number }[] = [];
  const written: number[] = [];
  while (!isOver) {
    honestVisitors += 1;
    const beganAt = performance.now();
    const { client, conversationId } = await beginConversation(
      attacked.client.from(`10.1.${honestVisitors >> 8}.${honestVisitors & 255}`),
    );
    await client.do("mutation ($id: ID!) { setTyping(conversationId: $id) }", { id: conversationId });
    // Three requests, one after the other.
    written.push((performance.now() - beganAt) / 3);
    // Both through this process, which is busy with the attack itself.
    const [attackedMs, idleMs] = await Promise.all([healthMs(attacked), healthMs(idle)]);
    delays.push({ attacked: attackedMs, idle: idleMs });
  }
  const result = await attacking;
  expect(written.length).toBeGreaterThan(0);
  expect(median(written)).toBeLessThan(1_000);
  expect(median(delays.map(({ attacked }) => attacked))).toBeLessThan(250 + median(delays.map(({ idle }) => idle)));
  expect((await attacked.memory()).highest - before.now).toBeLessThan(100);
  expect(attacked.hasEnded).toBe(false);
  return result;
}

async function healthMs({ url }: Program): Promise<number> {
  const beganAt = performance.now();
  expect((await fetch(`${url}/health`)).status).toBe(200);
  return performance.now() - beganAt;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

async function stored(expression: string): Promise<number> {
  return inDatabase(database.url, async (client) =>
    Number((await client.query(`SELECT ${expression} AS number`)).rows[0].number),
  );
}

/** A field under many aliases. */
function aliases(count: number, field: string): string {
  return Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(" ");
}

function of(index: number): { readonly client: GraphqlClient; readonly conversationId: string } {
  const one = attackers[index % attackers.length];
  if (one === undefined) throw new Error("Nobody attacks");
  return one;
}

describe("A flood from one network", () => {
  test("of startSession under aliases begins as many sessions as are allowed", async () => {
    const text = `mutation { ${aliases(50, "startSession(input: {}) { token }")} }`;
    const honestBefore = honestVisitors;
    const before = await stored("(SELECT count(*) FROM sessions)");
    // Without a limit 870 in a second.
    const codes = await beside(() => flood(1_000, () => attacker.ask(text)));
    const begun = (await stored("(SELECT count(*) FROM sessions)")) - before - (honestVisitors - honestBefore);
    expect(begun).toBe(rateLimits.sessionsOfNetwork.points - attackers.length);
    // The first field that is refused ends its mutation.
    expect([...codes]).toEqual([["RATE_LIMITED", 1_000]]);
  });

  test("of contact forms changes as many addresses as are allowed", async () => {
    const codes = await beside(() =>
      flood(600, (index) =>
        of(index).client.ask("mutation ($input: SubmitContactFormInput!) { submitContactForm(input: $input) { id } }", {
          input: { email: `victim-${index}@example.com` },
        }),
      ),
    );
    expect(codes.get(null)).toBe(rateLimits.contactFormsOfNetwork.points);
    expect(codes.get("RATE_LIMITED")).toBe(600 - rateLimits.contactFormsOfNetwork.points);
  });

  test("of long messages stores as many characters as are allowed", async () => {
    const text = "A long message. ".repeat(560);
    const before = await stored("(SELECT sum(length(text)) FROM messages)");
    const codes = await beside(() =>
      flood(800, (index) =>
        of(index).client.ask("mutation ($text: String!) { sendMessage(input: { text: $text }) { id } }", { text }),
      ),
    );
    const characters = (await stored("(SELECT sum(length(text)) FROM messages)")) - before;
    // Each has written one short message before.
    const allowed = Math.floor((rateLimits.messagesOfNetwork.points - attackers.length) / 9);
    expect(codes.get(null)).toBe(allowed);
    expect(codes.get("RATE_LIMITED")).toBe(800 - allowed);
    expect(characters).toBeLessThan(1_000 * rateLimits.messagesOfNetwork.points);
  });

  test("of typing shows staff as many events as are allowed, and those of others", async () => {
    const admin = await attacked.signInAdmin(adminPassword);
    const inbox = await admin.connect();
    const events = inbox.subscribe("subscription { typing { conversation { id } } }");
    const attackersOwn = new Set(attackers.map(({ conversationId }) => conversationId));
    let fromAttackers = 0;
    let fromOthers = 0;
    const last = await beginConversation(attacked.client.from("10.9.9.9"));
    const typing = "mutation ($id: ID!) { setTyping(conversationId: $id) }";
    const isSubscribed = async () => {
      await last.client.do(typing, { id: last.conversationId });
      return events.next();
    };
    await isSubscribed();
    const reading = events.until(({ typing: { conversation } }: Data) => {
      if (attackersOwn.has(conversation.id)) fromAttackers += 1;
      else if (conversation.id === last.conversationId) return true;
      else fromOthers += 1;
      return false;
    });
    const honestBefore = honestVisitors;
    const text = `mutation ($id: ID!) { ${aliases(20, "setTyping(conversationId: $id)")} }`;
    await beside(() =>
      flood(200, (index) => {
        const { client, conversationId } = of(index);
        return client.ask(text, { id: conversationId });
      }),
    );
    await last.client.do(typing, { id: last.conversationId });
    await reading;
    const { points, seconds } = rateLimits.typingOfNetwork;
    // A slow machine may begin a second minute.
    const minutes = 2;
    expect(seconds).toBe(60);
    expect(fromAttackers).toBeGreaterThan(1_000);
    expect(fromAttackers).toBeLessThanOrEqual(points * minutes);
    expect(fromOthers).toBe(honestVisitors - honestBefore);
    await events.end();
    await inbox.close();
  });

  test("of uploads that do not say how large they are stores as many as may be of the largest size", async () => {
    const codes = await beside(() => flood(300, (index) => uploadInChunks(of(index).client)));
    const allowed = rateLimits.uploadedMebibytesOfNetwork.points / 20;
    expect([...codes].sort()).toEqual([
      ["201", allowed],
      ["429", 300 - allowed],
    ]);
    expect(await stored("(SELECT count(*) FROM attachments)")).toBe(allowed);
  });
});

/** The status in the place of an error's code. */
async function uploadInChunks({ url, token }: GraphqlClient): Promise<Answer> {
  const head = '--x\r\nContent-Disposition: form-data; name="file"; filename="notes.txt"\r\n\r\n';
  const body = new Blob([`${head}Notes\r\n--x--\r\n`]).stream();
  const headers = { authorization: `Bearer ${token}`, "content-type": "multipart/form-data; boundary=x" };
  const response = await fetch(`${url}/attachments`, { method: "POST", headers, body, duplex: "half" });
  await response.arrayBuffer();
  return { data: null, errors: [{ message: "", extensions: { code: String(response.status) } }] };
}
