import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { storeMail } from "../../plugins/email/inbound/store-mail.js";
import { createChannelHost } from "../../src/channel-host.js";
import { removeOriginals } from "../../src/inbound/remove-originals.js";
import { rateLimits, storageLimits } from "../../src/limits/limit-table.js";
import { InboundMailContext, type Recipient } from "../plugins/email/inbound/inbound-mail-context.js";

const from = "ana@home.example";
const unknown = { via: "smtp" as const, remoteAddress: null, helo: null, arrivedAt: null, providerId: null };

let mails: InboundMailContext;
let ana: Recipient;

beforeAll(async () => {
  mails = await InboundMailContext.setup();
  ana = await mails.recipient();
});
afterAll(() => mails?.teardown());

/** Stores an email as an inbound source does; its outcome. */
function store(raw: string | Buffer, to: string, sender = from): Promise<"stored" | "refused"> {
  const channel = mails.context.app.services.channels.get("email");
  if (channel === undefined) throw new Error("The email channel is not installed");
  const host = createChannelHost(mails.context.app.services, channel.plugin);
  return storeMail(host, { raw: Buffer.from(raw), envelope: { ...unknown, from: sender, to: [to] } });
}

const mail = (id: string, text: string, ...headers: readonly string[]) =>
  [`From: ${from}`, `Message-ID: <${id}@home.example>`, "Subject: Hello", ...headers, "", text, ""].join("\r\n");

describe("Of an email that belongs to no conversation", () => {
  test("only the header is stored, and an admin sees why", async () => {
    const to = "chat@localhost";
    expect(await store(mail("stranger", "Buy now! ".repeat(100_000)), to)).toBe("stored");
    await mails.context.app.tick();
    const [kept] = await mails.kept(to);
    expect(kept).toMatchObject({ status: "DROPPED", reason: "NOT_OURS", subject: "Hello" });
    expect(kept?.detail).toMatch(/Only its header was stored: it had 90\d{4} bytes\./);
    expect(await (await fetch(kept?.original.url)).text()).toBe(mail("stranger", "").slice(0, -2));
  });

  test("everything is stored when it also comes to an address that says whose it is", async () => {
    const raw = mail("twice", "I come at five.");
    expect(await store(raw, "somebody@localhost")).toBe("stored");
    expect(await store(raw, ana.replyTo)).toBe("stored");
    await mails.context.app.tick();
    expect(await mails.answers(ana)).toEqual(["I come at five."]);
  });

  test("the beginning is stored if it may be a report, which says what it is about", async () => {
    const report = [
      "From: Mail Delivery System <MAILER-DAEMON@mx.example>",
      "Message-ID: <report@mx.example>",
      'Content-Type: multipart/report; report-type=delivery-status; boundary="r"',
      "",
      "--r",
      "Content-Type: text/plain",
      "",
      "It could not be delivered.",
      "--r",
      "Content-Type: message/delivery-status",
      "",
      "Reporting-MTA: dns; mx.example",
      "",
      "Action: failed",
      "Status: 5.1.1",
      "--r",
      "Content-Type: message/rfc822",
      "",
      `Message-ID: ${ana.messageId}`,
      "",
      "The rest. ".repeat(50_000),
      "--r--",
    ].join("\r\n");
    expect(await store(report, "returns@localhost", "")).toBe("stored");
    await mails.context.app.tick();
    const [kept] = await mails.kept("returns@localhost");
    expect(kept).toMatchObject({ status: "UNDERSTOOD", conversation: { id: ana.visitor.conversationId } });
    expect(kept?.original.sizeBytes).toBe(64 * 1_024);
  });

  test("the oldest are removed when they are many", async () => {
    const { app, now } = mails.context;
    const headerBytes = 64_000;
    const rows = Math.ceil(storageLimits.unmatchedMail.max / headerBytes) + 50;
    await app.execute(
      `INSERT INTO inbound_originals (id, channel, key, content, content_type, size_bytes, recipients, received_at, status,
         reason, settled_at, unmatched)
       SELECT gen_random_uuid(), 'email', 'flood ' || number, 'x', 'message/rfc822', $1, '{}',
         $2::timestamptz + make_interval(secs => number), 'DROPPED', 'NOT_OURS', $2, true
       FROM generate_series(1, $3) AS number`,
      [headerBytes, now, rows],
    );
    await removeOriginals(app.services);
    const [left] = await app.execute<{ oldest: number; count: number; bytes: number }>(
      `SELECT min(substr(key, 7)::int) AS oldest, count(*)::int AS count, sum(size_bytes)::int AS bytes
       FROM inbound_originals WHERE key LIKE 'flood %'`,
    );
    expect(left?.bytes).toBeLessThanOrEqual(storageLimits.unmatchedMail.max);
    expect(left?.bytes).toBeGreaterThan(0.95 * storageLimits.unmatchedMail.max);
    expect(left?.oldest).toBe(rows - (left?.count ?? 0) + 1);
    expect(await mails.answers(ana)).toEqual(["I come at five."]);
  });
});

test("More than a conversation may receive in a day is refused, and other conversations receive", async () => {
  const [loud, quiet] = [await mails.recipient(), await mails.recipient()];
  const { points } = rateLimits.mailOfConversation;
  // As if it had received most of it already.
  await mails.context.app.services.limits.spend("mailOfConversation", loud.visitor.conversationId, points - 30_000);
  const large = (id: string) => mail(id, `${"x".repeat(998)}\r\n`.repeat(24_000));
  expect(await store(large("last"), loud.replyTo)).toBe("stored");
  expect(await store(large("one-more"), loud.replyTo)).toBe("refused");
  expect(await store(mail("quiet", "Hello"), quiet.replyTo)).toBe("stored");
});
