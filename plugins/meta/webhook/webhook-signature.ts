import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Whether `sha256=HEX` is the HMAC-SHA256 of the raw body under one of the app secrets. It covers the raw bytes: Meta
 * escapes non-ASCII characters, so a parsed and serialised body would differ.
 * @see https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads
 */
export function isSignedByMeta(secrets: readonly string[], signature: string | null, raw: Uint8Array): boolean {
  const [, hex] = /^sha256=([0-9a-f]{64})$/i.exec(signature?.trim() ?? "") ?? [];
  if (hex === undefined) return false;
  const actual = Buffer.from(hex, "hex");
  const matches = secrets.map((secret) => timingSafeEqual(createHmac("sha256", secret).update(raw).digest(), actual));
  return matches.includes(true);
}
