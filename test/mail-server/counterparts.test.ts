import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";

import { createTransport } from "nodemailer";
import pg from "pg";
import type { App } from "../../src/app.js";
import { MailDoors } from "../plugins/email/inbound/mail-doors.js";
import { addressOf, MailSink } from "../support/mail-sink.js";
import { describeWithMailServer } from "./describe-with-mail-server.js";
import { mutt, snail } from "./mail-programs.js";
import { MailStage } from "./mail-stage.js";
import type { FetchedMail } from "./mailbox.js";
import { nextKept } from "./next-kept.js";

const vacation = 'require "vacation";\nvacation :subject "Away" "I am on holiday.";\n';

describeWithMailServer("What real counterparts do with our mail:", () => {
  let mail: MailStage;

  beforeAll(async () => {
    mail = await MailStage.set();
  });
  afterAll(async () => {
    await mail?.strike();
  });

  test.each([
    { program: snail("reply-to"), name: "s-nail, told to honour Reply-To,", header: "Reply-To" },
    { program: mutt, name: "mutt", header: "Reply-To" },
    { program: snail("from"), name: "s-nail as it comes", header: "From" },
  ])("$name answers to $header, and names our mail", async ({ program, header }) => {
    const { mailbox, sent, replyTo } = await correspondentWithMail(mail);
    await program(mail.server, mailbox, "Thank you, até já!");
    const { parsed } = await mail.company.until(isFrom(mailbox.address));
    expect(addressOf(parsed.to).address).toBe(header === "From" ? "chat@harbour.example" : replyTo);
    expect(parsed.inReplyTo).toBe(sent.messageId);
    expect(parsed.references).toContain(sent.messageId);
    expect(parsed.text).toMatch(/^Thank you, até já!/);
  });

  test("a vacation responder stays silent, although it answers people", async () => {
    const ana = await mail.correspondent({}, { sieve: vacation });
    await mail.answerByMail(ana, "Is my bike ready?", "It is, come by.");
    await ana.mailbox.mails(1);
    const people = createTransport({ host: "127.0.0.1", port: mail.server.smtpPort, secure: false, ignoreTLS: true });
    const own = { from: "chat@harbour.example", to: ana.mailbox.address, subject: "Lunch?", text: "At one?" };
    const { messageId } = await people.sendMail(own);
    people.close();
    await mail.company.until(({ parsed }) => parsed.inReplyTo === messageId);
    const notices = (await mail.company.mails()).filter(isFrom(ana.mailbox.address));
    expect(notices.map(({ parsed }) => parsed.inReplyTo)).toEqual([messageId]);
    // It answers each sender once in a while only: that ours came first is what makes its silence tell.
    await mail.server.logs.dovecot.until(
      /discarding vacation response to (auto-submitted message|mailinglist recipient)/,
    );
  });

  test.each([
    { what: "that is gone", code: 550, status: "5.1.1" },
    { what: "that stays full for as long as Postfix tries", code: 452, status: "4.2.2" },
  ])("a mailbox $what brings a bounce to the delivery's own address", async ({ code, status }) => {
    const next = await MailSink.start();
    try {
      next.behave(() => ({ code, message: `${status} Not now` }));
      const address = `ben@mailbox-${code}.example`;
      mail.server.route(address, `smtp:[127.0.0.1]:${new URL(next.url).port}`);
      const visitor = await mail.stage.visitorWhoLeft({ email: address });
      await mail.stage.desk.reply(visitor, "It is, come by.");
      await mail.stage.program.pass(331);
      // Postfix has it: that it will not arrive shows later.
      expect(await mail.stage.desk.delivery(visitor)).toMatchObject({ status: "SENT" });

      const isAbout = ({ raw }: FetchedMail) => raw.includes(`Final-Recipient: rfc822; ${address}`);
      const { raw, parsed } = await mail.company.until(isAbout);
      expect(raw).toContain(`\r\nStatus: ${status}\r\n`);
      expect(raw).toContain("\r\nAction: failed\r\n");
      expect(raw).toMatch(/^Return-Path: <>\r$/m);
      expect(raw).toMatch(/^Content-Type: multipart\/report; report-type=delivery-status;/m);
      expect(addressOf(parsed.to).address).toMatch(/^chat\+[a-z2-7]{30,58}@harbour\.example$/);
      expect(raw).toContain(`\r\nDelivered-To: ${addressOf(parsed.to).address}\r\n`);
      // The original, by whose Message-ID the delivery could be found as well.
      expect(raw).toMatch(/^Content-Type: message\/rfc822[\s\S]*^Message-ID: <[^<>]+@harbour\.example>\r$/m);
    } finally {
      await next.stop();
    }
  });
});

describeWithMailServer("An answer by a real mail program stands in the conversation, once:", () => {
  const secret = "a secret of the mail server";
  let mail: MailStage;
  let doors: MailDoors;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "afterchat-pipe-"));
    // Postfix runs the pipe's program as nobody.
    await chmod(directory, 0o755);
    mail = await MailStage.set((company) => ({
      EMAIL_SMTP_LISTEN: "127.0.0.1:0",
      EMAIL_LMTP_LISTEN: "127.0.0.1:0",
      EMAIL_WEBHOOK_SECRET: secret,
      EMAIL_IMAP_URL: company.imapUrl,
    }));
    doors = MailDoors.of(mail.stage);
  });
  afterAll(async () => {
    await mail?.strike();
    await rm(directory, { recursive: true, force: true });
  });

  test.each([
    { protocol: "SMTP", transport: (port: number) => `smtp:[127.0.0.1]:${port}` },
    { protocol: "LMTP", transport: (port: number) => `lmtp:inet:127.0.0.1:${port}` },
  ] as const)("by $protocol", async ({ protocol, transport }) => {
    const ana = await correspondentWithMail(mail);
    mail.server.route(ana.replyTo, transport(doors.port(protocol)));
    await snail("reply-to")(mail.server, ana.mailbox, `By ${protocol}`);
    await mail.server.logs.postfix.until(reported(ana.replyTo, "sent"));
    await mail.stage.program.tick();
    expect(await doors.answers(ana)).toEqual([`By ${protocol}`]);
    expect(await doors.kept(ana.replyTo)).toMatchObject([{ status: "UNDERSTOOD" }]);
  });

  test("through a pipe, although the database is away at first", async () => {
    const ana = await correspondentWithMail(mail);
    const { app } = mail.stage.program;
    const aheadSeconds = Math.round((mail.stage.now.getTime() - Date.now()) / 1000);
    const secretFile = join(directory, "secret");
    await writeFile(secretFile, `${secret}\n`);
    await mail.server.pipeTo(
      [
        `export AFTERCHAT_WEBHOOK=${app.url}/webhooks/email AFTERCHAT_SECRET_FILE=${secretFile}`,
        // The program's clock is ahead, as the test has moved it.
        `date() { echo $(($(/bin/date +%s) + ${aheadSeconds})); }`,
        await readFile("scripts/afterchat-pipe", "utf8"),
      ].join("\n"),
    );
    mail.server.route(ana.replyTo, "answers:");
    await execute(app, "ALTER TABLE inbound_originals RENAME TO away");
    await snail("reply-to")(mail.server, ana.mailbox, "By pipe");
    await mail.server.logs.postfix.until(reported(ana.replyTo, "deferred (Afterchat answered 503"));
    await execute(app, "ALTER TABLE away RENAME TO inbound_originals");
    await mail.server.flush();
    await mail.server.logs.postfix.until(reported(ana.replyTo, "sent"));
    await mail.stage.program.tick();
    expect(await doors.answers(ana)).toEqual(["By pipe"]);
    expect(await doors.kept(ana.replyTo)).toMatchObject([{ status: "UNDERSTOOD" }]);
  });

  test("from a mailbox that is read by IMAP, and stays unread there", async () => {
    const ana = await correspondentWithMail(mail);
    const kept = nextKept(mail.stage.program.app);
    await snail("reply-to")(mail.server, ana.mailbox, "By IMAP");
    await kept;
    await mail.stage.program.tick();
    expect(await doors.answers(ana)).toEqual(["By IMAP"]);
    expect(await doors.kept(ana.replyTo)).toMatchObject([{ status: "UNDERSTOOD" }]);
    // Maildir writes "seen" into the file's name.
    const files = await Promise.all(["new", "cur"].map((part) => readdir(join(mail.company.maildir, part))));
    expect(files.flat().filter((name) => !/:2,.*S/.test(name))).toHaveLength(1);
  });
});

/** Somebody who has our mail. */
async function correspondentWithMail(mail: MailStage) {
  const ana = await mail.correspondent();
  await mail.answerByMail(ana, "Is my bike ready?", "It is, come by.");
  const { parsed: sent } = await ana.mailbox.mail();
  return { ...ana, sent, replyTo: addressOf(sent.replyTo).address };
}

/** What Postfix says became of a mail to an address. */
function reported(address: string, status: string): RegExp {
  return new RegExp(`to=<${address.replace(/[+.]/g, "\\$&")}>.*status=${status.replace("(", "\\(")}`);
}

/** Runs a statement beside the program, as an operator does. */
async function execute({ services }: App, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: services.config.databaseUrl ?? "" });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function isFrom(address: string): (mail: FetchedMail) => boolean {
  return ({ parsed }) => addressOf(parsed.from).address === address;
}
