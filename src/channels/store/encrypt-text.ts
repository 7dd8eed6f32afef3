import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const version = 1;
const nonceBytes = 12;
const tagBytes = 16;
const headerBytes = 1 + nonceBytes + tagBytes;

/**
 * Encrypts a text for storage: AES-256-GCM with a key derived from the first secret. `entryName` is authenticated as
 * well, so that a ciphertext copied to another entry of the table cannot be decrypted there.
 * Layout: version, nonce (NIST SP 800-38D, 8.2.2: 96 random bits), tag, ciphertext.
 */
export function encryptText(secrets: readonly string[], entryName: string, text: string): Buffer {
  const [first] = secrets;
  if (first === undefined) throw new Error("There is no secret to encrypt with.");
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", deriveKey(first), nonce).setAAD(Buffer.from(entryName));
  const ciphertext = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([Buffer.from([version]), nonce, cipher.getAuthTag(), ciphertext]);
}

/**
 * Decrypts what `encryptText` returned. Tries every secret, so that APP_SECRET can be rotated.
 * @throws {Error} when no secret decrypts it, or it belongs to another entry
 */
export function decryptText(secrets: readonly string[], entryName: string, encrypted: Uint8Array): string {
  for (const secret of secrets) {
    const text = tryDecrypt(secret, entryName, encrypted);
    if (text !== null) return text;
  }
  throw new Error(`${entryName} cannot be decrypted: add the APP_SECRET with which it was encrypted back to the list.`);
}

function tryDecrypt(secret: string, entryName: string, encrypted: Uint8Array): string | null {
  if (encrypted[0] !== version || encrypted.length < headerBytes) return null;
  const nonce = encrypted.subarray(1, 1 + nonceBytes);
  const decipher = createDecipheriv("aes-256-gcm", deriveKey(secret), nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(entryName)).setAuthTag(encrypted.subarray(1 + nonceBytes, headerBytes));
  try {
    return Buffer.concat([decipher.update(encrypted.subarray(headerBytes)), decipher.final()]).toString("utf8");
  } catch {
    // Encrypted with another secret, or altered.
    return null;
  }
}

function deriveKey(secret: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", "afterchat channel store", 32));
}
