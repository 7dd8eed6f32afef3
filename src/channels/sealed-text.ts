import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const version = 1;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = 1 + nonceBytes + tagBytes;

/**
 * Encrypts a text at rest: AES-256-GCM under a key derived from the first secret. `place` is authenticated too, so that
 * nobody with the table alone can move one entry's text to another.
 * Layout: version, nonce (NIST SP 800-38D, 8.2.2: 96 random bits), tag, ciphertext.
 */
export function sealText(secrets: readonly string[], place: string, text: string): Buffer {
  const [first] = secrets;
  if (first === undefined) throw new Error("There is no secret to encrypt under.");
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", keyOf(first), nonce).setAAD(Buffer.from(place));
  const ciphertext = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([Buffer.from([version]), nonce, cipher.getAuthTag(), ciphertext]);
}

/**
 * The text that `sealText` was given. Tries every secret, for rotation.
 * @throws {Error} when no secret opens it, or it belongs to another place
 */
export function openText(secrets: readonly string[], place: string, sealed: Uint8Array): string {
  for (const secret of secrets) {
    const text = tryOpen(secret, place, sealed);
    if (text !== null) return text;
  }
  throw new Error(`${place} cannot be decrypted: keep the APP_SECRET that it was stored under in the list.`);
}

function tryOpen(secret: string, place: string, sealed: Uint8Array): string | null {
  if (sealed[0] !== version || sealed.length < headBytes) return null;
  const nonce = sealed.subarray(1, 1 + nonceBytes);
  const decipher = createDecipheriv("aes-256-gcm", keyOf(secret), nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(place)).setAuthTag(sealed.subarray(1 + nonceBytes, headBytes));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(headBytes)), decipher.final()]).toString("utf8");
  } catch {
    // Not this secret, or not what was stored.
    return null;
  }
}

function keyOf(secret: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", "afterchat channel store", 32));
}
