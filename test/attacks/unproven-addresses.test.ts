import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { forwardingLimits } from "../../src/limits/limit-table.js";
import { makeDataDirectory } from "../support/app/data-directory.js";
import type { Data, GraphqlClient } from "../support/app/graphql-client.js";
import { Program } from "../support/app/program.js";
import { upload } from "../support/app/upload.js";
import { MailSink, type ReceivedMail } from "../support/fakes/mail-sink.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";
import type { TestDatabase } from "../support/services/test-database.js";

jest.setTimeout(180_000);

const adminPassword = "an admin's password";
const sessions = forwardingLimits.firstMailsOfNetwork.points + 10;

let database: TestDatabase;
let directory: Awaited<ReturnType<typeof makeDataDirectory>>;
let mail: MailSink;
let program: Program;
let admin: GraphqlClient;

beforeAll(async () => {
  [database, directory, mail] = await Promise.all([createMigratedDatabase(), makeDataDirectory(), MailSink.start()]);
  program = await Program.start({
    DATABASE_URL: database.url,
    DATA_DIR: directory.path,
    APP_SECRET: "a secret of the tests that is long enough",
    ADMIN_PASSWORD: adminPassword,
    CHANNELS: "email",
    EMAIL_SMTP_URL: mail.url,
    EMAIL_FROM: "chat@harbour.example",
    CHECK_INTERVAL_SECONDS: "1",
  });
  admin = await program.signInAdmin(adminPassword);
  await admin.do(
    "mutation { updateForwardingPreference(input: { settleSeconds: 0, visitorLeftDelaySeconds: 0 }) { mode } }",
  );
});

afterAll(async () => {
  await Program.killAll();
  await mail?.stop();
  await database?.drop();
  await directory?.remove();
});

/** A session that names a stranger, and says and uploads what the stranger shall get. Returns its conversation. */
async function attack(number: number): Promise<string> {
  const visitor = await program.client.startSession({ page: "/buy-watches" });
  await visitor.do("mutation ($input: SubmitContactFormInput!) { submitContactForm(input: $input) { id } }", {
    input: { email: `stranger-${number}@example.com`, name: "Cheap Watches" },
  });
  const file = await upload(visitor, { content: "buy watches", name: "watches.txt" });
  const { sendMessage } = await visitor.do(
    "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { conversation { id } } }",
    { input: { text: "Watches at watches.example", attachmentIds: [file.id] } },
  );
  await reply(sendMessage.conversation.id, "Our bot will help you.", "Helper");
  return sendMessage.conversation.id;
}

async function reply(conversationId: string, text: string, asBot: string | null): Promise<void> {
  await admin.do("mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }", {
    input: { conversationId, text, asBot },
  });
}

/** Everything that somebody sees of a mail, or finds in it. */
function allOf({ raw, parsed }: ReceivedMail): string {
  const files = parsed.attachments.map(({ filename, content }) => `${filename} ${content.toString()}`);
  return [raw.toString(), parsed.subject, parsed.text, parsed.html || "", ...files].join("\n");
}

async function states(conversationIds: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let first = 0; first < conversationIds.length; first += 10) {
    const ids = conversationIds.slice(first, first + 10);
    const answer = await admin.do(
      `{ ${ids.map((id, index) => `c${index}: conversation(id: "${id}") { id forwarding { state } }`).join(" ")} }`,
    );
    for (const { id, forwarding } of Object.values(answer) as Data[]) found.set(id, forwarding.state);
  }
  return found;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const endAt = performance.now() + 60_000;
  while (!(await condition())) {
    if (performance.now() > endAt)
      throw new Error(`Still not after a minute; ${mail.mails.length} emails have arrived`);
    await pause(100);
  }
}

/** Asks for /health as long as `work` runs; how long each answer took, in milliseconds, in ascending order. */
async function healthDuring(work: Promise<unknown>): Promise<number[]> {
  const tookMs: number[] = [];
  let isOver = false;
  const over = work.finally(() => {
    isOver = true;
  });
  do {
    const startedAt = performance.now();
    expect((await fetch(`${program.url}/health`)).status).toBe(200);
    tookMs.push(performance.now() - startedAt);
    await pause(50);
  } while (!isOver);
  await over;
  return tookMs.sort((one, other) => one - other);
}

test("Strangers whom an attacker names get nothing of the attacker's from a bot, and only as many emails as an office may cause", async () => {
  const before = await program.memory();
  const conversations: string[] = [];
  const attacks = async () => {
    for (let first = 0; first < sessions; first += 20) {
      const numbers = Array.from({ length: Math.min(20, sessions - first) }, (_, index) => first + index);
      conversations.push(...(await Promise.all(numbers.map(attack))));
    }
    await until(async () => {
      const now = [...(await states(conversations)).values()];
      return now.every((state) => state === "NOTHING_PENDING" || state === "ADDRESS_UNPROVEN");
    });
  };
  const health = await healthDuring(attacks());
  expect(health[Math.floor(health.length / 2)]).toBeLessThan(250);

  const strangers = mail.mails.filter(({ envelopeTo }) => envelopeTo[0]?.startsWith("stranger-"));
  expect(strangers).toHaveLength(forwardingLimits.firstMailsOfNetwork.points);
  expect(new Set(strangers.map(({ envelopeTo }) => envelopeTo[0])).size).toBe(strangers.length);
  for (const received of strangers) {
    expect(received.parsed.text).toContain("Our bot will help you.");
    expect(allOf(received)).not.toMatch(/watches/i);
    expect(received.parsed.attachments).toEqual([]);
  }

  // An honest visitor beside the attack, whose address an agent has noted.
  const honest = await program.client.startSession();
  await honest.do('mutation { submitContactForm(input: { email: "ana@example.com", name: "Ana" }) { id } }');
  const { sendMessage } = await honest.do(
    'mutation { sendMessage(input: { text: "Is my bike ready?" }) { conversation { id visitor { id } } } }',
  );
  await admin.do("mutation ($input: UpdateVisitorInput!) { updateVisitor(input: $input) { id } }", {
    input: { visitorId: sendMessage.conversation.visitor.id, email: "ana@example.com" },
  });
  await reply(sendMessage.conversation.id, "It is, come by.", null);
  const mailsTo = (address: string) => mail.mails.filter(({ envelopeTo }) => envelopeTo.includes(address));
  await until(() => mailsTo("ana@example.com").length === 1);
  expect(mailsTo("ana@example.com")[0]?.parsed.text).toContain("Is my bike ready?");

  // Nothing is lost: a person answers for what they send, and then the context is sent along.
  const waiting = [...(await states(conversations))].find(([, state]) => state === "ADDRESS_UNPROVEN")?.[0] ?? "";
  const number = conversations.indexOf(waiting);
  await reply(waiting, "I am Ben, a person.", null);
  await admin.do("mutation ($id: ID!) { forwardNow(conversationId: $id) { id } }", { id: waiting });
  await until(() => mailsTo(`stranger-${number}@example.com`).length === 1);
  const answered = mailsTo(`stranger-${number}@example.com`)[0]?.parsed.text;
  expect(answered).toContain("I am Ben, a person.");
  expect(answered).toContain("Watches at watches.example");

  const after = await program.memory();
  expect(after.highest - before.now).toBeLessThan(100);
});
