import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { webhookSecretOf } from "../../../../support/fakes/webhook-secret.js";
import { InboundMailContext, type Recipient } from "../inbound-mail-context.js";

const secret = webhookSecretOf("a secret of the mail server");
const maxBytes = 25 * 1024 * 1024;

let mails: InboundMailContext;

beforeAll(async () => {
  mails = await InboundMailContext.setup({ EMAIL_WEBHOOK_SECRET: secret });
});
afterAll(() => mails?.teardown());

type Proof = Readonly<Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string>>;

function sign(mail: string | Buffer, at: Date = mails.context.now, under: string = secret): Proof {
  const [id, time] = ["mail_1", String(Math.floor(at.getTime() / 1000))];
  const key = Buffer.from(under.slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${time}.`).update(mail).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": `v1,${signature}` };
}

async function post(mail: string | Buffer, headers: Readonly<Record<string, string>>): Promise<number> {
  const { app } = mails.context;
  const body = new Uint8Array(Buffer.from(mail));
  const response = await fetch(`${app.url}/webhooks/email`, { method: "POST", headers, body });
  await response.arrayBuffer();
  return response.status;
}

/** Posts an email as the Postfix pipe script does. */
const postMail = (ana: Recipient, mail: string | Buffer, proof: Partial<Proof> = sign(mail)) =>
  post(mail, {
    "content-type": "message/rfc822",
    ...proof,
    "x-afterchat-from": ana.visitor.email,
    "x-afterchat-to": ana.replyTo,
  });

describe("POST /webhooks/email", () => {
  test("stores a signed raw email, which becomes the visitor's message once however often it is sent", async () => {
    const ana = await mails.recipient();
    const mail = mails.mail(ana, "I come at five.");
    const proof = sign(mail);
    expect(await postMail(ana, mail, proof)).toBe(204);
    expect(await postMail(ana, mail, proof)).toBe(204);
    await mails.context.app.tick();
    expect(await mails.answers(ana)).toEqual(["I come at five."]);
  });

  test("rejects what is not signed, or was signed too long ago, with 403 and does not store it", async () => {
    const ana = await mails.recipient();
    const mail = mails.mail(ana, "Forged.");
    const minutes = (count: number) => new Date(mails.context.now.getTime() + count * 60_000);
    const good = sign(mail);
    const proofs: readonly Partial<Proof>[] = [
      {},
      { ...good, "webhook-signature": "nonsense" },
      { ...good, "webhook-id": "mail_2" },
      sign(`${mail} `),
      sign(mail, mails.context.now, webhookSecretOf("another secret altogether")),
      sign(mail, minutes(-6)),
      sign(mail, minutes(6)),
      { ...good, "webhook-signature": good["webhook-signature"].slice(0, -2) },
    ];
    for (const proof of proofs) expect(await postMail(ana, mail, proof)).toBe(403);
    expect(await mails.kept(ana.replyTo)).toEqual([]);
  });

  test("rejects what is not an email with 400", async () => {
    const ana = await mails.recipient();
    for (const body of ["\r\n\r\nHello", "{}", "\0\0\0"]) expect(await postMail(ana, body)).toBe(400);
    expect(await mails.kept(ana.replyTo)).toEqual([]);
  });

  test("accepts 25 MB, and rejects more with 413", async () => {
    const ana = await mails.recipient();
    const start = mails.mail(ana, "Large:");
    const whole = Buffer.concat([Buffer.from(start), Buffer.alloc(maxBytes - Buffer.byteLength(start), "x")]);
    expect(await postMail(ana, whole)).toBe(204);
    const more = Buffer.concat([whole, Buffer.from("x")]);
    expect(await postMail(ana, more)).toBe(413);
    expect((await mails.kept(ana.replyTo)).map(({ original }) => original.sizeBytes)).toEqual([maxBytes]);
  });

  test("answers 503 when the database fails, and stores the email when it is sent again", async () => {
    const ana = await mails.recipient();
    const mail = mails.mail(ana, "Again.");
    const { app } = mails.context;
    await app.execute("ALTER TABLE inbound_originals RENAME TO hidden");
    expect(await postMail(ana, mail)).toBe(503);
    await app.execute("ALTER TABLE hidden RENAME TO inbound_originals");
    expect(await postMail(ana, mail)).toBe(204);
    expect(await mails.kept(ana.replyTo)).toHaveLength(1);
  });
});
