import type { Readable } from "node:stream";
import type { Statement } from "../database/database.js";
import { describeError } from "../logger.js";
import type { Services } from "../services.js";
import { Attachment } from "./attachment.entity.js";
import { verifyAttachmentToken } from "./attachment-url.js";
import { HttpError, tooManyRequests } from "./http-error.js";
import { mebibyte } from "./limit-uploads.js";

/**
 * Opens the file that a signed URL refers to.
 * @param network whose downloads are counted
 * @throws HttpError 403 if the URL is forged or has expired, 410 or 404 if the file no longer exists, 429 after too many downloads, 503 if
 *   the storage cannot be read
 */
export async function openDownload(
  services: Services,
  token: string,
  network: string,
): Promise<{ readonly attachment: Attachment; readonly content: Readable }> {
  const verified = verifyAttachmentToken(services, token);
  if (verified === "forged") {
    throw new HttpError(403, "This link is not valid: copy all of it, or open the conversation again.");
  }
  if (verified === "expired") {
    throw new HttpError(403, "This link has expired: open the conversation again for a new one.");
  }
  const [row] = await services.database.query<Attachment>(findStatement, [verified.attachmentId]);
  if (row === undefined) throw new HttpError(404, "This file no longer exists: ask for it to be sent again.");
  if (row.removedAt !== null) throw new HttpError(410, "This file was removed: ask for it to be sent again.");
  const points = 1 + Math.floor(row.sizeBytes / mebibyte);
  const seconds = await services.limits.trySpending([{ limit: "downloadsOfNetwork", key: network, points }]);
  if (seconds > 0) throw tooManyRequests(seconds);
  const content = await services.attachments.read(row.id).catch((error) => {
    services.logger.error("An attachment could not be read", { attachment: row.id, reason: describeError(error) });
    throw new HttpError(503, "The file cannot be read now: try again later.", { "retry-after": "60" });
  });
  if (content === null) {
    services.logger.error("The file of an attachment is missing from the storage", { attachment: row.id });
    throw new HttpError(404, "This file cannot be found: ask for it to be sent again.");
  }
  return { attachment: Object.assign(new Attachment(), row), content };
}

const findStatement: Statement = {
  name: "find-attachment",
  text: "SELECT * FROM attachments WHERE id = $1 AND uploaded_at IS NOT NULL",
};
