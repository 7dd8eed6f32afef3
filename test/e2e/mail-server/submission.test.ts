import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { createTestHost, sampleOutbound } from "afterchat/channel-contract";
import { emailChannel } from "../../../plugins/email/index.js";
import { checkChannels } from "../../../src/channels/check-channels.js";
import type { Data } from "../../support/app/graphql-client.js";
import { TestContext } from "../../support/app/test-context.js";
import { CERTIFICATE } from "../../support/fakes/certificate.js";
import { type MailServer, startMailServer } from "../../support/servers/mail/mail-server.js";
import type { PostfixListener } from "../../support/servers/mail/postfix-configuration.js";
import { describeWithMailServer } from "./describe-with-mail-server.js";

describeWithMailServer("Through a real Postfix that asks for a login", () => {
  let server: MailServer;
  let context: TestContext | null = null;

  beforeAll(async () => {
    // Trusted by this process only, the way an operator would trust a company's own authority.
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

  async function programThrough(smtpUrl: string): Promise<TestContext> {
    context = await TestContext.setup({ EMAIL_SMTP_URL: smtpUrl });
    return context;
  }

  /** What the channel alone makes of one mail, and of its health. */
  async function tryOnce(smtpUrl: string, address: string) {
    const config = emailChannel.configure({ EMAIL_SMTP_URL: smtpUrl, EMAIL_FROM: "chat@harbour.example" });
    if (!config) throw new Error("email is not configured");
    const connection = await emailChannel.connect(config, createTestHost());
    const { signal } = new AbortController();
    const result = await connection.deliver(sampleOutbound(address), signal);
    const found = { result, health: await connection.checkHealth(signal) };
    await connection.close();
    return found;
  }

  test("mail arrives when name and password are right", async () => {
    const context = await programThrough(urlOf("smtp", "submission"));
    const ana = await server.addMailbox("ana@submission.example");
    const visitor = await context.visitorWhoLeft({ email: ana.address });
    await context.agent.reply(visitor, "It is, come by.");
    await context.app.pass(331);
    const { raw } = await ana.mail();
    // What Postfix itself says of the connection that the mail came by.
    expect(raw).toMatch(/^\s+by mx\.mail\.test \(Postfix\) with ESMTPSA id /m);
    await server.logs.postfix.until(/sasl_method=(PLAIN|LOGIN), sasl_username=chat@harbour\.example/);
    expect(await health(context)).toMatchObject({ status: "READY" });
  });

  test("mail arrives over TLS from the start, too", async () => {
    const ana = await server.addMailbox("ana@submissions.example");
    const { result, health } = await tryOnce(urlOf("smtps", "submissions"), ana.address);
    expect(result).toMatchObject({ outcome: "accepted" });
    expect(health).toEqual({ ok: true });
    expect((await ana.mail()).raw).toMatch(/^\s+by mx\.mail\.test \(Postfix\) with ESMTPSA id /m);
  });

  test("nothing is sent and the channel pauses when the password is wrong", async () => {
    const ana = await server.addMailbox("ana@refused.example");
    const context = await programThrough(urlOf("smtp", "submission", "wrong"));
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
    { fault: "STARTTLS was taken away", protocol: "smtp", listener: "stripped", code: "CREDENTIALS_INVALID" },
    { fault: "nobody vouches for the server", protocol: "smtp", listener: "untrusted", code: "UNAVAILABLE" },
  ] as const)("nothing is sent, and no password in the open, when $fault", async ({ protocol, listener, code }) => {
    const ana = await server.addMailbox(`ana@${listener}.example`);
    const { result, health } = await tryOnce(urlOf(protocol, listener), ana.address);
    expect(result).toMatchObject({ outcome: "retry", failure: { code } });
    expect(health).toMatchObject({ ok: false, failure: { code } });
    expect(await ana.isEmpty()).toBe(true);
    // Postfix counts the commands of each connection.
    const [commands] = await server.logs.postfix.until(new RegExp(`postfix/${listener}/smtpd.* disconnect from .*\n`));
    expect(commands).toMatch(/ehlo=/);
    expect(commands).not.toMatch(/mail=|rcpt=/);
    // Over a connection that is ours alone the password may be offered; the server then says that it takes none.
    if (listener !== "loginless") expect(commands).not.toMatch(/auth=/);
  });
});

async function health(context: TestContext): Promise<Data> {
  const { channels } = await context.agent.client.do("{ channels { id health { status detail } } }");
  return channels.find((channel: Data) => channel.id === "email").health;
}
