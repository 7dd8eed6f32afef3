import { createHmac, timingSafeEqual } from "node:crypto";

/** How old a signature may be, and how far ahead the clocks of others may be. */
const toleranceSeconds = 300;

/** `t=SECONDS,v1=HEX`: the HMAC-SHA256 of "SECONDS." and the body, under a secret that both sides know. */
export function signBody(secret: string, body: string | Uint8Array, now: Date): string {
  const time = Math.floor(now.getTime() / 1000);
  return `t=${time},v1=${digest(secret, String(time), body).toString("hex")}`;
}

/**
 * Whether `signature` is what `signBody` gives for this body, at most five minutes off. The time keeps what somebody
 * recorded from being sent for ever; within it, a repetition is recognised by the ids in the body.
 */
export function isSigned(secret: string, signature: string | null, body: string | Uint8Array, now: Date): boolean {
  const match = /^t=(\d{1,15}),v1=([0-9a-f]{64})$/i.exec(signature?.replaceAll(" ", "") ?? "");
  if (match === null) return false;
  const [, time = "", given = ""] = match;
  if (Math.abs(now.getTime() / 1000 - Number(time)) > toleranceSeconds) return false;
  return timingSafeEqual(digest(secret, time, body), Buffer.from(given, "hex"));
}

function digest(secret: string, time: string, body: string | Uint8Array): Buffer {
  return createHmac("sha256", secret).update(`${time}.`).update(body).digest();
}
