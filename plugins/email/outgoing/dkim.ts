import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";

/** Signs what is sent (RFC 6376). */
export interface DkimSigning {
  readonly domain: string;
  readonly selector: string;
  /** RSA, PEM. */
  readonly privateKey: string;
}

const MIN_MODULUS_BITS = 1024;

/**
 * What a signature covers. nodemailer's own list leaves out List-Unsubscribe-Post, which RFC 8058 section 4 asks to be
 * signed, and what is not a standard's.
 */
export const SIGNED_HEADERS = [
  "From",
  "Sender",
  "Reply-To",
  "Subject",
  "Date",
  "Message-ID",
  "To",
  "Cc",
  "MIME-Version",
  "Content-Type",
  "Content-Transfer-Encoding",
  "Content-ID",
  "Content-Description",
  "In-Reply-To",
  "References",
  "List-Id",
  "List-Help",
  "List-Unsubscribe",
  "List-Unsubscribe-Post",
  "List-Subscribe",
  "List-Post",
  "List-Owner",
  "List-Archive",
  "Auto-Submitted",
  "Feedback-ID",
].join(":");

/**
 * The key as PEM, given as itself (`\n` may stand for line ends, as in .env files) or as the path of a file.
 * @throws {Error} that says what to do; it holds nothing of the key
 */
export function readSigningKey(setting: string): string {
  const pem = setting.includes("-----BEGIN") ? setting.replaceAll("\\n", "\n") : readKeyFile(setting.trim());
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new Error("holds no private key that can be read: give it in PEM, without a passphrase");
  }
  // nodemailer sends without a signature, and without an error, when the key is of another kind.
  if (key.asymmetricKeyType !== "rsa") {
    throw new Error(
      `is a key of the kind ${key.asymmetricKeyType}: make an RSA key, openssl genrsa -out dkim.pem 2048`,
    );
  }
  if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_MODULUS_BITS) {
    throw new Error("is too short for anybody to accept: make one of 2048 bits, openssl genrsa -out dkim.pem 2048");
  }
  return pem;
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown";
    throw new Error(`is neither a key in PEM nor the path of a file that can be read (${reason})`);
  }
}
