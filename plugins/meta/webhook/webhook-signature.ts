import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Whether `sha256=HEX` is the HMAC-SHA256 of the raw body under one of the app secrets. It covers the raw bytes: Meta
 * escapes non-ASCII characters, so a parsed and serialised body would differ.
 * @see https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads
 */
export function isSignedByMeta(secrets: readonly string[], signature: string | null, raw: Uint8Array): boolean {
  const hex = signatureOf(signature);
  if (hex === null) return false;
  const actual = Buffer.from(hex, "hex");
  const matches = secrets.map((secret) => timingSafeEqual(createHmac("sha256", secret).update(raw).digest(), actual));
  return matches.includes(true);
}

/** The signature in hexadecimal, without regard to the body; null if the header has none. */
export function signatureOf(header: string | null): string | null {
  if (header === null || header.length > 100) return null;
  return /^sha256=([0-9a-f]{64})$/i.exec(header.trim())?.[1] ?? null;
}
