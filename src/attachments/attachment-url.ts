import type { Services } from "../services.js";
import { signExpiringToken, verifyExpiringToken } from "../tokens/expiring-token.js";

/** The path for uploads and downloads. */
export const attachmentsPath = "/attachments";

const purpose = "attachment";

/** A signed URL that downloads the attachment without further authentication for `lifetimeMs`. Nothing is stored. */
export function attachmentUrl(services: Pick<Services, "config" | "clock">, id: string, lifetimeMs: number): string {
  const token = signExpiringToken(services, purpose, id, lifetimeMs);
  return `${services.config.publicUrl.replace(/\/+$/, "")}${attachmentsPath}/${token}`;
}

/** The attachment that a URL's token was signed for, or why the token is not valid. */
export function verifyAttachmentToken(
  services: Pick<Services, "config" | "clock">,
  token: string,
): { readonly attachmentId: string } | "forged" | "expired" {
  const verified = verifyExpiringToken(services, purpose, token);
  return typeof verified === "string" ? verified : { attachmentId: verified.id };
}
