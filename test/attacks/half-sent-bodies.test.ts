import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { signWebhook } from "../../src/channels/http/webhook-signature.js";
import { concurrencyLimits } from "../../src/limits/limit-table.js";
import { providerSettings } from "../plugins/email/inbound/providers/provider-posts.js";
import { beside, healthBeside, median } from "../support/app/beside.js";
import { makeDataDirectory } from "../support/app/data-directory.js";
import { Program } from "../support/app/program.js";
import { upload } from "../support/app/upload.js";
import { postFrom, RawPeer } from "../support/fakes/raw-peer.js";
import { webhookSecretOf } from "../support/fakes/webhook-secret.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";
import type { TestDatabase } from "../support/services/test-database.js";

jest.setTimeout(120_000);

const mebibyte = 1_048_576;
const webhookSecret = webhookSecretOf("a secret of the webhook channel");
const mailSecret = webhookSecretOf("a secret of the mail server");
const pieceBytes = 131_072;
const attacker = "127.0.0.2";
const visitor = "127.0.0.3";

let database: TestDatabase;
let directory: Awaited<ReturnType<typeof makeDataDirectory>>;
let program: Program;
let port: number;
let count = 0;

beforeAll(async () => {
  database = await createMigratedDatabase();
  directory = await makeDataDirectory();
  program = await Program.start({
    DATABASE_URL: database.url,
    DATA_DIR: directory.path,
    APP_SECRET: "a secret of the tests that is long enough",
    CHANNELS: "email,webhook",
    WEBHOOK_URL: "http://127.0.0.1:9/",
    WEBHOOK_SECRET: webhookSecret,
    EMAIL_WEBHOOK_SECRET: mailSecret,
    NODE_OPTIONS: "--max-old-space-size=512",
    ...providerSettings,
  });
  port = Number(new URL(program.url).port);
  // As busy as a server ever is by itself.
  for (let time = 0; time < 20; time += 1) await serveOthers();
});
afterAll(async () => {
  await Program.killAll();
  await database?.drop();
  await directory?.remove();
});

/** What others send while the attack goes on. */
async function serveOthers(): Promise<void> {
  count += 1;
  const event = JSON.stringify({ type: "message", id: `event-${count}`, from: `visitor-${count}`, text: "Hello" });
  const signed = signWebhook(webhookSecret, `event-${count}`, event, new Date());
  const mail = `From: ana@home.example\r\nMessage-ID: <${count}@home.example>\r\nSubject: Hello\r\n\r\nHello\r\n`;
  const signedMail = signWebhook(mailSecret, `mail-${count}`, mail, new Date());
  const query = JSON.stringify({ query: "mutation { startSession(input: {}) { token } }" });
  const [anEvent, aMail, aQuery] = await Promise.all([
    postFrom(visitor, `${program.url}/webhooks/webhook`, { ...signed }, event),
    postFrom(visitor, `${program.url}/webhooks/email`, { ...signedMail }, mail),
    postFrom(visitor, `${program.url}/graphql`, { "content-type": "application/json" }, query),
  ]);
  expect([anEvent.status, aMail.status, aQuery.status]).toEqual([204, 204, 200]);
  expect(aQuery.text).toContain('"token"');
}

/** So many at once that connecting them does not occupy this process. */
async function inGroups(count: number, size: number, send: () => Promise<RawPeer>): Promise<readonly RawPeer[]> {
  const peers: RawPeer[] = [];
  while (peers.length < count) peers.push(...(await Promise.all(Array.from({ length: size }, send))));
  return peers;
}

/** Begins a request, sends so many bytes of its body, and stays. */
async function sendHalf(
  path: string,
  headers: readonly string[],
  length: number | null,
  bytes: Buffer,
): Promise<RawPeer> {
  const peer = await RawPeer.connect(port, attacker);
  const lengths = length === null ? [] : [`Content-Length: ${length}`];
  await peer.write([`POST ${path} HTTP/1.1`, "Host: a", ...lengths, ...headers, "", ""].join("\r\n"));
  for (let at = 0; at < bytes.length && peer.isOpen; at += pieceBytes) {
    await peer.write(bytes.subarray(at, at + pieceBytes));
    // What the server does counts, rather than how busy this process is.
    await pause(2);
  }
  return peer;
}

async function attackWith(send: () => Promise<readonly RawPeer[]>): Promise<void> {
  const before = await program.memory();
  const peers = send();
  // They stay for a while after the last byte.
  const attack = peers.then(() => pause(1_000));
  const [served, healthMs] = await Promise.all([beside(attack, serveOthers), healthBeside(attack, program.url)]);
  const { highest } = await program.memory();
  await Promise.all((await peers).map((peer) => peer.close()));
  expect(healthMs).toBeLessThan(250);
  expect(median(served)).toBeLessThan(3_000);
  expect(highest - before.now).toBeLessThan(100);
}

/** As large as such a post may be, and sent for the most part. */
const sendSixWebhooks = () =>
  inGroups(6, 6, () =>
    sendHalf(
      "/webhooks/email/mailgun/mime",
      ["Content-Type: application/x-www-form-urlencoded"],
      53 * mebibyte,
      Buffer.alloc(50 * mebibyte, "a"),
    ),
  );

describe("Others are served, and memory stays bounded, while one peer holds", () => {
  test("six half-sent webhooks of an email provider", () => attackWith(sendSixWebhooks));

  test("600 half-sent requests to the API", () =>
    attackWith(() =>
      inGroups(600, 10, () =>
        sendHalf("/graphql", ["Content-Type: application/json"], 262_144, Buffer.alloc(130_000, " ")),
      ),
    ));

  test("60 requests to the API, each in 130,000 chunks of one byte", () =>
    attackWith(() =>
      inGroups(60, 5, () =>
        sendHalf(
          "/graphql",
          ["Content-Type: application/json", "Transfer-Encoding: chunked"],
          null,
          Buffer.from("1\r\n \r\n".repeat(130_000)),
        ),
      ),
    ));

  test("10 posts with a wrong secret, which are refused before their body is read", async () => {
    const before = await program.memory();
    const peers = await Promise.all(
      Array.from({ length: 10 }, () =>
        sendHalf("/webhooks/email/postmark", ["Authorization: Basic YTpi"], mebibyte, Buffer.alloc(9)),
      ),
    );
    await Promise.all(peers.map((peer) => peer.until("HTTP/1.1 401")));
    for (const peer of peers) expect(peer.received).toMatch(/^HTTP\/1.1 401 /);
    for (const [path, status] of [
      ["/webhooks/email", 403],
      ["/webhooks/webhook", 403],
      ["/webhooks/email/sendgrid", 403],
    ]) {
      const peer = await sendHalf(String(path), [], mebibyte, Buffer.alloc(9));
      await peer.until(`HTTP/1.1 ${status}`);
      expect(peer.received).toContain(`HTTP/1.1 ${status}`);
      await peer.close();
    }
    await Promise.all(peers.map((peer) => peer.close()));
    expect((await program.memory()).now - before.now).toBeLessThan(50);
  });

  test("as many uploads as a session may have at the same time", async () => {
    const [holder, other] = [await program.client.startSession(), await program.client.startSession()];
    const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhalf';
    const form = "Content-Type: multipart/form-data; boundary=b";
    const begin = () =>
      sendHalf("/attachments", [`Authorization: Bearer ${holder.token}`, form], 5_000, Buffer.from(part));
    const peers = await inGroups(concurrencyLimits.uploadsOfSession.max + 1, 1, begin);
    await Promise.race(peers.map((peer) => peer.until("\r\n\r\n{")));
    expect(peers.map(({ received }) => received.slice(9, 12)).filter((status) => status !== "")).toEqual(["429"]);
    expect((await upload(other, { content: "whole" })).sizeBytes).toBe(5);
    await Promise.all(peers.map((peer) => peer.close()));
  });

  test("six half-sent webhooks again: the memory that was used is free", async () => {
    const before = await program.memory();
    await attackWith(sendSixWebhooks);
    expect((await program.memory()).highest - before.highest).toBeLessThan(50);
  });
});
