import { createHmac, timingSafeEqual } from "node:crypto";
import type { ChannelStore } from "afterchat/channel";

/**
 * Mailgun retries a post for 8 hours with the original signature: with a shorter limit, emails would be lost when the
 * database is unavailable for that long.
 */
const maxAgeSeconds = 12 * 3_600;
const maxClockSkewSeconds = 300;

export interface MailgunProof {
  /** Seconds since 1970. */
  readonly timestamp: string;
  readonly token: string;
  readonly signature: string;
}

/**
 * Whether `signature` is the HMAC-SHA256 of timestamp and token, and recent enough.
 * https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
 */
export function isSignedByMailgun(signingKey: string, proof: MailgunProof, now: Date): boolean {
  const { timestamp, token, signature } = proof;
  if (!/^\d{1,15}$/.test(timestamp) || !/^[0-9a-f]{64}$/i.test(signature)) return false;
  const ageSeconds = now.getTime() / 1000 - Number(timestamp);
  if (ageSeconds > maxAgeSeconds || ageSeconds < -maxClockSkewSeconds) return false;
  const expected = createHmac("sha256", signingKey).update(timestamp).update(token).digest();
  return timingSafeEqual(expected, Buffer.from(signature, "hex"));
}

/** Expired entries that are deleted with each email: more than an email adds. */
const maxDeletions = 20;

/**
 * Makes a signature valid for one email only: it does not cover the email, so anyone who has seen it could send another
 * email with it. The same email may be posted again. False: the signature was used for another email. Of two concurrent
 * posts, in any processes, at most one is accepted, because each stores its claim before it looks for others.
 */
export async function claimSignature(
  store: Pick<ChannelStore, "set" | "list" | "delete">,
  { timestamp, signature }: MailgunProof,
  mailKey: string,
  now: Date,
): Promise<boolean> {
  // The key is the signature, not the token: moving a digit from the timestamp to the token leaves the signature valid.
  const prefix = `${hourPrefix(Number(timestamp))}${signature.toLowerCase()}/`;
  const claim = prefix + mailKey;
  await store.set(claim, true);
  const claims = await store.list(prefix, 2);
  if (claims.some(({ key }) => key !== claim)) {
    await store.delete(claim);
    return false;
  }
  // Entries of 18 hours ago have expired, and their hour of the day is not in use again yet.
  for (const { key } of await store.list(hourPrefix(now.getTime() / 1000 - 18 * 3_600), maxDeletions))
    await store.delete(key);
  return true;
}

/** Entries are grouped by the hour of the day. */
function hourPrefix(seconds: number): string {
  return `mailgun-signature/${String(Math.floor(seconds / 3_600) % 24).padStart(2, "0")}/`;
}
