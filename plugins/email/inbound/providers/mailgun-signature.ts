import { createHmac, timingSafeEqual } from "node:crypto";
import type { ChannelStore } from "afterchat/channel";

/**
 * Mailgun repeats a post for 8 hours, and with the signature of the first: whoever asks for a fresher one loses mail after
 * half an hour without a database.
 */
const oldestSeconds = 12 * 3_600;
const aheadSeconds = 300;

export interface MailgunProof {
  /** Seconds since 1970. */
  readonly timestamp: string;
  readonly token: string;
  readonly signature: string;
}

/**
 * Whether `signature` is the HMAC-SHA256 of timestamp and token, and not too old.
 * https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
 */
export function isSignedByMailgun(signingKey: string, proof: MailgunProof, now: Date): boolean {
  const { timestamp, token, signature } = proof;
  if (!/^\d{1,15}$/.test(timestamp) || !/^[0-9a-f]{64}$/i.test(signature)) return false;
  const ageSeconds = now.getTime() / 1000 - Number(timestamp);
  if (ageSeconds > oldestSeconds || ageSeconds < -aheadSeconds) return false;
  const expected = createHmac("sha256", signingKey).update(timestamp).update(token).digest();
  return timingSafeEqual(expected, Buffer.from(signature, "hex"));
}

const hoursOfDay = 24;
/** Of an hour of which everything has expired: swept with each mail, more than one mail adds. */
const sweptAtOnce = 20;

/**
 * Has a signature stand for one mail only: it is not over the mail, so whoever saw it once could bring their own by it. The
 * same mail may come again. False: the signature has brought another mail. Of two at once, in any processes, one at most is
 * let in, because each says what it is about before it looks.
 */
export async function claimSignature(
  store: Pick<ChannelStore, "set" | "list" | "delete">,
  { timestamp, signature }: MailgunProof,
  mail: string,
  now: Date,
): Promise<boolean> {
  // By the signature and not the token: a digit moved from one to the other is signed by the same signature.
  const place = `${placeOf(Number(timestamp))}${signature.toLowerCase()}/`;
  const claim = place + mail;
  await store.set(claim, true);
  const claims = await store.list(place, 2);
  if (claims.some(({ key }) => key !== claim)) {
    await store.delete(claim);
    return false;
  }
  // 18 hours ago: neither of these 12 hours nor of the coming ones.
  for (const { key } of await store.list(placeOf(now.getTime() / 1000 - 18 * 3_600), sweptAtOnce))
    await store.delete(key);
  return true;
}

function placeOf(seconds: number): string {
  return `mailgun-signature/${String(Math.floor(seconds / 3_600) % hoursOfDay).padStart(2, "0")}/`;
}
