import { createPublicKey, createVerify, type KeyObject } from "node:crypto";

/** SendGrid posts a mail for 3 days. The signature is over the mail: a repetition is recognised as the same. */
const oldestSeconds = 4 * 86_400;
const aheadSeconds = 300;

/**
 * The public key of a webhook security policy: base64 as SendGrid shows it, or PEM.
 * @throws {Error} when it is no key on the curve P-256; the message says what to write
 */
export function readSendGridKey(text: string): KeyObject {
  const base64 = text.replace(/-----[A-Z ]+-----/g, "").replace(/\s/g, "");
  let key: KeyObject | null = null;
  try {
    key = createPublicKey({ key: Buffer.from(base64, "base64"), format: "der", type: "spki" });
  } catch {
    // Answered below: the library's own words help nobody here.
  }
  if (key?.asymmetricKeyDetails?.namedCurve === "prime256v1") return key;
  throw new Error("write the public_key of SendGrid's webhook security policy, which begins with MFkw");
}

/**
 * Whether `signature` is ECDSA with SHA-256 over the timestamp and the body as it came.
 * https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/securing-your-parse-webhooks
 */
export function isSignedBySendGrid(
  key: KeyObject,
  { signature, timestamp }: { readonly signature: string; readonly timestamp: string },
  body: Buffer,
  now: Date,
): boolean {
  if (!/^\d{1,15}$/.test(timestamp) || signature === "") return false;
  const ageSeconds = now.getTime() / 1000 - Number(timestamp);
  if (ageSeconds > oldestSeconds || ageSeconds < -aheadSeconds) return false;
  return createVerify("sha256").update(timestamp).update(body).verify(key, Buffer.from(signature, "base64"));
}
