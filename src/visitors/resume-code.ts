import type { Json } from "../json.js";
import type { Services } from "../services.js";
import { signShortToken, verifyShortToken } from "../tokens/short-token.js";

const lifetimeMs = 30 * 24 * 3_600_000;
// The token of the conversation, then the time of issue in Unix milliseconds, base 36, then the address's fingerprint.
const pattern = /^([a-z2-7]+)-([0-9a-z]{1,11})(?:-([a-z2-7]{16}))?$/i;
const fingerprintLength = 16;
const maxCodeLength = 1_100;

export interface ResumeCode {
  readonly conversationId: string;
  readonly issuedAt: Date;
  /** The fingerprint of the address that it was sent to; null if it was not sent. */
  readonly linkedAddress: string | null;
}

/**
 * Creates the code in the link of a forwarded email: valid for 30 days, for this conversation only. Nothing is stored.
 * @param sentTo where the email is sent: following the link proves that address
 */
export function createResumeCode(
  services: Pick<Services, "config" | "clock">,
  conversationId: string,
  sentTo: { readonly channel: string; readonly address: Json } | null = null,
): string {
  const [secret] = services.config.appSecrets;
  if (secret === undefined) throw new Error("APP_SECRET is empty: there is no secret to sign with.");
  const issued = services.clock.now().getTime().toString(36);
  const linkedAddress = sentTo === null ? null : (fingerprintsOf(services, sentTo.channel, sentTo.address)[0] ?? null);
  const code = `${signShortToken(secret, purposeOf(issued, linkedAddress), conversationId)}-${issued}`;
  return linkedAddress === null ? code : `${code}-${linkedAddress}`;
}

/**
 * The fingerprints of an address under each secret of APP_SECRET, the signing one first. They reveal nothing of the address.
 */
export function fingerprintsOf(
  { config }: Pick<Services, "config">,
  channel: string,
  address: Json,
): readonly string[] {
  return config.appSecrets.map((secret) =>
    signShortToken(secret, `resume-address:${channel}:${JSON.stringify(address)}`, "").slice(-fingerprintLength),
  );
}

/** What a code was issued for; null if it is forged or older than 30 days. Revocation is checked with the conversation. */
export function verifyResumeCode(services: Pick<Services, "config" | "clock">, code: string): ResumeCode | null {
  if (code.length > maxCodeLength) return null;
  const [, token, issued, fingerprint] = pattern.exec(code) ?? [];
  if (token === undefined || issued === undefined) return null;
  const linkedAddress = fingerprint?.toLowerCase() ?? null;
  const purpose = purposeOf(issued.toLowerCase(), linkedAddress);
  const conversationId = verifyShortToken(services.config.appSecrets, purpose, token);
  if (conversationId === null) return null;
  const issuedAt = new Date(Number.parseInt(issued, 36));
  const expired = services.clock.now().getTime() >= issuedAt.getTime() + lifetimeMs;
  return expired ? null : { conversationId, issuedAt, linkedAddress };
}

// The time of issue and the address are signed as part of the purpose, which keeps the code short.
function purposeOf(issued: string, linkedAddress: string | null): string {
  return linkedAddress === null ? `resume:${issued}` : `resume:${issued}:${linkedAddress}`;
}
