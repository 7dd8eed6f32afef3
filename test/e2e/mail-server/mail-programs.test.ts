import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { simpleParser } from "mailparser";
import { createTransport } from "nodemailer";
import { InboundMailContext } from "../../plugins/email/inbound/inbound-mail-context.js";
import type { Data } from "../../support/app/graphql-client.js";
import type { TestVisitor } from "../../support/app/test-visitor.js";
import { addressOf, MailSink } from "../../support/fakes/mail-sink.js";
import { webhookSecretOf } from "../../support/fakes/webhook-secret.js";
import { mutt, snail } from "../../support/servers/mail/mail-programs.js";
import { describeWithMailServer } from "./describe-with-mail-server.js";
import { MailServerContext, type VisitorWithMailbox } from "./mail-server-context.js";
import { nextStoredOriginal } from "./next-stored-original.js";
import { plainMail } from "./plain-mail.js";
import { untilBounced, untilReported } from "./postfix-reports.js";

describeWithMailServer("Real mail programs and servers reply to forwarded emails:", () => {
  const secret = webhookSecretOf("a secret of the mail server");
  let mail: MailServerContext;
  let mails: InboundMailContext;
  let directory: string;
  /** Receives the mail for `elsewhere.example` from Postfix: the mailbox "gone" does not exist, "full" is full. */
  let elsewhere: MailSink;
  let full: TestVisitor;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "afterchat-pipe-"));
    // Postfix runs the pipe's program as the user nobody.
    await chmod(directory, 0o755);
    mail = await MailServerContext.setup((company) => ({
      EMAIL_SMTP_LISTEN: "127.0.0.1:0",
      EMAIL_LMTP_LISTEN: "127.0.0.1:0",
      EMAIL_WEBHOOK_SECRET: secret,
      EMAIL_IMAP_URL: company.imapUrl,
    }));
    mails = InboundMailContext.of(mail.context);
    mail.server.route(mail.company.address, transportTo("LMTP"));

    elsewhere = await MailSink.start();
    elsewhere.behave((recipient) =>
      recipient.startsWith("gone")
        ? { code: 550, message: "5.1.1 No such mailbox" }
        : { code: 452, message: "4.2.2 Mailbox full" },
    );
    mail.server.route("elsewhere.example", `smtp:[127.0.0.1]:${new URL(elsewhere.url).port}`);
    // First, because Postfix retries for 6 seconds while the other tests run.
    full = await forwardTo("full@elsewhere.example");
  });
  afterAll(async () => {
    await mail?.teardown();
    await elsewhere?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** A listener of the program in the syntax of Postfix's transport(5). */
  function transportTo(protocol: "SMTP" | "LMTP"): string {
    const port = mails.port(protocol);
    return protocol === "SMTP" ? `smtp:[127.0.0.1]:${port}` : `lmtp:inet:127.0.0.1:${port}`;
  }

  /** A visitor with a reply that Postfix accepted for their address. */
  async function forwardTo(email: string): Promise<TestVisitor> {
    const visitor = await mail.context.visitorWhoLeft({ email });
    await mail.context.agent.reply(visitor, "It is, come by.");
    await mail.context.app.pass(331);
    // That it cannot be delivered is reported later.
    expect(await mail.context.agent.delivery(visitor)).toMatchObject({ status: "SENT" });
    return visitor;
  }

  /** A visitor with a forwarded reply in their mailbox. */
  async function visitorWithEmail(options: { readonly sieve?: string } = {}) {
    const ana = await mail.visitorWithMailbox({}, options);
    await mail.replyByEmail(ana, "Is my bike ready?", "It is, come by.");
    const { parsed, raw } = await ana.mailbox.mail();
    return { ...ana, sent: { parsed, raw }, replyTo: addressOf(parsed.replyTo).address };
  }

  describe("a person's mail program", () => {
    const thanks = "Thank you, até já!";

    test.each([
      { name: "mutt, which quotes below the new text, by SMTP", program: mutt, protocol: "SMTP" },
      { name: "s-nail, which quotes above the new text, by LMTP", program: snail("debian"), protocol: "LMTP" },
    ] as const)("$name: the new text becomes a message of the visitor", async ({ program, protocol }) => {
      const ana = await visitorWithEmail();
      mail.server.route(ana.replyTo, transportTo(protocol));
      await program(mail.server, ana.mailbox, thanks);
      await untilReported(mail.server, ana.replyTo, "sent");
      await mail.context.app.tick();
      expect(await mails.answers(ana)).toEqual([thanks]);
      const [{ original, ...kept }, ...others] = (await mails.kept(ana.replyTo)) as [Data, ...Data[]];
      expect([kept, others]).toMatchObject([{ status: "UNDERSTOOD", from: ana.mailbox.address }, []]);
      const whole = await simpleParser(await (await fetch(original.url)).text());
      expect(whole.text).toMatch(/^> .*It is, come by\./m);
      expect(whole.inReplyTo).toBe(ana.sent.parsed.messageId);
    });

    test("through a pipe, even if the database is unavailable at first", async () => {
      const ana = await visitorWithEmail();
      const { app } = mail.context;
      const aheadSeconds = Math.round((mail.context.now.getTime() - Date.now()) / 1000);
      const secretFile = join(directory, "secret");
      await writeFile(secretFile, `${secret}\n`);
      await mail.server.pipeTo(
        [
          `export AFTERCHAT_WEBHOOK=${app.url}/webhooks/email AFTERCHAT_SECRET_FILE=${secretFile}`,
          // The program's clock is ahead, because the test has advanced it.
          `date() { echo $(($(/bin/date +%s) + ${aheadSeconds})); }`,
          await readFile("scripts/afterchat-pipe", "utf8"),
        ].join("\n"),
      );
      mail.server.route(ana.replyTo, "answers:");
      await app.execute("ALTER TABLE inbound_originals RENAME TO away");
      await snail("debian")(mail.server, ana.mailbox, "By pipe");
      await untilReported(mail.server, ana.replyTo, "deferred (Afterchat answered 503");
      await app.execute("ALTER TABLE away RENAME TO inbound_originals");
      await mail.server.flush();
      await untilReported(mail.server, ana.replyTo, "sent");
      await mail.context.app.tick();
      expect(await mails.answers(ana)).toEqual(["By pipe"]);
      expect(await mails.kept(ana.replyTo)).toMatchObject([{ status: "UNDERSTOOD" }]);
    });
  });

  test("a vacation responder does not reply to forwarded emails; if a gateway removed their headers, its reply does not become a message", async () => {
    const vacation = 'require "vacation";\nvacation :subject "Away" "I am on holiday.";\n';
    const ana = await visitorWithEmail({ sieve: vacation });
    await mail.server.logs.dovecot.until(
      /discarding vacation response to (auto-submitted message|mailinglist recipient)/,
    );

    const [, bounceTo = ""] = /^Return-Path: <(.*)>/m.exec(ana.sent.raw) ?? [];
    await sendAgain(ana, bounceTo, plainMail(ana.sent.raw));
    await untilReported(mail.server, bounceTo, "sent");
    await mail.context.app.tick();
    expect(await mails.kept(bounceTo)).toMatchObject([
      { status: "DROPPED", reason: "AUTO_REPLY", subject: "Away", conversation: { id: ana.visitor.conversationId } },
    ]);
    expect(await mails.answers(ana)).toEqual([]);
    expect(await mail.context.agent.delivery(ana.visitor)).toMatchObject({ status: "SENT" });
  });

  /** Delivers a mail to its recipient again, with the same envelope. */
  async function sendAgain({ mailbox }: VisitorWithMailbox, from: string, raw: string): Promise<void> {
    const transport = createTransport({
      host: "127.0.0.1",
      port: mail.server.smtpPort,
      secure: false,
      ignoreTLS: true,
    });
    await transport.sendMail({ envelope: { from, to: mailbox.address }, raw: Buffer.from(raw, "latin1") });
    transport.close();
  }

  describe("a mailbox at another server", () => {
    test("that does not exist (550 5.1.1): the delivery is BOUNCED, the address is suppressed, and agents see why", async () => {
      const gone = await forwardTo("gone@elsewhere.example");
      const bounceTo = await untilBounced(mail.server, "gone@elsewhere.example");
      await mail.context.app.tick();
      expect(await mail.context.agent.delivery(gone)).toMatchObject({
        status: "BOUNCED",
        failure: { code: "ADDRESS_INVALID", detail: expect.stringContaining("550 5.1.1 No such mailbox") },
      });
      expect(await suppressed("gone@elsewhere.example")).toEqual([
        { reason: "HARD_BOUNCE", detail: expect.stringContaining("550 5.1.1 No such mailbox") },
      ]);
      expect(await mail.context.agent.forwarding(gone)).toMatchObject({
        state: "ADDRESS_SUPPRESSED",
        pendingReplies: 1,
      });
      expect(await mails.kept(bounceTo)).toMatchObject([
        { status: "UNDERSTOOD", original: { url: expect.anything() } },
      ]);
    });

    test("that stays full (452) until Postfix gives up: the delivery is BOUNCED, and the next one is sent again", async () => {
      await untilBounced(mail.server, "full@elsewhere.example");
      await mail.context.app.tick();
      expect(await mail.context.agent.delivery(full)).toMatchObject({
        status: "BOUNCED",
        failure: { code: "UNAVAILABLE", detail: expect.stringContaining("452 4.2.2 Mailbox full") },
      });
      expect(await suppressed("full@elsewhere.example")).toEqual([]);
      expect(await mail.context.agent.forwarding(full)).toMatchObject({ state: "FAILED", pendingReplies: 1 });

      elsewhere.behave(() => null);
      await mail.context.agent.reply(full, "We close at six.");
      const arrived = elsewhere.next();
      await mail.context.app.pass(331);
      await arrived;
      const [{ parsed } = { parsed: null }] = elsewhere.mails;
      for (const reply of ["It is, come by.", "We close at six."]) expect(parsed?.text).toContain(reply);
    });
  });

  async function suppressed(address: string): Promise<unknown[]> {
    const { suppressedAddresses } = await mail.context.agent.client.do(
      "query ($address: String!) { suppressedAddresses(search: $address) { nodes { reason detail } } }",
      { address },
    );
    return suppressedAddresses.nodes;
  }

  // Last, because it routes the company's mail to its mailbox from then on.
  test("s-nail with its default settings replies to From, read by IMAP, and indents the quote: the new text is stored once, and the mail stays unread", async () => {
    const ana = await visitorWithEmail();
    mail.server.route(mail.company.address, `lmtp:inet:127.0.0.1:${mail.server.lmtpPort}`);
    const stored = nextStoredOriginal(mail.context.app);
    await snail("upstream")(mail.server, ana.mailbox, "By IMAP");
    await stored;
    await mail.context.app.tick();
    expect(await mails.answers(ana)).toEqual(["By IMAP"]);
    expect(await mails.kept(mail.company.address)).toMatchObject([
      { status: "UNDERSTOOD", conversation: { id: ana.visitor.conversationId } },
    ]);
    // Maildir writes "seen" into the file's name.
    const files = await Promise.all(["new", "cur"].map((part) => readdir(join(mail.company.maildir, part))));
    expect(files.flat().filter((name) => !/:2,.*S/.test(name))).toHaveLength(1);
  });
});
