import { createHash, timingSafeEqual } from "node:crypto";

/** Compares what somebody gave with a secret, in a time that tells neither where they part nor how long the secret is. */
export function isSameSecret(given: string, secret: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}
