import type { Transaction } from "../database/database.js";

/** Of originals that are emails: other channels store originals too, which no list shows. */
export const emailContentType = "message/rfc822";

/** Publishes that an original was stored or changed, if it is an email. */
export function publishInboundEmail(
  publisher: Pick<Transaction, "publish">,
  { id, contentType }: { readonly id: string; readonly contentType: string },
): void {
  if (contentType === emailContentType) publisher.publish({ type: "inboundEmailUpdated", inboundEmailId: id });
}
