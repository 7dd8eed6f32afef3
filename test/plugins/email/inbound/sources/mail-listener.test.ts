import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createTransport } from "nodemailer";
import { checkChannels } from "../../../../../src/channels/health/check-channels.js";
import { concurrencyLimits } from "../../../../../src/limits/limit-table.js";
import type { Data } from "../../../../support/app/graphql-client.js";
import { CERTIFICATE, CERTIFICATE_KEY } from "../../../../support/fakes/certificate.js";
import { InboundMailContext } from "../inbound-mail-context.js";
import { SmtpConversation } from "./smtp-conversation.js";

const maxSizeBytes = 4 * 1024 * 1024;

let mails: InboundMailContext;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "afterchat-listener-"));
  const key = join(directory, "key.pem");
  const certificate = join(directory, "certificate.pem");
  await writeFile(key, CERTIFICATE_KEY);
  await writeFile(certificate, CERTIFICATE);
  mails = await InboundMailContext.setup({
    EMAIL_LISTEN_TLS_KEY: key,
    EMAIL_LISTEN_TLS_CERT: certificate,
    EMAIL_MAX_SIZE_BYTES: String(maxSizeBytes),
  });
});
afterAll(async () => {
  await mails?.teardown();
  await rm(directory, { recursive: true, force: true });
});

const connect = (protocol: "SMTP" | "LMTP" = "SMTP") => SmtpConversation.connect(mails.port(protocol));

describe("The SMTP listener", () => {
  test("stores an email before it acknowledges it", async () => {
    const ana = await mails.recipient();
    const client = await connect();
    expect(await client.envelope("EHLO", ana.visitor.email, ana.replyTo)).toEqual([expect.stringMatching(/^250 /)]);
    const mail = mails.mail(ana, "I come at five.\r\n..Until then");
    expect(await client.data(mail)).toMatch(/^250 /);
    await client.send("QUIT");
    const [kept] = await mails.kept(ana.replyTo);
    expect(kept).toMatchObject({ from: expect.stringContaining(ana.visitor.email), subject: "Re: Até já" });
    const original = await (await fetch(kept?.original.url)).text();
    expect(original).toBe(`${mail.replace("\r\n..", "\r\n.")}\r\n`);
    await mails.context.app.tick();
    expect(await mails.answers(ana)).toEqual(["I come at five.\n.Until then"]);
    await client.close();
  });

  test("offers STARTTLS when a certificate is configured", async () => {
    const ana = await mails.recipient();
    const client = await connect();
    await client.send("EHLO mail.sender.example");
    expect(await client.send("STARTTLS")).toMatch(/^220 /);
    await client.secure();
    await client.envelope("EHLO", ana.visitor.email, ana.replyTo);
    expect(await client.data(mails.mail(ana, "Under cover."))).toMatch(/^250 /);
    expect(await mails.kept(ana.replyTo)).toHaveLength(1);
    await client.close();
  });

  test("accepts email only for its own addresses, in any letter case, and relays nothing", async () => {
    const ana = await mails.recipient();
    const [mailbox, token = ""] = ana.replyTo.slice(0, ana.replyTo.indexOf("@")).split("+");
    const forged = `${token.slice(0, -1)}${token.endsWith("a") ? "b" : "a"}`;
    const answers: readonly (readonly [string, string])[] = [
      [ana.replyTo.toUpperCase(), "250"],
      [ana.bounceTo, "250"],
      ["chat@harbour.example", "250"],
      [`${mailbox}+${forged}@harbour.example`, "550 5.1.1"],
      ["chat+anything@harbour.example", "550 5.1.1"],
      ["someone@harbour.example", "550 5.1.1"],
      [`${token}@elsewhere.example`, "550 5.7.1"],
      ["ana@elsewhere.example", "550 5.7.1"],
      ["ana%elsewhere.example@harbour.example", "550 5.1.1"],
      ["@harbour.example:ana@elsewhere.example", "5"],
    ];
    const client = await connect();
    const replies = await client.envelope("EHLO", "sender@sender.example", ...answers.map(([address]) => address));
    expect(replies.map((line, index) => line.slice(0, answers[index]?.[1].length))).toEqual(
      answers.map(([, code]) => code),
    );
    expect(await client.send("AUTH PLAIN AGFuYQBwYXNzd29yZA==")).toMatch(/^5/);
    expect(await client.send("XCLIENT ADDR=192.0.2.1")).toMatch(/^5/);
    await client.close();
  });

  test("rejects a reply to an erased visitor's conversation", async () => {
    const ana = await mails.recipient();
    await mails.erase(ana);
    const client = await connect();
    const replies = await client.envelope("EHLO", ana.visitor.email, ana.replyTo, ana.bounceTo);
    expect(replies).toEqual([expect.stringMatching(/^550 5\.2\.1/), expect.stringMatching(/^550 5\.2\.1/)]);
    expect(await client.data("From: a@b.example\r\n\r\nHello")).toMatch(/^503/);
    await client.close();
  });

  test("rejects an oversized email with 552, by its declared and by its actual size, and stores nothing", async () => {
    const ana = await mails.recipient();
    const client = await connect();
    await client.send("EHLO mail.sender.example");
    expect(await client.send(`MAIL FROM:<${ana.visitor.email}> SIZE=${maxSizeBytes + 1}`)).toMatch(/^552/);
    await client.envelope("EHLO", ana.visitor.email, ana.replyTo);
    expect(await client.data(mails.mail(ana, "x".repeat(76).concat("\r\n").repeat(60_000)))).toMatch(/^552/);
    expect(await mails.kept(ana.replyTo)).toEqual([]);
    // The connection remains usable.
    await client.envelope("EHLO", ana.visitor.email, ana.replyTo);
    expect(await client.data(mails.mail(ana, "Shorter."))).toMatch(/^250/);
    await client.close();
  });

  test("stores 2 MB of headers and 20,000 parts unchanged", async () => {
    const ana = await mails.recipient();
    const client = await connect();
    const headers = Array.from({ length: 25_000 }, (_, index) => `X-Padding-${index}: ${"x".repeat(65)}`);
    await client.envelope("EHLO", ana.visitor.email, ana.replyTo);
    expect(await client.data(mails.mail(ana, "Below.", headers))).toMatch(/^250/);
    const parts = "--b\r\nContent-Type: text/plain\r\n\r\npart\r\n".repeat(20_000);
    await client.envelope("EHLO", ana.visitor.email, ana.replyTo);
    expect(await client.data(mails.mail(ana, `${parts}--b--`, ["Content-Type: multipart/mixed; boundary=b"]))).toMatch(
      /^250/,
    );
    expect((await mails.kept(ana.replyTo)).map(({ original }) => original.sizeBytes > 700_000)).toEqual([true, true]);
    await client.close();
  });

  test("stores nothing of an email when the connection ends in the middle of it", async () => {
    const ana = await mails.recipient();
    const client = await connect();
    await client.envelope("EHLO", ana.visitor.email, ana.replyTo);
    await client.send("DATA");
    client.write(mails.mail(ana, "Half a"));
    await client.close();
    const after = await connect();
    await after.envelope("EHLO", ana.visitor.email, ana.replyTo);
    expect(await after.data(mails.mail(ana, "Whole."))).toMatch(/^250/);
    expect(await mails.kept(ana.replyTo)).toHaveLength(1);
    await after.close();
  });

  test.each(["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r"])(
    "does not take %j for the end of an email, so that no second one can be smuggled in",
    async (end) => {
      const ana = await mails.recipient();
      const client = await connect();
      await client.envelope("EHLO", ana.visitor.email, ana.replyTo);
      const smuggled = `MAIL FROM:<boss@harbour.example>\r\nRCPT TO:<${ana.replyTo}>\r\nDATA\r\nSubject: smuggled\r\n\r\nPay`;
      expect(await client.data(mails.mail(ana, `Hello${end}${smuggled}`))).toMatch(/^250/);
      const kept = await mails.kept(ana.replyTo);
      expect(kept.map(({ subject }) => subject)).toEqual(["Re: Até já"]);
      await client.close();
    },
  );

  test("stores the same email once when it is sent over 90 connections concurrently", async () => {
    const ana = await mails.recipient();
    const mail = mails.mail(ana, "Once.");
    const clients = await Promise.all(Array.from({ length: 90 }, () => connect()));
    const answers = await Promise.all(
      clients.map(async (client) => {
        await client.envelope("EHLO", ana.visitor.email, ana.replyTo);
        return (await client.data(mail)).slice(0, 3);
      }),
    );
    expect(new Set(answers)).toEqual(new Set(["250"]));
    expect(await mails.kept(ana.replyTo)).toHaveLength(1);
    await Promise.all(clients.map((client) => client.close()));
  });

  test("asks clients beyond the connection limit of their network to try again later, and no others", async () => {
    const max = concurrencyLimits.mailConnectionsOfPrivateNetwork.max;
    const clients = await Promise.all(Array.from({ length: max + 10 }, () => connect()));
    const answers = await Promise.all(clients.map(async (client) => (await client.send("NOOP")).slice(0, 3)));
    expect(answers.filter((answer) => answer === "250").length).toBe(max);
    const other = await SmtpConversation.connect(mails.port("SMTP"), "127.0.0.2");
    expect(await other.send("NOOP")).toMatch(/^250/);
    await clients[0]?.close();
    await Promise.all([...clients, other].map((client) => client.close()));
  });

  test("answers 451 when the database fails, and stores the email when it is sent again", async () => {
    const ana = await mails.recipient();
    const mail = mails.mail(ana, "Again.");
    const client = await connect();
    await client.envelope("EHLO", ana.visitor.email, ana.replyTo);
    await mails.context.app.execute("ALTER TABLE inbound_originals RENAME TO hidden");
    expect(await client.data(mail)).toMatch(/^451 /);
    await mails.context.app.execute("ALTER TABLE hidden RENAME TO inbound_originals");
    await mails.context.app.execute("ALTER TABLE conversations RENAME TO hidden");
    expect(await client.envelope("EHLO", ana.visitor.email, ana.replyTo)).toEqual([expect.stringMatching(/^451 /)]);
    await mails.context.app.execute("ALTER TABLE hidden RENAME TO conversations");
    await client.envelope("EHLO", ana.visitor.email, ana.replyTo);
    expect(await client.data(mail)).toMatch(/^250 /);
    expect(await mails.kept(ana.replyTo)).toHaveLength(1);
    await client.close();
  });

  test("accepts email from Nodemailer", async () => {
    const ana = await mails.recipient();
    const transport = createTransport({
      host: "127.0.0.1",
      port: mails.port("SMTP"),
      tls: { ca: CERTIFICATE, servername: "localhost" },
    });
    const info = await transport.sendMail({ from: ana.visitor.email, to: ana.replyTo, subject: "Re: x", text: "Olá" });
    transport.close();
    expect(info.rejected).toEqual([]);
    expect(await mails.kept(ana.replyTo)).toHaveLength(1);
  });
});

describe("The LMTP listener", () => {
  test("answers for each recipient, and does not store again what was received by SMTP", async () => {
    const ana = await mails.recipient();
    const mail = mails.mail(ana, "By two ways.");
    const bySmtp = await connect();
    await bySmtp.envelope("EHLO", ana.visitor.email, ana.replyTo);
    expect(await bySmtp.data(mail)).toMatch(/^250/);
    const byLmtp = await connect("LMTP");
    const traced = `Return-Path: <${ana.visitor.email}>\r\nDelivered-To: ${ana.replyTo}\r\nReceived: from a by b\r\n\tid 7; today\r\n${mail}`;
    const replies = await byLmtp.envelope(
      "LHLO",
      ana.visitor.email,
      ana.replyTo,
      "chat+no@harbour.example",
      ana.bounceTo,
    );
    expect(replies.map((line) => line.slice(0, 3))).toEqual(["250", "550", "250"]);
    expect(await byLmtp.data(traced)).toMatch(/^250/);
    expect(await byLmtp.reply()).toMatch(/^250/);
    expect(await mails.kept(ana.replyTo)).toHaveLength(1);
    await Promise.all([bySmtp.close(), byLmtp.close()]);
  });

  test("answers 451 for each recipient when the database fails", async () => {
    const ana = await mails.recipient();
    const client = await connect("LMTP");
    await client.envelope("LHLO", "", ana.replyTo, ana.bounceTo);
    await mails.context.app.execute("ALTER TABLE inbound_originals RENAME TO hidden");
    expect(await client.data(mails.mail(ana, "Later."))).toMatch(/^451 /);
    expect(await client.reply()).toMatch(/^451 /);
    await mails.context.app.execute("ALTER TABLE hidden RENAME TO inbound_originals");
    await client.close();
  });
});

describe("A listener whose port is taken", () => {
  test("does not prevent sending, and is reported in the channel's health", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const blocked = await InboundMailContext.setup({
      EMAIL_SMTP_LISTEN: `127.0.0.1:${port}`,
      EMAIL_LMTP_LISTEN: undefined,
    });
    try {
      const ana = await blocked.recipient();
      expect(ana.replyTo).not.toBe("");
      await checkChannels(blocked.context.app.services);
      const { channels } = await blocked.context.agent.client.do("{ channels { id health { status detail } } }");
      expect(channels.find(({ id }: Data) => id === "email")).toMatchObject({
        health: { status: "READY", detail: expect.stringContaining(`cannot listen on 127.0.0.1:${port}`) },
      });
    } finally {
      await blocked.teardown();
      other.close();
    }
  });
});
