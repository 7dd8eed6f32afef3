import { createPublicKey, createVerify, type KeyObject } from "node:crypto";

/** SendGrid retries a post for 3 days. The signature covers the email, so a replay can only be a duplicate. */
const maxAgeSeconds = 4 * 86_400;
const maxClockSkewSeconds = 300;

export interface SendGridProof {
  readonly signature: string;
  /** Seconds since 1970. */
  readonly timestamp: string;
}

/** Whether there is a signature of a time that is recent enough, before the body is known. */
export function isRecent({ signature, timestamp }: SendGridProof, now: Date): boolean {
  if (!/^\d{1,15}$/.test(timestamp) || signature === "") return false;
  const ageSeconds = now.getTime() / 1000 - Number(timestamp);
  return ageSeconds <= maxAgeSeconds && ageSeconds >= -maxClockSkewSeconds;
}

/**
 * Parses the public key of a webhook security policy: base64 as SendGrid shows it, or PEM.
 * @throws {Error} if it is not a P-256 key; the message says what to set
 */
export function readSendGridKey(text: string): KeyObject {
  const base64 = text.replace(/-----[A-Z ]+-----/g, "").replace(/\s/g, "");
  let key: KeyObject | null = null;
  try {
    key = createPublicKey({ key: Buffer.from(base64, "base64"), format: "der", type: "spki" });
  } catch {
    // Replaced by a more helpful error below.
  }
  if (key?.asymmetricKeyDetails?.namedCurve === "prime256v1") return key;
  throw new Error("must be the public_key of SendGrid's webhook security policy, which begins with MFkw");
}

/**
 * Whether `signature` is ECDSA with SHA-256 over the timestamp and the raw body, and recent enough.
 * https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/securing-your-parse-webhooks
 */
export function isSignedBySendGrid(key: KeyObject, proof: SendGridProof, body: Buffer, now: Date): boolean {
  if (!isRecent(proof, now)) return false;
  const { signature, timestamp } = proof;
  return createVerify("sha256").update(timestamp).update(body).verify(key, Buffer.from(signature, "base64"));
}
