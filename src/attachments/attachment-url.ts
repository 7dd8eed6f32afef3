import type { Services } from "../services.js";
import { signExpiringToken, verifyExpiringToken } from "../tokens/expiring-token.js";

/** Where attachments are uploaded to and downloaded from. */
export const attachmentsPath = "/attachments";

const purpose = "attachment";

/** A URL that downloads the attachment, for whoever has it, until `lifetimeMs` from now. Nothing is stored. */
export function attachmentUrl(services: Pick<Services, "config" | "clock">, id: string, lifetimeMs: number): string {
  const token = signExpiringToken(services, purpose, id, lifetimeMs);
  return `${services.config.publicUrl.replace(/\/+$/, "")}${attachmentsPath}/${token}`;
}

/** The attachment that a URL's token is for, or why it opens nothing. */
export function readAttachmentToken(
  services: Pick<Services, "config" | "clock">,
  token: string,
): { readonly attachmentId: string } | "forged" | "expired" {
  const read = verifyExpiringToken(services, purpose, token);
  return typeof read === "string" ? read : { attachmentId: read.id };
}
