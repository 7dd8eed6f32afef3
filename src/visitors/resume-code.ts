import { z } from "zod";
import type { Services } from "../services.js";
import { signShortToken, verifyShortToken } from "../tokens/short-token.js";

const purpose = "resume";
const lifetimeMs = 30 * 24 * 3_600_000;
const signed = z.tuple([z.uuid(), z.string().regex(/^[0-9a-z]{1,11}$/)]);

export interface ResumeCode {
  readonly conversationId: string;
  readonly issuedAt: Date;
}

/** The code in a forwarded email's link: good for 30 days from now, for this one conversation. Nothing is stored. */
export function createResumeCode(services: Pick<Services, "config" | "clock">, conversationId: string): string {
  const [secret] = services.config.appSecrets;
  if (secret === undefined) throw new Error("APP_SECRET holds no secret to sign with.");
  return signShortToken(secret, purpose, `${conversationId}.${services.clock.now().getTime().toString(36)}`);
}

/** What a code was issued for, or null when it is forged or older than 30 days. Revocation is the conversation's to say. */
export function readResumeCode(services: Pick<Services, "config" | "clock">, code: string): ResumeCode | null {
  const parsed = signed.safeParse(verifyShortToken(services.config.appSecrets, purpose, code)?.split("."));
  if (!parsed.success) return null;
  const [conversationId, issuedMs] = parsed.data;
  const issuedAt = new Date(Number.parseInt(issuedMs, 36));
  const expired = services.clock.now().getTime() >= issuedAt.getTime() + lifetimeMs;
  return expired ? null : { conversationId, issuedAt };
}
