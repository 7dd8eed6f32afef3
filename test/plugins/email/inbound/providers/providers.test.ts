import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { InboundMailContext, type Recipient } from "../inbound-mail-context.js";
import {
  mailgunPost,
  mailgunSignature,
  type ProvidedMail,
  type ProviderPost,
  postmarkPost,
  providerSettings,
  sendGridPost,
} from "./provider-posts.js";

const maxBytes = 1024 * 1024;
const hourMs = 3_600_000;

let mails: InboundMailContext;
let emailCount = 0;

beforeAll(async () => {
  mails = await InboundMailContext.setup({ ...providerSettings, EMAIL_MAX_SIZE_BYTES: String(maxBytes) });
});
afterAll(async () => {
  await mails?.teardown();
});

async function send({ path, headers, body }: ProviderPost): Promise<number> {
  const { app } = mails.context;
  const response = await fetch(app.url + path, { method: "POST", headers, body: new Uint8Array(body) });
  await response.arrayBuffer();
  return response.status;
}

const provided = (ana: Recipient, raw: string | Buffer): ProvidedMail => ({
  raw: Buffer.from(raw),
  from: ana.visitor.email,
  to: ana.replyTo,
  at: mails.context.now,
});

/** A new email, to an unknown address unless one is given: then only its header is stored. */
function newEmail(text: string | Buffer, headers: readonly string[] = [], recipient?: string): ProvidedMail {
  emailCount += 1;
  const to = recipient ?? `nobody-${emailCount}@harbour.example`;
  const header = [
    "From: Ana <ana@home.example>",
    `To: <${to}>`,
    `Message-ID: <${emailCount}@home.example>`,
    ...headers,
  ];
  const raw = Buffer.concat([Buffer.from([...header, "", ""].join("\r\n")), Buffer.from(text)]);
  return { raw, from: "ana@home.example", to, at: mails.context.now };
}

const later = (ms: number) => new Date(mails.context.now.getTime() + ms);

/** The email with an attachment that makes it exactly so large. */
function enlarged(email: ProvidedMail, sizeBytes: number): ProvidedMail {
  const file = "Content-Type: application/pdf; name=bike.pdf\r\nContent-Transfer-Encoding: base64\r\n";
  const start = `--part\r\n\r\nSee the file.\r\n--part\r\n${file}\r\n`;
  const end = "\r\n--part--\r\n";
  const raw = Buffer.alloc(sizeBytes, `${"A".repeat(76)}\r\n`);
  raw.write(email.raw.toString() + start);
  raw.write(end, sizeBytes - end.length);
  return { ...email, raw };
}

/** The envelope and content of the stored emails to an address, newest first. */
async function originalsOf(recipient: string) {
  return mails.context.app.execute<{ envelope: Record<string, unknown>; content: Buffer }>(
    "SELECT envelope::jsonb, content FROM inbound_originals WHERE envelope::jsonb -> 'to' ? $1 ORDER BY id DESC",
    [recipient],
  );
}

/**
 * How each provider posts, and the statuses that it expects. `permanent`: the status after which it does not post again
 * what is not an email, or is too large.
 */
const providers: readonly {
  readonly name: string;
  readonly post: (mail: ProvidedMail) => ProviderPost;
  readonly forgeries: (mail: ProvidedMail) => Readonly<Record<string, ProviderPost>>;
  readonly rejected: number;
  readonly notRaw: (mail: ProvidedMail) => ProviderPost;
  readonly notRawStatus: number;
  readonly permanent: { readonly noMail: number; readonly tooLarge: number };
}[] = [
  {
    name: "Mailgun",
    post: (mail) => mailgunPost(mail),
    rejected: 403,
    forgeries: (mail) => {
      const good = mailgunSignature(mail.at);
      const [timestamp, token] = [good.timestamp + good.token[0], good.token.slice(1)];
      return {
        nothing: mailgunPost(mail, { timestamp: "", token: "", signature: "" }),
        "another key": mailgunPost(mail, mailgunSignature(mail.at, "another key of another account")),
        "another token": mailgunPost(mail, { ...good, token: `${good.token}0` }),
        "another time": mailgunPost(mail, { ...good, timestamp: String(Number(good.timestamp) + 1) }),
        "a signature cut short": mailgunPost(mail, { ...good, signature: good.signature.slice(2) }),
        "a character moved": mailgunPost(mail, { timestamp, token, signature: good.signature }),
        "13 hours ago": mailgunPost(mail, mailgunSignature(later(-13 * hourMs))),
        "an hour ahead": mailgunPost(mail, mailgunSignature(later(hourMs))),
      };
    },
    notRaw: (mail) => mailgunPost(mail, undefined, "urlencoded", "body-plain"),
    notRawStatus: 406,
    permanent: { noMail: 406, tooLarge: 406 },
  },
  {
    name: "Postmark",
    post: (mail) => postmarkPost(mail),
    rejected: 401,
    forgeries: (mail) => ({
      nothing: postmarkPost(mail, ""),
      "another password": postmarkPost(mail, "afterchat:a-secret-for-postmark2"),
      "another user": postmarkPost(mail, "admin:a-secret-for-postmark"),
      "no password": postmarkPost(mail, "afterchat:"),
      "no pair": postmarkPost(mail, "a-secret-for-postmark"),
    }),
    notRaw: (mail) => postmarkPost(mail, undefined, { RawEmail: undefined }),
    notRawStatus: 400,
    permanent: { noMail: 403, tooLarge: 403 },
  },
  {
    name: "SendGrid",
    post: (mail) => sendGridPost(mail),
    rejected: 403,
    forgeries: (mail) => ({
      nothing: sendGridPost(mail, { signer: "none" }),
      "another key": sendGridPost(mail, { signer: "stranger" }),
      "another body": sendGridPost(mail, { signed: Buffer.from("another") }),
      "no signature": {
        ...sendGridPost(mail),
        headers: { ...sendGridPost(mail).headers, "x-twilio-email-event-webhook-signature": "nonsense" },
      },
      "another time": {
        ...sendGridPost(mail),
        headers: { ...sendGridPost(mail).headers, "x-twilio-email-event-webhook-timestamp": "1700000000" },
      },
      "5 days ago": sendGridPost(mail, { signedAt: later(-120 * hourMs) }),
      "an hour ahead": sendGridPost(mail, { signedAt: later(hourMs) }),
    }),
    notRaw: (mail) => sendGridPost(mail, { bodyField: "text" }),
    notRawStatus: 400,
    permanent: { noMail: 400, tooLarge: 413 },
  },
];

describe.each(providers)("Emails posted by $name", ({ post, forgeries, rejected, notRaw, notRawStatus, permanent }) => {
  test("become the visitor's message once however often they are posted, and are stored with the SMTP envelope", async () => {
    const ana = await mails.recipient();
    const mail = mails.mail(ana, "I come at five. — Ana\n\nwith bare line ends", [
      "Content-Type: text/plain; charset=utf-8",
    ]);
    const again = post(provided(ana, mail));
    expect(await send(again)).toBe(200);
    expect(await send(again)).toBe(200);
    expect(await send(post(provided(ana, mail)))).toBe(200);
    await mails.context.app.tick();
    expect(await mails.answers(ana)).toEqual(["I come at five. — Ana\n\nwith bare line ends"]);
    const [original, ...others] = await originalsOf(ana.replyTo);
    expect(others).toEqual([]);
    expect(original?.content.toString()).toBe(mail);
    expect(original?.envelope.to).toEqual([ana.replyTo]);
  });

  test("are rejected without valid authentication, and not stored", async () => {
    const mail = newEmail("Forged.");
    const statuses = Object.entries(forgeries(mail)).map(async ([fault, forged]) => [fault, await send(forged)]);
    const expected = Object.keys(forgeries(mail)).map((fault) => [fault, rejected]);
    expect(await Promise.all(statuses)).toEqual(expected);
    expect(await mails.kept(mail.to)).toEqual([]);
  });

  test("are answered with 503 when the database fails, and stored when they are posted again", async () => {
    const mail = newEmail("Again.");
    const again = post(mail);
    for (const table of ["inbound_originals", "channel_store"]) {
      await mails.context.app.execute(`ALTER TABLE ${table} RENAME TO away`);
      // Only Mailgun's need the channel's store.
      const status = await send(again).finally(() => mails.context.app.execute(`ALTER TABLE away RENAME TO ${table}`));
      if (table === "inbound_originals" || again.path.includes("mailgun")) expect(status).toBe(503);
    }
    expect(await send(again)).toBe(200);
    expect(await mails.kept(mail.to)).toHaveLength(1);
  });

  test("are stored up to the maximum size; of a larger one only the header is stored with the reason, and it is not posted again", async () => {
    const { replyTo } = await mails.recipient();
    const whole = enlarged(newEmail("", ["Content-Type: multipart/mixed; boundary=part"], replyTo), maxBytes);
    expect(await send(post(whole))).toBe(200);
    const more = Buffer.concat([Buffer.from("X-More: 1\r\n"), whole.raw]);
    expect(await send(post({ ...whole, raw: more }))).toBe(permanent.tooLarge);
    await mails.context.app.tick();
    const [header, large] = await mails.kept(whole.to);
    expect(large?.original.sizeBytes).toBe(maxBytes);
    expect(header).toMatchObject({ status: "DROPPED", reason: "UNREADABLE" });
    expect(header?.detail).toContain("EMAIL_MAX_SIZE_BYTES: only its header was read.");
  });

  test("are rejected and not stored unless they are raw emails", async () => {
    const mail = newEmail("Parsed.");
    expect(await send(notRaw(mail))).toBe(notRawStatus);
    expect(await send(post({ ...mail, raw: Buffer.from("\r\n\r\nno header") }))).toBe(permanent.noMail);
    const damaged = { ...post(mail), body: Buffer.from("damaged") };
    expect([400, rejected]).toContain(await send(damaged));
    expect(await mails.kept(mail.to)).toEqual([]);
  });
});

describe("Emails posted by mail providers", () => {
  test("are stored once when several providers post the same email", async () => {
    const mail = newEmail("Once.");
    for (const { post } of providers) expect(await send(post(mail))).toBe(200);
    expect(await mails.kept(mail.to)).toHaveLength(1);
  });

  test("are read although Postmark's request is more than twice as large as the email", async () => {
    const mail = enlarged(newEmail("", ["Content-Type: multipart/mixed; boundary=part"]), 12 * 1024 * 1024);
    const post = postmarkPost(mail);
    expect(post.body.length).toBeGreaterThan(28 * 1024 * 1024);
    expect(await send(post)).toBe(403);
    expect((await originalsOf(mail.to)).map(({ envelope }) => envelope.tooLarge)).toEqual([
      { sizeBytes: 12 * 1024 * 1024, maxSizeBytes: maxBytes },
    ]);
  });

  test.each<[string, (mail: ProvidedMail) => ProviderPost]>([
    ["Mailgun's, urlencoded", (mail) => mailgunPost(mail, undefined, "urlencoded")],
    ["Mailgun's, multipart", (mail) => mailgunPost(mail, undefined, "multipart")],
    ["SendGrid's", (mail) => sendGridPost(mail)],
  ])("are stored byte by byte: %s", async (_title, post) => {
    const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const text = Buffer.concat([Buffer.from("Até já\r\n\n\r\r\n", "latin1"), every, Buffer.from("\r\n\r\n")]);
    const { replyTo } = await mails.recipient();
    const headers = ["Content-Type: text/plain; charset=iso-8859-1", "X-Odd: %u0041+=&%zz%41"];
    const mail = newEmail(text, headers, replyTo);
    expect(await send(post(mail))).toBe(200);
    const [original] = await originalsOf(mail.to);
    expect(original?.content.equals(mail.raw)).toBe(true);
  });

  test("are not verified by the provider's own results: Afterchat verifies the sender itself", async () => {
    const ana = await mails.recipient();
    for (const { name, post } of providers) {
      const verdicts = "X-Mailgun-Spf: Pass\r\nX-Mailgun-Dkim-Check-Result: Pass\r\nReceived-SPF: Pass\r\n";
      expect(await send(post(provided(ana, verdicts + mails.mail(ana, `By ${name}.`))))).toBe(200);
      await mails.context.app.tick();
      const { conversation } = await mails.context.agent.client.do(
        "query ($id: ID!) { conversation(id: $id) { lastMessage { text sender { verified } } } }",
        { id: ana.visitor.conversationId },
      );
      expect(conversation.lastMessage).toEqual({ text: `By ${name}.`, sender: { verified: false } });
    }
  });

  test("have the envelope's sender, and from SendGrid the server that SPF is checked for", async () => {
    const nobody = { from: "ana@home.example", to: "nobody@harbour.example", at: mails.context.now };
    const raw = Buffer.from(
      "Received-SPF: Pass (sender SPF authorized) identity=mailfrom; client-ip=192.0.2.1; helo=mx.home.example; envelope-from=ana@home.example; receiver=x@inbound.postmarkapp.com\r\nFrom: ana@home.example\r\n\r\nHello",
    );
    const posts = [
      mailgunPost({ ...nobody, raw }),
      mailgunPost({ ...nobody, raw: Buffer.concat([raw, Buffer.from("2")]), from: "" }),
      postmarkPost({ ...nobody, raw: Buffer.concat([raw, Buffer.from("3")]) }),
      sendGridPost({ ...nobody, raw: Buffer.concat([raw, Buffer.from("4")]) }, { senderIp: "192.0.2.1" }),
    ];
    for (const post of posts) expect(await send(post)).toBe(200);
    const envelopes = (await originalsOf(nobody.to)).map(({ envelope }) => envelope).reverse();
    const { from } = nobody;
    expect(envelopes).toMatchObject([
      { via: "mailgun", from, remoteAddress: null },
      { via: "mailgun", from: "", remoteAddress: null },
      { via: "postmark", from, remoteAddress: null, providerId: "73e6d360-66eb-11e1-8e72-a8904824019b" },
      { via: "sendgrid", from, remoteAddress: "192.0.2.1" },
    ]);
  });

  test("are accepted only by POST, and only from configured providers", async () => {
    const { app } = mails.context;
    const status = async (path: string) => (await fetch(app.url + path)).status;
    for (const path of ["mailgun/mime", "postmark", "sendgrid"])
      expect(await status(`/webhooks/email/${path}`)).toBe(405);
    for (const path of ["", "/mailgun", "/mailjet"]) expect(await status(`/webhooks/email${path}`)).toBe(404);
  });
});

describe("A Mailgun signature", () => {
  test("is valid for the 8 hours in which Mailgun retries", async () => {
    const mail = newEmail("Late.");
    expect(await send(mailgunPost(mail, mailgunSignature(later(-8 * hourMs))))).toBe(200);
    expect(await mails.kept(mail.to)).toHaveLength(1);
  });

  test("is valid for one email only, also when two arrive concurrently", async () => {
    const [first, ...others] = [newEmail("one"), newEmail("two"), newEmail("three"), newEmail("four")] as const;
    const used = mailgunSignature(mails.context.now);
    expect(await send(mailgunPost(first, used))).toBe(200);
    for (const other of others) expect(await send(mailgunPost(other, used))).toBe(403);
    const upperCase = { ...used, signature: used.signature.toUpperCase() };
    expect(await send(mailgunPost(others[0], upperCase))).toBe(403);
    const kept = async () => (await Promise.all(others.map(({ to }) => mails.kept(to)))).flat().length;
    expect(await kept()).toBe(0);

    const concurrent = mailgunSignature(mails.context.now);
    const statuses = await Promise.all(others.map((other) => send(mailgunPost(other, concurrent))));
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(1);
    expect(await kept()).toBe(statuses.filter((status) => status === 200).length);
  });

  test("is deleted from the store once it has expired", async () => {
    const stored = "SELECT 1 FROM channel_store WHERE starts_with(key, 'mailgun-signature/')";
    const count = async () => (await mails.context.app.execute(stored)).length;
    expect(await count()).toBeGreaterThan(3);
    for (const hours of [18, 1, 1]) {
      await mails.context.app.pass(hours * 3_600);
      const mail = { from: "ana@home.example", to: "nobody@harbour.example", at: mails.context.now };
      for (let number = 0; number < 2; number += 1)
        await send(mailgunPost({ ...mail, raw: Buffer.from(`From: ana@home.example\r\n\r\n${hours} ${number}`) }));
    }
    expect(await count()).toBeLessThanOrEqual(7);
  });
});
