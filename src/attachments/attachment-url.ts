import type { Services } from "../services.js";
import { signShortToken, verifyShortToken } from "../tokens/short-token.js";

/** Where attachments are uploaded to and downloaded from. */
export const attachmentsPath = "/attachments";

// The token of the attachment, and when it expires: in milliseconds, base 36.
const pattern = /^([a-z2-7]+)-([0-9a-z]{1,11})$/i;

/** A URL that downloads the attachment, for whoever has it, until `lifetimeMs` from now. Nothing is stored. */
export function attachmentUrl(services: Pick<Services, "config" | "clock">, id: string, lifetimeMs: number): string {
  const [secret] = services.config.appSecrets;
  if (secret === undefined) throw new Error("APP_SECRET holds no secret to sign with.");
  const expires = (services.clock.now().getTime() + lifetimeMs).toString(36);
  const token = `${signShortToken(secret, purposeOf(expires), id)}-${expires}`;
  return `${services.config.publicUrl.replace(/\/+$/, "")}${attachmentsPath}/${token}`;
}

/** The attachment that a URL's token is for, or why it opens nothing. */
export function readAttachmentToken(
  services: Pick<Services, "config" | "clock">,
  token: string,
): { readonly attachmentId: string } | "forged" | "expired" {
  const [, signed, expires] = pattern.exec(token) ?? [];
  if (signed === undefined || expires === undefined) return "forged";
  const attachmentId = verifyShortToken(services.config.appSecrets, purposeOf(expires.toLowerCase()), signed);
  if (attachmentId === null) return "forged";
  return services.clock.now().getTime() >= Number.parseInt(expires, 36) ? "expired" : { attachmentId };
}

// The moment is signed along as part of the purpose, so that the token stays short.
function purposeOf(expires: string): string {
  return `attachment:${expires}`;
}
