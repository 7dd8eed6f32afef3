import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { createTestHost, sampleOutbound } from "afterchat/channel-contract";
import { emailChannel } from "../../../plugins/email/index.js";
import { checkChannels } from "../../../src/channels/health/check-channels.js";
import type { Data } from "../../support/app/graphql-client.js";
import { TestContext } from "../../support/app/test-context.js";
import { CERTIFICATE } from "../../support/fakes/certificate.js";
import { type MailServer, startMailServer } from "../../support/servers/mail/mail-server.js";
import type { PostfixListener } from "../../support/servers/mail/postfix-configuration.js";
import { describeWithMailServer } from "./describe-with-mail-server.js";

describeWithMailServer("Through a real Postfix that requires a login", () => {
  let server: MailServer;
  let context: TestContext | null = null;

  beforeAll(async () => {
    // Trusted by this process only, as an operator would trust a company's own certificate authority.
    setDefaultCACertificates([...getCACertificates("default"), CERTIFICATE]);
    server = await startMailServer();
  });
  afterEach(async () => {
    await context?.teardown();
    context = null;
  });
  afterAll(async () => {
    await server?.stop();
  });

  const urlOf = (protocol: "smtp" | "smtps", listener: PostfixListener, password = server.password) =>
    `${protocol}://chat%40harbour.example:${password}@127.0.0.1:${server.ports[listener]}`;

  async function setupWith(smtpUrl: string): Promise<TestContext> {
    context = await TestContext.setup({ EMAIL_SMTP_URL: smtpUrl });
    return context;
  }

  /** Sends one mail with the channel alone; returns the result and the channel's health. */
  async function sendOnce(smtpUrl: string, address: string) {
    const config = emailChannel.configure({ EMAIL_SMTP_URL: smtpUrl, EMAIL_FROM: "chat@harbour.example" });
    if (!config) throw new Error("email is not configured");
    const connection = await emailChannel.connect(config, createTestHost());
    const { signal } = new AbortController();
    const result = await connection.deliver(sampleOutbound(address), signal);
    const outcome = { result, health: await connection.checkHealth(signal) };
    await connection.close();
    return outcome;
  }

  test("delivers mail with the correct user and password", async () => {
    const context = await setupWith(urlOf("smtp", "submission"));
    const ana = await server.addMailbox("ana@submission.example");
    const visitor = await context.visitorWhoLeft({ email: ana.address });
    await context.agent.reply(visitor, "It is, come by.");
    await context.app.pass(331);
    const { raw } = await ana.mail();
    // How Postfix itself describes the connection on which it received the mail.
    expect(raw).toMatch(/^\s+by mx\.mail\.test \(Postfix\) with ESMTPSA id /m);
    await server.logs.postfix.until(/sasl_method=(PLAIN|LOGIN), sasl_username=chat@harbour\.example/);
    expect(await health(context)).toMatchObject({ status: "READY" });
  });

  test("delivers mail over implicit TLS", async () => {
    const ana = await server.addMailbox("ana@submissions.example");
    const { result, health } = await sendOnce(urlOf("smtps", "submissions"), ana.address);
    expect(result).toMatchObject({ outcome: "accepted" });
    expect(health).toEqual({ ok: true });
    expect((await ana.mail()).raw).toMatch(/^\s+by mx\.mail\.test \(Postfix\) with ESMTPSA id /m);
  });

  test("sends nothing and pauses the channel when the password is wrong", async () => {
    const ana = await server.addMailbox("ana@refused.example");
    const context = await setupWith(urlOf("smtp", "submission", "wrong"));
    const visitor = await context.visitorWhoLeft({ email: ana.address });
    await context.agent.reply(visitor, "It is, come by.");
    await checkChannels(context.app.services);
    expect(await health(context)).toMatchObject({ status: "PAUSED", detail: expect.stringMatching(/^535 5\.7\.8 /) });
    await context.app.pass(331);
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "CHANNEL_UNAVAILABLE", pendingReplies: 1 });
    expect(await context.agent.deliveries(visitor)).toEqual([]);
    expect(await ana.isEmpty()).toBe(true);
  });

  test.each([
    { fault: "no login is offered", protocol: "smtps", listener: "loginless", code: "CREDENTIALS_INVALID" },
    { fault: "STARTTLS was stripped", protocol: "smtp", listener: "stripped", code: "CREDENTIALS_INVALID" },
    { fault: "the server's certificate is not trusted", protocol: "smtp", listener: "untrusted", code: "UNAVAILABLE" },
  ] as const)("sends neither mail nor an unencrypted password when $fault", async ({ protocol, listener, code }) => {
    const ana = await server.addMailbox(`ana@${listener}.example`);
    const { result, health } = await sendOnce(urlOf(protocol, listener), ana.address);
    expect(result).toMatchObject({ outcome: "retry", failure: { code } });
    expect(health).toMatchObject({ ok: false, failure: { code } });
    expect(await ana.isEmpty()).toBe(true);
    // Postfix counts the commands of each connection.
    const [commands] = await server.logs.postfix.until(new RegExp(`postfix/${listener}/smtpd.* disconnect from .*\n`));
    expect(commands).toMatch(/ehlo=/);
    expect(commands).not.toMatch(/mail=|rcpt=/);
    // On an encrypted connection the password may be offered; the server then responds that it accepts none.
    if (listener !== "loginless") expect(commands).not.toMatch(/auth=/);
  });
});

async function health(context: TestContext): Promise<Data> {
  const { channels } = await context.agent.client.do("{ channels { id health { status detail } } }");
  return channels.find((channel: Data) => channel.id === "email").health;
}
