import type { Services } from "../services.js";
import { signShortToken, verifyShortToken } from "../tokens/short-token.js";

const lifetimeMs = 30 * 24 * 3_600_000;
// The token of the conversation, and when it was issued: in milliseconds, base 36.
const pattern = /^([a-z2-7]+)-([0-9a-z]{1,11})$/i;

export interface ResumeCode {
  readonly conversationId: string;
  readonly issuedAt: Date;
}

/** The code in a forwarded email's link: good for 30 days from now, for this one conversation. Nothing is stored. */
export function createResumeCode(services: Pick<Services, "config" | "clock">, conversationId: string): string {
  const [secret] = services.config.appSecrets;
  if (secret === undefined) throw new Error("APP_SECRET holds no secret to sign with.");
  const issued = services.clock.now().getTime().toString(36);
  return `${signShortToken(secret, purposeOf(issued), conversationId)}-${issued}`;
}

/** What a code was issued for, or null when it is forged or older than 30 days. Revocation is the conversation's to say. */
export function readResumeCode(services: Pick<Services, "config" | "clock">, code: string): ResumeCode | null {
  const [, token, issued] = pattern.exec(code) ?? [];
  if (token === undefined || issued === undefined) return null;
  const conversationId = verifyShortToken(services.config.appSecrets, purposeOf(issued.toLowerCase()), token);
  if (conversationId === null) return null;
  const issuedAt = new Date(Number.parseInt(issued, 36));
  const expired = services.clock.now().getTime() >= issuedAt.getTime() + lifetimeMs;
  return expired ? null : { conversationId, issuedAt };
}

// The moment is signed along as part of the purpose, so that the code stays short.
function purposeOf(issued: string): string {
  return `resume:${issued}`;
}
