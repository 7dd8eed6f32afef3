import { createHmac, timingSafeEqual } from "node:crypto";

/** The headers of a signed request. */
export type WebhookHeaders = Readonly<Record<(typeof headerNames)[number], string>>;

const headerNames = ["webhook-id", "webhook-timestamp", "webhook-signature"] as const;
/** How old a signature may be, and how far ahead the clocks of others may be. */
const toleranceSeconds = 300;
/** Several signatures: while a secret is being replaced, the sender signs under both. */
const maxSignaturesLength = 1_024;
/** A full stop ends the id in what is signed. */
const idPattern = /^[\x21-\x2d\x2f-\x7e]{1,256}$/;

/** What is wrong with a setting that is no such secret, and how to make one. */
export const webhookSecretAdvice =
  "write whsec_ and 24 to 64 random bytes in base64, as this prints: echo whsec_$(openssl rand -base64 32)";

/** Whether requests can be signed under this secret: `whsec_` and 24 to 64 bytes in base64. */
export function isWebhookSecret(text: string): boolean {
  return keyIn(text) !== null;
}

/**
 * Signs a request as Standard Webhooks has it: HMAC-SHA256 over the id, the time and the body as bytes. `id` is the same
 * whenever the same is sent again: up to 256 visible ASCII characters without a full stop.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @throws {TypeError} when the secret or the id is not of that form
 */
export function signWebhook(secret: string, id: string, body: string | Uint8Array, now: Date): WebhookHeaders {
  if (!idPattern.test(id)) throw new TypeError("A webhook's id is 1 to 256 visible ASCII characters, no full stop");
  const time = String(Math.floor(now.getTime() / 1000));
  return { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": signature(secret, id, time, body) };
}

/**
 * Whether a request with these headers is signed as `signWebhook` does, at most five minutes off. The time keeps what
 * somebody recorded from being sent for ever; within it, a repetition is recognised by an id of its own.
 * @throws {TypeError} when the secret is not of that form
 */
export function isSignedWebhook(
  secret: string,
  headers: Pick<Headers, "get">,
  body: string | Uint8Array,
  now: Date,
): boolean {
  const [id = "", time = "", signatures = ""] = headerNames.map((name) => headers.get(name) ?? "");
  if (signatures.length > maxSignaturesLength || !idPattern.test(id) || !/^\d{1,12}$/.test(time)) return false;
  if (Math.abs(now.getTime() / 1000 - Number(time)) > toleranceSeconds) return false;
  const expected = Buffer.from(signature(secret, id, time, body));
  const matches = signatures.split(" ").map((one) => {
    const given = Buffer.from(one);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  return matches.includes(true);
}

function signature(secret: string, id: string, time: string, body: string | Uint8Array): string {
  const key = keyIn(secret);
  if (key === null) throw new TypeError("Not a webhook secret: check the setting by isWebhookSecret");
  return `v1,${createHmac("sha256", key).update(`${id}.${time}.`).update(body).digest("base64")}`;
}

function keyIn(secret: string): Buffer | null {
  const [, text = ""] = /^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/.exec(secret) ?? [];
  const key = Buffer.from(text, "base64");
  // Others may read in another way what is not written as it is read here.
  return key.length >= 24 && key.length <= 64 && key.toString("base64") === text ? key : null;
}
