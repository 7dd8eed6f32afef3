import { createHmac, timingSafeEqual } from "node:crypto";

/** The headers of a signed request. */
export type WebhookHeaders = Readonly<Record<(typeof headerNames)[number], string>>;

const headerNames = ["webhook-id", "webhook-timestamp", "webhook-signature"] as const;
/** How old a signature may be, and how far ahead the sender's clock may be. */
const toleranceSeconds = 300;
/** Leaves room for several signatures: while a secret is being replaced, the sender signs with both. */
const maxSignaturesLength = 1_024;
/** Without a full stop, which separates the id from the time in the signed content. */
const idPattern = /^[\x21-\x2d\x2f-\x7e]{1,256}$/;

/** The error message for an invalid secret, which says how to generate one. */
export const webhookSecretAdvice =
  "write whsec_ and 24 to 64 random bytes in base64, as this prints: echo whsec_$(openssl rand -base64 32)";

/** Whether a text is a valid webhook secret: `whsec_` and 24 to 64 bytes in base64. */
export function isWebhookSecret(text: string): boolean {
  return decodeKey(text) !== null;
}

/**
 * Signs a request according to Standard Webhooks: HMAC-SHA256 of the id, the time and the raw body. Use the same `id`
 * for every repetition of a request: up to 256 visible ASCII characters without a full stop.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @throws {TypeError} if the secret or the id has another form
 */
export function signWebhook(secret: string, id: string, body: string | Uint8Array, now: Date): WebhookHeaders {
  if (!idPattern.test(id))
    throw new TypeError("A webhook id must be 1 to 256 visible ASCII characters without a full stop");
  const time = String(Math.floor(now.getTime() / 1000));
  return { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": signature(secret, id, time, body) };
}

/**
 * Whether a request has a valid signature, as made by `signWebhook`, that is at most five minutes off. The time limit
 * prevents recorded requests from being replayed later; within it, the caller must recognise repetitions by an id.
 * @throws {TypeError} if the secret has another form
 */
export function isSignedWebhook(
  secret: string,
  headers: Pick<Headers, "get">,
  body: string | Uint8Array,
  now: Date,
): boolean {
  if (!hasRecentSignature(headers, now)) return false;
  const [id = "", time = "", signatures = ""] = headerNames.map((name) => headers.get(name) ?? "");
  const expected = Buffer.from(signature(secret, id, time, body));
  const matches = signatures.split(" ").map((candidate) => {
    const actual = Buffer.from(candidate);
    return actual.length === expected.length && timingSafeEqual(actual, expected);
  });
  return matches.includes(true);
}

/**
 * Whether a request has headers that can be those of a signature, at most five minutes off. It proves nothing, but tells
 * before the body is read that a request is refused in any case.
 */
export function hasRecentSignature(headers: Pick<Headers, "get">, now: Date): boolean {
  const [id = "", time = "", signatures = ""] = headerNames.map((name) => headers.get(name) ?? "");
  if (signatures === "" || signatures.length > maxSignaturesLength) return false;
  if (!idPattern.test(id) || !/^\d{1,12}$/.test(time)) return false;
  return Math.abs(now.getTime() / 1000 - Number(time)) <= toleranceSeconds;
}

function signature(secret: string, id: string, time: string, body: string | Uint8Array): string {
  const key = decodeKey(secret);
  if (key === null) throw new TypeError("Not a webhook secret: check the setting with isWebhookSecret");
  return `v1,${createHmac("sha256", key).update(`${id}.${time}.`).update(body).digest("base64")}`;
}

function decodeKey(secret: string): Buffer | null {
  const [, text = ""] = /^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/.exec(secret) ?? [];
  const key = Buffer.from(text, "base64");
  // Only canonical base64: other implementations may decode anything else differently.
  return key.length >= 24 && key.length <= 64 && key.toString("base64") === text ? key : null;
}
