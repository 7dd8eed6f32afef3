import { createHmac, createSign, generateKeyPairSync, randomBytes } from "node:crypto";

/** An email as the provider received it. */
export interface ProvidedMail {
  readonly raw: Buffer;
  readonly from: string;
  readonly to: string;
  readonly at: Date;
}

/** A request in the provider's format. */
export interface ProviderPost {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const signingKey = "0123456789abcdef0123456789abcdef";
const postmarkSecret = "a-secret-for-postmark";
const sendGridKeys = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const sendGridPublicKey = sendGridKeys.publicKey.export({ type: "spki", format: "der" }).toString("base64");
const strangersKeys = generateKeyPairSync("ec", { namedCurve: "prime256v1" });

export const providerSettings = {
  EMAIL_MAILGUN_SIGNING_KEY: signingKey,
  EMAIL_POSTMARK_SECRET: postmarkSecret,
  EMAIL_SENDGRID_PUBLIC_KEY: sendGridPublicKey,
};

export type Fields = readonly (readonly [name: string, value: string | Buffer])[];

const secondsOf = (at: Date) => String(Math.floor(at.getTime() / 1000));

/** The exact bytes that curl and the providers' libraries write. */
export function multipart(
  fields: Fields,
  boundary: string,
): Pick<ProviderPost, "body"> & { readonly contentType: string } {
  const parts = fields.flatMap(([name, value]) => [
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`),
    Buffer.from(value),
    Buffer.from("\r\n"),
  ]);
  const body = Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
  return { body, contentType: `multipart/form-data; boundary=${boundary}` };
}

export function urlencoded(fields: Fields): Pick<ProviderPost, "body"> & { readonly contentType: string } {
  const encode = (value: string | Buffer) =>
    Buffer.from(value)
      .toString("latin1")
      .replace(/[^A-Za-z0-9_.~ -]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`)
      .replaceAll(" ", "+");
  const body = Buffer.from(fields.map(([name, value]) => `${name}=${encode(value)}`).join("&"));
  return { body, contentType: "application/x-www-form-urlencoded" };
}

export interface MailgunSignature {
  readonly timestamp: string;
  readonly token: string;
  readonly signature: string;
}

export function mailgunSignature(at: Date, key: string = signingKey): MailgunSignature {
  const [timestamp, token] = [secondsOf(at), randomBytes(25).toString("hex")];
  return {
    timestamp,
    token,
    signature: createHmac("sha256", key)
      .update(timestamp + token)
      .digest("hex"),
  };
}

/** What a route's forward("https://…/mime") posts. `bodyField` "body-plain": the route posts a parsed email. */
export function mailgunPost(
  { raw, from, to, at }: ProvidedMail,
  signature: MailgunSignature = mailgunSignature(at),
  encoding: "multipart" | "urlencoded" = "urlencoded",
  bodyField = "body-mime",
): ProviderPost {
  const fields: Fields = [
    ["recipient", to],
    ["sender", from],
    ["from", `Ana <${from}>`],
    ["subject", "Re: your bike"],
    ["X-Mailgun-Spf", "Pass"],
    ["X-Mailgun-Dkim-Check-Result", "Pass"],
    ...Object.entries(signature),
    [bodyField, raw],
  ];
  const form = encoding === "urlencoded" ? urlencoded(fields) : multipart(fields, "2e1c9a0f6f8d4d0f8a3b1f6b0f3c7a11");
  return { path: "/webhooks/email/mailgun/mime", headers: { "content-type": form.contentType }, body: form.body };
}

/** What an inbound stream posts with the raw content included, so that attachments are in it twice. */
export function postmarkPost(
  { raw, from, to }: ProvidedMail,
  login = `afterchat:${postmarkSecret}`,
  changes: Readonly<Record<string, unknown>> = {},
): ProviderPost {
  const message = {
    FromName: "Ana",
    MessageStream: "inbound",
    From: from,
    FromFull: { Email: from, Name: "Ana", MailboxHash: "" },
    To: to,
    ToFull: [{ Email: to, Name: "", MailboxHash: "" }],
    OriginalRecipient: to,
    Subject: "Re: your bike",
    MessageID: "73e6d360-66eb-11e1-8e72-a8904824019b",
    TextBody: "",
    HtmlBody: "",
    Headers: [{ Name: "X-Spam-Status", Value: "No" }],
    Attachments: [{ Name: "all.eml", Content: raw.toString("base64"), ContentType: "message/rfc822" }],
    RawEmail: raw.toString(),
    ...changes,
  };
  const headers = {
    "content-type": "application/json",
    ...(login === "" ? {} : { authorization: `Basic ${Buffer.from(login).toString("base64")}` }),
  };
  return { path: "/webhooks/email/postmark", headers, body: Buffer.from(JSON.stringify(message)) };
}

export interface SendGridChanges {
  readonly signer?: "stranger" | "none";
  readonly signedAt?: Date;
  /** What is signed instead of the body. */
  readonly signed?: Buffer;
  readonly bodyField?: string;
  readonly senderIp?: string;
}

/** What Inbound Parse posts with the raw message and a signature policy. */
export function sendGridPost({ raw, from, to, at }: ProvidedMail, changes: SendGridChanges = {}): ProviderPost {
  const fields: Fields = [
    ["dkim", `{@${from.split("@")[1]} : pass}`],
    [changes.bodyField ?? "email", raw],
    ["to", to],
    ["from", `Ana <${from}>`],
    ["sender_ip", changes.senderIp ?? "10.0.0.7"],
    ["envelope", JSON.stringify({ to: [to], from })],
    ["subject", "Re: your bike"],
    ["charsets", '{"to":"UTF-8","from":"UTF-8","subject":"UTF-8"}'],
    ["SPF", "pass"],
  ];
  const { body, contentType } = multipart(fields, "xYzZY");
  const timestamp = secondsOf(changes.signedAt ?? at);
  const { privateKey } = changes.signer === "stranger" ? strangersKeys : sendGridKeys;
  const signature = createSign("sha256")
    .update(timestamp)
    .update(changes.signed ?? body)
    .sign(privateKey, "base64");
  const signed = {
    "x-twilio-email-event-webhook-signature": signature,
    "x-twilio-email-event-webhook-timestamp": timestamp,
  };
  const headers = { "content-type": contentType, ...(changes.signer === "none" ? {} : signed) };
  return { path: "/webhooks/email/sendgrid", headers, body };
}
