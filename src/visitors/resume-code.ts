import type { Services } from "../services.js";
import { signShortToken, verifyShortToken } from "../tokens/short-token.js";

const lifetimeMs = 30 * 24 * 3_600_000;
// The token of the conversation, then the time of issue in Unix milliseconds, base 36.
const pattern = /^([a-z2-7]+)-([0-9a-z]{1,11})$/i;

export interface ResumeCode {
  readonly conversationId: string;
  readonly issuedAt: Date;
}

/** Creates the code in the link of a forwarded email: valid for 30 days, for this conversation only. Nothing is stored. */
export function createResumeCode(services: Pick<Services, "config" | "clock">, conversationId: string): string {
  const [secret] = services.config.appSecrets;
  if (secret === undefined) throw new Error("APP_SECRET is empty: there is no secret to sign with.");
  const issued = services.clock.now().getTime().toString(36);
  return `${signShortToken(secret, purposeOf(issued), conversationId)}-${issued}`;
}

/** What a code was issued for; null if it is forged or older than 30 days. Revocation is checked with the conversation. */
export function verifyResumeCode(services: Pick<Services, "config" | "clock">, code: string): ResumeCode | null {
  const [, token, issued] = pattern.exec(code) ?? [];
  if (token === undefined || issued === undefined) return null;
  const conversationId = verifyShortToken(services.config.appSecrets, purposeOf(issued.toLowerCase()), token);
  if (conversationId === null) return null;
  const issuedAt = new Date(Number.parseInt(issued, 36));
  const expired = services.clock.now().getTime() >= issuedAt.getTime() + lifetimeMs;
  return expired ? null : { conversationId, issuedAt };
}

// The time of issue is signed as part of the purpose, which keeps the code short.
function purposeOf(issued: string): string {
  return `resume:${issued}`;
}
