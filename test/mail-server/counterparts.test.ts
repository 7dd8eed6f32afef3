import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { createTransport } from "nodemailer";
import { addressOf, MailSink } from "../support/mail-sink.js";
import { describeWithMailServer } from "./describe-with-mail-server.js";
import { mutt, snail } from "./mail-programs.js";
import { MailStage } from "./mail-stage.js";
import type { FetchedMail } from "./mailbox.js";

const vacation = 'require "vacation";\nvacation :subject "Away" "I am on holiday.";\n';

describeWithMailServer("What real counterparts do with our mail:", () => {
  let mail: MailStage;

  beforeAll(async () => {
    mail = await MailStage.set();
  });
  afterAll(async () => {
    await mail?.strike();
  });

  /** Somebody who has our mail. */
  async function correspondentWithMail() {
    const ana = await mail.correspondent();
    await mail.answerByMail(ana, "Is my bike ready?", "It is, come by.");
    const { parsed: sent } = await ana.mailbox.mail();
    return { ...ana, sent, replyTo: addressOf(sent.replyTo).address };
  }

  test.each([
    { program: snail("reply-to"), name: "s-nail, told to honour Reply-To,", header: "Reply-To" },
    { program: mutt, name: "mutt", header: "Reply-To" },
    { program: snail("from"), name: "s-nail as it comes", header: "From" },
  ])("$name answers to $header, and names our mail", async ({ program, header }) => {
    const { mailbox, sent, replyTo } = await correspondentWithMail();
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
    await mail.server.logs.dovecot.until(/discarding vacation response to auto-submitted message/);
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

  describe("An answer is brought once", () => {
    test.each([
      { protocol: "smtp", lmtp: false },
      { protocol: "lmtp", lmtp: true },
    ])("to a listener that speaks $protocol", async ({ protocol, lmtp }) => {
      const listener = await MailSink.start({ lmtp });
      try {
        const { mailbox, sent, replyTo } = await correspondentWithMail();
        const arrived = listener.next();
        mail.server.route(
          replyTo,
          `${lmtp ? "lmtp:inet:127.0.0.1" : "smtp:[127.0.0.1]"}:${new URL(listener.url).port}`,
        );
        await snail("reply-to")(mail.server, mailbox, `By ${protocol}`);
        await arrived;
        expect(listener.mails.map(({ envelopeTo }) => envelopeTo)).toEqual([[replyTo]]);
        expect(listener.mails.map(({ parsed }) => parsed.inReplyTo)).toEqual([sent.messageId]);
      } finally {
        await listener.stop();
      }
    });

    test("through a pipe, although its program fails at first", async () => {
      const bodies: string[] = [];
      const http = createServer((request, response) => {
        void readText(request).then((body) => {
          bodies.push(body);
          response.writeHead(bodies.length === 1 ? 503 : 200).end();
        });
      }).listen(0, "127.0.0.1");
      await once(http, "listening");
      try {
        const { mailbox, sent, replyTo } = await correspondentWithMail();
        const { port } = http.address() as AddressInfo;
        // 75 is EX_TEMPFAIL: any other failure would make Postfix bounce the answer.
        await mail.server.pipeTo(`curl --silent --fail --data-binary @- http://127.0.0.1:${port}/ || exit 75`);
        mail.server.route(replyTo, "answers:");
        await snail("reply-to")(mail.server, mailbox, "By pipe");
        const escapedAddress = replyTo.replace(/[+.]/g, "\\$&");
        await mail.server.logs.postfix.until(new RegExp(`to=<${escapedAddress}>.*status=deferred`));
        await mail.server.flush();
        await mail.server.logs.postfix.until(new RegExp(`to=<${escapedAddress}>.*status=sent`));
        expect(bodies).toHaveLength(2);
        expect(bodies[1]).toBe(bodies[0]);
        expect(bodies[1]).toMatch(new RegExp(`^Delivered-To: ${escapedAddress}$`, "m"));
        expect(bodies[1]).toContain(`In-Reply-To: ${sent.messageId}`);
      } finally {
        http.closeAllConnections();
        http.close();
        await once(http, "close");
      }
    });

    test("to a mailbox that is read by IMAP", async () => {
      const { mailbox, sent, replyTo } = await correspondentWithMail();
      await snail("reply-to")(mail.server, mailbox, "By IMAP");
      const { raw, parsed } = await mail.company.until(isFrom(mailbox.address));
      expect(parsed.inReplyTo).toBe(sent.messageId);
      expect(raw).toContain(`Delivered-To: ${replyTo}`);
    });
  });
});

function isFrom(address: string): (mail: FetchedMail) => boolean {
  return ({ parsed }) => addressOf(parsed.from).address === address;
}
