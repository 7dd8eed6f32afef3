import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { checkChannels } from "../../src/channels/check-channels.js";
import { Stage } from "../journeys/stage.js";
import { CERTIFICATE } from "../plugins/email/certificate.js";
import type { Data } from "../support/graphql-client.js";
import { describeWithMailServer } from "./describe-with-mail-server.js";
import { type MailServer, startMailServer } from "./mail-server.js";
import type { PostfixDoor } from "./postfix-configuration.js";

describeWithMailServer("Through a real Postfix that asks for a login", () => {
  let server: MailServer;
  let stage: Stage | null = null;

  beforeAll(async () => {
    // Trusted by this process only, the way an operator would trust a company's own authority.
    setDefaultCACertificates([...getCACertificates("default"), CERTIFICATE]);
    server = await startMailServer();
  });
  afterEach(async () => {
    await stage?.strike();
    stage = null;
  });
  afterAll(async () => {
    await server?.stop();
  });

  /** The whole program with EMAIL_SMTP_URL at one of Postfix's doors. */
  async function sendThrough(
    protocol: "smtp" | "smtps",
    door: PostfixDoor,
    password = server.password,
  ): Promise<Stage> {
    const url = `${protocol}://chat%40harbour.example:${password}@127.0.0.1:${server.ports[door]}`;
    stage = await Stage.set({ EMAIL_SMTP_URL: url });
    return stage;
  }

  test.each([
    { protocol: "smtp", door: "submission" },
    { protocol: "smtps", door: "submissions" },
  ] as const)("mail arrives when name and password are right ($door)", async ({ protocol, door }) => {
    const program = await sendThrough(protocol, door);
    const ana = await server.addMailbox(`ana@${door}.example`);
    const visitor = await program.visitorWhoLeft({ email: ana.address });
    await program.desk.reply(visitor, "It is, come by.");
    await program.program.pass(331);
    const { raw } = await ana.mail();
    // What Postfix itself says of the connection that the mail came by.
    expect(raw).toMatch(/^\s+by mx\.mail\.test \(Postfix\) with ESMTPSA id /m);
    await server.logs.postfix.until(/sasl_method=(PLAIN|LOGIN), sasl_username=chat@harbour\.example/);
    expect(await health(program)).toMatchObject({ status: "READY" });
  });

  test.each([
    { fault: "the password is wrong", protocol: "smtp", door: "submission", password: "wrong" },
    { fault: "no login is offered", protocol: "smtps", door: "loginless", password: undefined },
    { fault: "STARTTLS was taken away", protocol: "smtp", door: "stripped", password: undefined },
  ] as const)("nothing is sent, the channel pauses and the queue stays when $fault", async (each) => {
    const ana = await server.addMailbox(`ana@${each.door}.refused.example`);
    const program = await sendThrough(each.protocol, each.door, each.password);
    const visitor = await program.visitorWhoLeft({ email: ana.address });
    await program.desk.reply(visitor, "It is, come by.");
    await checkChannels(program.program.app.services);
    expect(await health(program)).toMatchObject({ status: "PAUSED" });
    await program.program.pass(331);
    expect(await program.desk.forwarding(visitor)).toMatchObject({ state: "CHANNEL_UNAVAILABLE", pendingReplies: 1 });

    expect(await program.desk.deliveries(visitor)).toEqual([]);
    expect(await ana.isEmpty()).toBe(true);
    expect(await server.logs.postfix.text()).not.toMatch(new RegExp(`to=<${ana.address}>`));
  });

  test("nothing is sent, and it is tried again, while nobody vouches for the server", async () => {
    const program = await sendThrough("smtp", "untrusted");
    const ana = await server.addMailbox("ana@untrusted.example");
    const visitor = await program.visitorWhoLeft({ email: ana.address });
    await program.desk.reply(visitor, "It is, come by.");
    await program.program.pass(331);
    expect(await program.desk.delivery(visitor)).toMatchObject({
      status: "QUEUED",
      failure: { code: "UNAVAILABLE", detail: expect.stringContaining("self-signed certificate") },
    });
    expect(await ana.isEmpty()).toBe(true);
  });
});

async function health(stage: Stage): Promise<Data> {
  const { channels } = await stage.desk.client.do("{ channels { id health { status detail } } }");
  return channels.find((channel: Data) => channel.id === "email").health;
}
