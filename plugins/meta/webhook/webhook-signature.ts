import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Whether `sha256=HEX` is the HMAC-SHA256 of the raw bytes under one of the app's secrets (Instagram Login has one of its own).
 * Over the bytes: Meta escapes what is not ASCII, and written anew the body would be another.
 * @see https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads
 */
export function isSignedByMeta(secrets: readonly string[], signature: string | null, raw: Uint8Array): boolean {
  const [, hex] = /^sha256=([0-9a-f]{64})$/i.exec(signature?.trim() ?? "") ?? [];
  if (hex === undefined) return false;
  const given = Buffer.from(hex, "hex");
  const matches = secrets.map((secret) => timingSafeEqual(createHmac("sha256", secret).update(raw).digest(), given));
  return matches.includes(true);
}
