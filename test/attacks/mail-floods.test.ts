import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { concurrencyLimits, rateLimits } from "../../src/limits/limit-table.js";
import { signShortToken } from "../../src/tokens/short-token.js";
import { SmtpConversation } from "../plugins/email/inbound/sources/smtp-conversation.js";
import { beside, healthBeside, median } from "../support/app/beside.js";
import { makeDataDirectory } from "../support/app/data-directory.js";
import { Program } from "../support/app/program.js";
import { freePort } from "../support/servers/free-ports.js";
import { inDatabase } from "../support/services/in-database.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";
import type { TestDatabase } from "../support/services/test-database.js";

jest.setTimeout(120_000);

const appSecret = "a secret of the tests that is long enough";
const adminPassword = "an admin's password";
const from = "chat@harbour.example";
const mebibyte = 1_048_576;
const attacker = "127.0.0.2";

let database: TestDatabase;
let directory: Awaited<ReturnType<typeof makeDataDirectory>>;
let program: Program;
let smtpPort: number;
let replyTo: string;
let count = 0;

beforeAll(async () => {
  database = await createMigratedDatabase();
  directory = await makeDataDirectory();
  smtpPort = await freePort();
  program = await Program.start({
    DATABASE_URL: database.url,
    DATA_DIR: directory.path,
    APP_SECRET: appSecret,
    ADMIN_PASSWORD: adminPassword,
    CHANNELS: "email",
    EMAIL_FROM: from,
    EMAIL_SMTP_LISTEN: `127.0.0.1:${smtpPort}`,
    NODE_OPTIONS: "--max-old-space-size=512",
  });
  const admin = await program.signInAdmin(adminPassword);
  await admin.do("mutation { updateContactForm(input: { whenOffline: OFF }) { current } }");
  const visitor = await program.client.startSession();
  const { sendMessage } = await visitor.do(
    'mutation { sendMessage(input: { text: "Hello" }) { conversation { id } } }',
  );
  replyTo = `chat+${signShortToken(appSecret, "email:reply", sendMessage.conversation.id)}@harbour.example`;
  // As busy as a server ever is by itself.
  for (let time = 0; time < 20; time += 1) await answer();
  for (let time = 0; time < 3; time += 1)
    await sendNobodys(-time, "", Buffer.alloc(20 * mebibyte, `${"x".repeat(76)}\r\n`));
});
afterAll(async () => {
  await Program.killAll();
  await database?.drop();
  await directory?.remove();
});

/** A visitor's answer, which comes from another server. */
async function answer(): Promise<void> {
  count += 1;
  const client = await SmtpConversation.connect(smtpPort, "127.0.0.3");
  const headers = `From: ana@home.example\r\nTo: ${replyTo}\r\nMessage-ID: <answer-${count}@home.example>\r\nSubject: Re\r\n\r\n`;
  expect(await client.envelope("EHLO", "ana@home.example", replyTo)).toEqual([expect.stringMatching(/^250/)]);
  expect(await client.data(`${headers}Answer ${count}`)).toMatch(/^250/);
  await client.close();
}

async function attackWith<Result>(attack: Promise<Result>): Promise<Result> {
  const before = await program.memory();
  const [answered, healthMs] = await Promise.all([beside(attack, answer), healthBeside(attack, program.url)]);
  expect(healthMs).toBeLessThan(250);
  expect(median(answered)).toBeLessThan(3_000);
  expect((await program.memory()).highest - before.now).toBeLessThan(100);
  return attack;
}

const stored = () =>
  inDatabase(database.url, async (client) => {
    const { rows } = await client.query<{ count: number; bytes: number; largest: number }>(
      `SELECT count(*)::int AS count, coalesce(sum(octet_length(content)), 0)::int AS bytes,
         coalesce(max(octet_length(content)), 0)::int AS largest FROM inbound_originals WHERE unmatched`,
    );
    return rows[0] ?? { count: 0, bytes: 0, largest: 0 };
  });

const clients: SmtpConversation[] = [];

async function connect(): Promise<SmtpConversation> {
  const client = await SmtpConversation.connect(smtpPort, attacker);
  clients.push(client);
  return client;
}

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

/** Sends an email that belongs to no conversation; the reply. */
async function sendNobodys(index: number, header: string, body: string | Buffer): Promise<string> {
  const client = await connect();
  await client.envelope("EHLO", "mallory@evil.example", from);
  const start = `From: mallory@evil.example\r\nMessage-ID: <flood-${index}@evil.example>\r\nSubject: Flood ${index}\r\n`;
  const reply = await client.data(Buffer.concat([Buffer.from(`${start}${header}\r\n`), Buffer.from(body)]));
  await client.close();
  return reply;
}

async function inTurn<Result>(
  amount: number,
  atOnce: number,
  work: (index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < amount; start += atOnce) {
    const indexes = Array.from({ length: Math.min(atOnce, amount - start) }, (_, index) => start + index);
    results.push(...(await Promise.all(indexes.map(work))));
  }
  return results;
}

describe("Answers of visitors arrive, and memory stays bounded, while one peer", () => {
  test("leaves nine large emails unfinished", async () => {
    const nine = await Promise.all(Array.from({ length: 9 }, connect));
    const line = `${"x".repeat(998)}\r\n`;
    const piece = Buffer.from(line.repeat(64));
    await attackWith(
      Promise.all(
        nine.map(async (client) => {
          await client.envelope("EHLO", "mallory@evil.example", from);
          await client.send("DATA");
          for (let sent = 0; sent < 24 * mebibyte; sent += piece.length) {
            await client.writeAll(piece);
            // What the server does counts, rather than how busy this process is.
            await pause(10);
          }
        }),
      ),
    );
  });

  test("opens more connections than it may, with a NOOP from time to time", async () => {
    const { max } = concurrencyLimits.mailConnectionsOfPrivateNetwork;
    const many = await inTurn(max + 50, 25, connect);
    const replies = await attackWith(
      Promise.all(many.map(async (client) => [await client.send("NOOP"), await client.send("NOOP")])),
    );
    expect(replies.filter(([, reply]) => reply?.startsWith("250")).length).toBe(max);
  });

  test.each(["NOOP", "RSET", "VRFY ana", "EHLO again", `RCPT TO:<nobody@harbour.example>`])(
    "sends %s again and again",
    async (command) => {
      const client = await connect();
      await client.envelope("EHLO", "mallory@evil.example");
      const { max } = concurrencyLimits.mailCommands;
      client.write(`${command}\r\n`.repeat(10 * max));
      const replies: string[] = [];
      while (!/^(421|closed)/.test(replies.at(-1) ?? "")) replies.push(await client.reply());
      expect(replies.at(-1)).toBe("421 4.7.0 Too many commands without an email");
      expect(replies.length).toBeLessThanOrEqual(max);
      await client.close();
      await answer();
    },
  );

  test("sends 117 MB of emails that belong to nobody", async () => {
    const before = await stored();
    const body = Buffer.alloc(mebibyte, `${"x".repeat(76)}\r\n`);
    const replies = await attackWith(inTurn(117, 9, (index) => sendNobodys(index, "", body)));
    expect(new Set(replies.map((reply) => reply.slice(0, 3)))).toEqual(new Set(["250"]));
    const after = await stored();
    expect(after.count - before.count).toBe(117);
    expect(after.bytes - before.bytes).toBeLessThan(117 * 1_000);
  });

  test("sends more headers that belong to nobody than are stored in an hour", async () => {
    const header = `X-Long: ${"x".repeat(900)}\r\n`.repeat(66);
    const replies = await attackWith(inTurn(400, 10, (index) => sendNobodys(1_000 + index, header, "")));
    expect(replies.filter((reply) => reply.startsWith("452 4.3.1")).length).toBeGreaterThan(50);
    const { bytes, largest } = await stored();
    expect(bytes).toBeLessThan(rateLimits.unmatchedMail.points * 1_000);
    expect(largest).toBeLessThanOrEqual(64 * 1_024);
  });
});

test("An admin sees the emails that belong to nobody, with their headers", async () => {
  const admin = await program.signInAdmin(adminPassword);
  const { inboundEmails } = await admin.do(
    "{ inboundEmails(first: 100, filter: { reason: NOT_OURS }) { nodes { subject detail original { url } } } }",
  );
  const [email] = inboundEmails.nodes.filter(({ subject }: { subject: string }) => subject.startsWith("Flood"));
  expect(email.detail).toMatch(/Only its header was stored: it had \d+ bytes\./);
  expect(await (await fetch(email.original.url)).text()).toContain(`Subject: ${email.subject}`);
});
