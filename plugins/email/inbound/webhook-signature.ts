import { createHmac, timingSafeEqual } from "node:crypto";

/** How old a signature may be, and how far ahead the clocks of others may be. */
const toleranceSeconds = 300;

/**
 * Whether `t=SECONDS,v1=HEX` is the HMAC-SHA256 of "SECONDS." and the body. The time keeps what somebody recorded from
 * being sent for ever; within it, a repetition is recognised as the same mail.
 */
export function isSigned(secret: string, signature: string, body: Buffer, now: Date): boolean {
  const match = /^t=(\d{1,15}),v1=([0-9a-f]{64})$/i.exec(signature.replaceAll(" ", ""));
  if (match === null) return false;
  const [, time = "", given = ""] = match;
  if (Math.abs(now.getTime() / 1000 - Number(time)) > toleranceSeconds) return false;
  return timingSafeEqual(hmac(secret, time, body), Buffer.from(given, "hex"));
}

/** What `isSigned` accepts: the value of X-Afterchat-Signature. */
export function signBody(secret: string, body: Buffer, now: Date): string {
  const time = String(Math.floor(now.getTime() / 1000));
  return `t=${time},v1=${hmac(secret, time, body).toString("hex")}`;
}

function hmac(secret: string, time: string, body: Buffer): Buffer {
  return createHmac("sha256", secret).update(`${time}.`).update(body).digest();
}
