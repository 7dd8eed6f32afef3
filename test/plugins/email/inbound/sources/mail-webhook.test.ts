import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { InboundMailContext, type Recipient } from "../inbound-mail-context.js";

const secret = "a secret of the mail server";
const maxBytes = 25 * 1024 * 1024;

let mails: InboundMailContext;

beforeAll(async () => {
  mails = await InboundMailContext.setup({ EMAIL_WEBHOOK_SECRET: secret });
});
afterAll(() => mails?.teardown());

function sign(mail: string | Buffer, at: Date = mails.context.now, under: string = secret): string {
  const time = Math.floor(at.getTime() / 1000);
  return `t=${time},v1=${createHmac("sha256", under).update(`${time}.`).update(mail).digest("hex")}`;
}

async function post(mail: string | Buffer, headers: Readonly<Record<string, string>>): Promise<number> {
  const { app } = mails.context;
  const body = new Uint8Array(Buffer.from(mail));
  const response = await fetch(`${app.url}/webhooks/email`, { method: "POST", headers, body });
  await response.arrayBuffer();
  return response.status;
}

/** As the script behind a Postfix pipe does. */
const bring = (ana: Recipient, mail: string | Buffer, signature = sign(mail)) =>
  post(mail, {
    "content-type": "message/rfc822",
    "x-afterchat-signature": signature,
    "x-afterchat-from": ana.visitor.email,
    "x-afterchat-to": ana.replyTo,
  });

describe("POST /webhooks/email", () => {
  test("a signed raw mail is kept, and becomes the visitor's message once however often it is sent", async () => {
    const ana = await mails.recipient();
    const mail = mails.mail(ana, "I come at five.");
    const signature = sign(mail);
    expect(await bring(ana, mail, signature)).toBe(204);
    expect(await bring(ana, mail, signature)).toBe(204);
    await mails.context.app.tick();
    expect(await mails.answers(ana)).toEqual(["I come at five."]);
  });

  test("what is not signed, or was signed too long ago, is refused with 403 and not kept", async () => {
    const ana = await mails.recipient();
    const mail = mails.mail(ana, "Forged.");
    const minutes = (count: number) => new Date(mails.context.now.getTime() + count * 60_000);
    const signatures = [
      "",
      "nonsense",
      sign(`${mail} `),
      sign(mail, mails.context.now, "another secret altogether"),
      sign(mail, minutes(-6)),
      sign(mail, minutes(6)),
      sign(mail).slice(0, -2),
    ];
    for (const signature of signatures) expect(await bring(ana, mail, signature)).toBe(403);
    expect(await mails.kept(ana.replyTo)).toEqual([]);
  });

  test("what is no mail is refused with 400", async () => {
    const ana = await mails.recipient();
    for (const body of ["\r\n\r\nHello", "{}", "\0\0\0"]) expect(await bring(ana, body)).toBe(400);
    expect(await mails.kept(ana.replyTo)).toEqual([]);
  });

  test("25 MB pass, and more is refused with 413", async () => {
    const ana = await mails.recipient();
    const start = mails.mail(ana, "Large:");
    const whole = Buffer.concat([Buffer.from(start), Buffer.alloc(maxBytes - Buffer.byteLength(start), "x")]);
    expect(await bring(ana, whole)).toBe(204);
    const more = Buffer.concat([whole, Buffer.from("x")]);
    expect(await bring(ana, more)).toBe(413);
    expect((await mails.kept(ana.replyTo)).map(({ original }) => original.sizeBytes)).toEqual([maxBytes]);
  });

  test("the database does not take it → 503, and sent again it is kept", async () => {
    const ana = await mails.recipient();
    const mail = mails.mail(ana, "Again.");
    const { app } = mails.context;
    await app.execute("ALTER TABLE inbound_originals RENAME TO away");
    expect(await bring(ana, mail)).toBe(503);
    await app.execute("ALTER TABLE away RENAME TO inbound_originals");
    expect(await bring(ana, mail)).toBe(204);
    expect(await mails.kept(ana.replyTo)).toHaveLength(1);
  });
});
