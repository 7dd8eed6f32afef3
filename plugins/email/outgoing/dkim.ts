import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";

/** How outgoing emails are signed (RFC 6376). */
export interface DkimSigning {
  readonly domain: string;
  readonly selector: string;
  /** RSA, PEM. */
  readonly privateKey: string;
}

const MIN_MODULUS_BITS = 1024;

/**
 * The headers that a signature covers. nodemailer's default lacks List-Unsubscribe-Post, which RFC 8058 section 4
 * requires to be signed, and non-standard headers.
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
 * Reads a private key, given as PEM (with `\n` for line ends, as in .env files) or as the path of a file.
 * @throws {Error} whose message says what to do and contains nothing of the key
 */
export function readSigningKey(setting: string): string {
  const pem = setting.includes("-----BEGIN") ? setting.replaceAll("\\n", "\n") : readKeyFile(setting.trim());
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new Error("is not a readable private key: use PEM without a passphrase");
  }
  // nodemailer sends unsigned emails, without an error, when the key has another type.
  if (key.asymmetricKeyType !== "rsa") {
    throw new Error(
      `is a key of type ${key.asymmetricKeyType}: create an RSA key with openssl genrsa -out dkim.pem 2048`,
    );
  }
  if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_MODULUS_BITS) {
    throw new Error(
      "is too short for receivers to accept: create one of 2048 bits with openssl genrsa -out dkim.pem 2048",
    );
  }
  return pem;
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown";
    throw new Error(`is neither a PEM key nor the path of a readable file (${reason})`);
  }
}
