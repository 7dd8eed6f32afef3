import type { MailAttachment } from "./mailbox-api.js";

/** Its size, as people say it. */
export function describeFile({ sizeBytes }: MailAttachment): string {
  if (sizeBytes < 1_000) return `${sizeBytes} bytes`;
  if (sizeBytes < 999_500) return `${Math.round(sizeBytes / 1_000)} KB`;
  return `${(sizeBytes / 1_000_000).toFixed(1)} MB`;
}
