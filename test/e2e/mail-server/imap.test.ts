import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createTransport } from "nodemailer";
import { checkChannels } from "../../../src/channels/health/check-channels.js";
import { InboundMailContext, type Recipient } from "../../plugins/email/inbound/inbound-mail-context.js";
import type { Data } from "../../support/app/graphql-client.js";
import { TestApp } from "../../support/app/test-app.js";
import { TcpProxy } from "../../support/fakes/tcp-proxy.js";
import { type MailServer, startMailServer } from "../../support/servers/mail/mail-server.js";
import type { Mailbox } from "../../support/servers/mail/mailbox.js";
import { describeWithMailServer } from "./describe-with-mail-server.js";
import { nextStoredOriginal } from "./next-stored-original.js";

const maxSizeBytes = 65_536;

describeWithMailServer("A mailbox read by IMAP", () => {
  let server: MailServer;
  let company: Mailbox;
  let proxy: TcpProxy;
  let mails: InboundMailContext;

  beforeAll(async () => {
    server = await startMailServer();
    company = await server.addMailbox("chat@harbour.example");
    proxy = await TcpProxy.start({ host: "127.0.0.1", port: server.imapPort });
    mails = await InboundMailContext.setup(settings());
  });
  afterAll(async () => {
    await mails?.teardown();
    await proxy?.stop();
    await server?.stop();
  });

  function settings(change: (url: URL) => void = () => undefined) {
    const url = new URL(company.imapUrl);
    url.port = String(proxy.port);
    change(url);
    return { EMAIL_IMAP_URL: url.href, EMAIL_MAX_SIZE_BYTES: String(maxSizeBytes) };
  }

  /** Sends a mail to the mailbox, and waits until one of the programs that read the mailbox has stored it. */
  async function send(ana: Recipient, raw: string, others: readonly TestApp[] = []): Promise<void> {
    const stored = Promise.race([mails.context.app, ...others].map(nextStoredOriginal));
    const transport = createTransport({ host: "127.0.0.1", port: server.smtpPort, secure: false, ignoreTLS: true });
    await transport.sendMail({ envelope: { from: ana.visitor.email, to: ana.replyTo }, raw });
    transport.close();
    await stored;
    await mails.context.app.tick();
  }

  async function health(of: InboundMailContext): Promise<{ status: string; detail: string | null }> {
    await checkChannels(of.context.app.services);
    const { channels } = await of.context.agent.client.do("{ channels { id health { status detail } } }");
    return channels.find(({ id }: Data) => id === "email").health;
  }

  test("is read again after its connection was lost", async () => {
    const ana = await mails.recipient();
    proxy.dropConnections();
    await send(ana, mails.mail(ana, "Are you there?"));
    expect(await mails.answers(ana)).toEqual(["Are you there?"]);
    expect(await health(mails)).toMatchObject({ status: "READY", detail: null });
  });

  test("drops an oversize mail with the reason, without fetching it", async () => {
    const ana = await mails.recipient();
    await send(ana, mails.mail(ana, "A long story. ".repeat(60).concat("\r\n").repeat(100)));
    expect(await mails.answers(ana)).toEqual([]);
    expect(await mails.kept(ana.replyTo)).toMatchObject([
      {
        ...{ status: "DROPPED", reason: "UNREADABLE", subject: "Re: Até já" },
        detail: expect.stringMatching(/^It has \d+ bytes, more than the 65536 of EMAIL_MAX_SIZE_BYTES/),
      },
    ]);
    const [{ original }] = (await mails.kept(ana.replyTo)) as [Data];
    expect(original.sizeBytes).toBeLessThan(2_000);
  });

  test("is read from the beginning by another process, and each mail is stored once", async () => {
    const ana = await mails.recipient();
    await send(ana, mails.mail(ana, "Once, please."));
    const { app } = mails.context;
    // As with another UIDVALIDITY, which invalidates the position up to which the mailbox was read.
    const other = await TestApp.start({
      ...settings((url) => {
        url.pathname = "/inbox";
      }),
      ...{ DATABASE_URL: app.services.config.databaseUrl ?? "", EMAIL_FROM: "chat@harbour.example" },
    });
    try {
      await other.services.channels.get("email")?.connection?.checkHealth(AbortSignal.timeout(10_000));
      await send(ana, mails.mail(ana, "And this."), [other]);
      await other.tick();
    } finally {
      await other.stop();
    }
    expect(await mails.answers(ana)).toEqual(["Once, please.", "And this."]);
    expect(await mails.kept(ana.replyTo)).toHaveLength(2);
  });

  test("with a wrong password is reported in the channel's health, and does not prevent sending", async () => {
    const locked = await InboundMailContext.setup(
      settings((url) => {
        url.password = "hunter2-hunter2";
      }),
    );
    try {
      const { status, detail } = await health(locked);
      expect(status).toBe("READY");
      expect(detail).toMatch(
        /^Email of chat@harbour\.example at 127\.0\.0\.1:\d+ cannot be read by IMAP: user or password is refused/,
      );
      expect(detail).not.toContain("hunter2");
      expect((await locked.recipient()).replyTo).toMatch(/^chat\+/);
    } finally {
      await locked.teardown();
    }
  });
});
