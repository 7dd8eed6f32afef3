import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { ChannelConnection, Outbound } from "afterchat/channel";
import { createTestHost, sampleMessage, sampleOutbound } from "afterchat/channel-contract";
import { emailChannel } from "../../../../plugins/email/index.js";
import { type FakeSmtpServer, plainUrl, startFakeSmtpServer } from "../fake-smtp-server.js";

describe("An email that arrives at the visitor's server", () => {
  const host = createTestHost();
  let server: FakeSmtpServer;
  let connection: ChannelConnection<string>;

  beforeAll(async () => {
    server = await startFakeSmtpServer({ secure: false, authOptional: true, disabledCommands: ["STARTTLS"] }, plainUrl);
    const config = emailChannel.configure({ ...server.environment, EMAIL_FROM: "chat@example.com" });
    if (!config) throw new Error("email is not configured");
    connection = await emailChannel.connect(config, host);
  });
  afterAll(async () => {
    await connection.close();
    await server.stop();
  });

  async function arrive(overrides: Partial<Outbound<string>> = {}) {
    const outbound = sampleOutbound("ana@example.com", overrides);
    expect(await connection.deliver(outbound, new AbortController().signal)).toMatchObject({ outcome: "accepted" });
    const arrived = server.mails.at(-1);
    if (!arrived) throw new Error("nothing arrived");
    return { ...arrived, raw: arrived.raw.toString(), outbound };
  }

  test("has one recipient and a sender that bounces are returned to", async () => {
    const { envelopeFrom, envelopeTo, parsed: mail, outbound } = await arrive();
    expect(envelopeTo).toEqual(["ana@example.com"]);
    const [, token = ""] = /^chat\+(.+)@example\.com$/.exec(envelopeFrom) ?? [];
    expect(host.verify("bounce", token)).toBe(outbound.deliveryId);
    expect(mail.messageId).toBe(`<${outbound.reference}@example.com>`);
    expect(mail.headers.get("x-mailer")).toBeUndefined();
  });

  test("shows names and texts as they were written, in any script (case 19)", async () => {
    const name = "Zoë 👩‍👩‍👧‍👦 明子 مريم";
    const text = "Olá — 你好\n.\n..dots\nمرحبا 👍🏽 <b>&amp;</b>";
    const { parsed: mail } = await arrive({
      messages: [sampleMessage(text, { author: { kind: "agent", name } })],
      company: { name: 'Bücher & Söhne, "GmbH" <x>', locale: null },
    });
    expect(mail.from?.value).toEqual([{ name: `${name} via Bücher & Söhne, "GmbH" <x>`, address: "chat@example.com" }]);
    expect(mail.subject).toBe('Bücher & Söhne, "GmbH" <x> replied to your chat of 3 March');
    expect(mail.text).toContain(text.replace(/^/gm, "  "));
    expect(mail.html).toContain("&lt;b&gt;&amp;amp;&lt;/b&gt;");
  });

  test("contains no header or recipient injected by a name (case 18)", async () => {
    const name = 'Ben"\r\nBcc: eve@example.com\r\nX-Own: 1\r\n\r\nbody';
    const { raw, envelopeTo } = await arrive({
      messages: [sampleMessage("Hello", { author: { kind: "agent", name } })],
      company: { name, locale: null },
    });
    expect(raw.split("\r\n\r\n", 1)[0]).not.toMatch(/^(bcc|x-own)/im);
    expect(envelopeTo).toEqual(["ana@example.com"]);
  });

  test("has the same Message-ID in every attempt", async () => {
    const { outbound, parsed: mail } = await arrive();
    await connection.deliver({ ...outbound, attempt: 2 }, new AbortController().signal);
    expect(server.mails.at(-1)?.parsed.messageId).toBe(mail.messageId);
  });

  test("is sent over few connections, however many emails there are", async () => {
    const before = server.mails.length;
    const mails = Array.from({ length: 40 }, (_, index) => sampleOutbound(`visitor${index}@example.com`));
    const results = await Promise.all(mails.map((mail) => connection.deliver(mail, new AbortController().signal)));
    expect(new Set(results.map((result) => result.outcome))).toEqual(new Set(["accepted"]));
    expect(server.mails).toHaveLength(before + 40);
    expect(server.seen.connections).toBeLessThanOrEqual(5);
  });
});
