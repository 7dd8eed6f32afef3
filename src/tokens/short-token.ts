import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import { base32nopad } from "@scure/base";

const macBytes = 12;
/** Longer than the token of any id. */
const maxTokenLength = 1_000;
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * A short signed token: lower-case base32 (RFC 4648, unpadded) of the id and a 96-bit HMAC-SHA256 over purpose and id.
 * 47 characters for a UUID, so that it fits the 64 characters of a mail address's local part (RFC 5321, 4.5.3.1.1).
 */
export function signShortToken(secret: string, purpose: string, id: string): string {
  const payload = encodeId(id);
  return base32nopad.encode(Buffer.concat([payload, mac(secret, purpose, payload)])).toLowerCase();
}

/** The signed id, or null. Tries every secret (rotation) and ignores letter case, which mail servers may change. */
export function verifyShortToken(secrets: readonly string[], purpose: string, token: string): string | null {
  if (token.length > maxTokenLength) return null;
  const bytes = decode(token);
  if (bytes === null || bytes.length <= macBytes + 1) return null;
  const payload = bytes.subarray(0, bytes.length - macBytes);
  const given = bytes.subarray(bytes.length - macBytes);
  const genuine = secrets.some((secret) => timingSafeEqual(mac(secret, purpose, payload), given));
  return genuine ? decodeId(payload) : null;
}

function decode(token: string): Buffer | null {
  try {
    return Buffer.from(base32nopad.decode(token.toUpperCase()));
  } catch {
    // Not base32: treated like a wrong signature.
    return null;
  }
}

function mac(secret: string, purpose: string, payload: Uint8Array): Buffer {
  return createHmac("sha256", keyOf(secret)).update(`${purpose}\0`).update(payload).digest().subarray(0, macBytes);
}

// Each email signs four tokens, and a string would be turned into a key each time. One entry per secret in APP_SECRET.
const keys = new Map<string, KeyObject>();

function keyOf(secret: string): KeyObject {
  const key = keys.get(secret) ?? createSecretKey(secret, "utf8");
  keys.set(secret, key);
  return key;
}

// The first byte distinguishes UUIDs, which are packed into 16 bytes, from other ids, which are encoded as text.
function encodeId(id: string): Buffer {
  return uuidPattern.test(id)
    ? Buffer.concat([Buffer.from([0]), Buffer.from(id.replaceAll("-", ""), "hex")])
    : Buffer.concat([Buffer.from([1]), Buffer.from(id, "utf8")]);
}

function decodeId(payload: Buffer): string {
  if (payload[0] === 1) return payload.subarray(1).toString("utf8");
  return payload
    .subarray(1)
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
