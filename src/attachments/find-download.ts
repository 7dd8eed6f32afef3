import type { Readable } from "node:stream";
import type { Statement } from "../database/database.js";
import { describeError } from "../logger.js";
import type { Services } from "../services.js";
import { Attachment } from "./attachment.entity.js";
import { readAttachmentToken } from "./attachment-url.js";
import { RequestRefused } from "./request-refused.js";

/**
 * The file that a signed URL is for.
 * @throws RequestRefused 403 for a URL that is forged or has expired, 410 and 404 for a file that is there no more,
 *   503 while the storage does not answer
 */
export async function findDownload(
  services: Services,
  token: string,
): Promise<{ readonly attachment: Attachment; readonly content: Readable }> {
  const read = readAttachmentToken(services, token);
  if (read === "forged") {
    throw new RequestRefused(403, "This link is not valid: copy the whole of it, or open the conversation again.");
  }
  if (read === "expired") {
    throw new RequestRefused(403, "This link has expired: open the conversation again for a new one.");
  }
  const [row] = await services.database.query<Attachment>(findStatement, [read.attachmentId]);
  if (row === undefined) throw new RequestRefused(404, "There is no such file any more: ask for it to be sent again.");
  if (row.removedAt !== null) throw new RequestRefused(410, "This file was removed: ask for it to be sent again.");
  const content = await services.attachments.read(row.id).catch((error) => {
    services.logger.error("An attachment cannot be read.", { attachment: row.id, reason: describeError(error) });
    throw new RequestRefused(503, "The file cannot be read now: try again later.", { "retry-after": "60" });
  });
  if (content === null) {
    services.logger.error("The file of an attachment is missing from the storage.", { attachment: row.id });
    throw new RequestRefused(404, "This file cannot be found: ask for it to be sent again.");
  }
  return { attachment: Object.assign(new Attachment(), row), content };
}

const findStatement: Statement = {
  name: "find-attachment",
  text: "SELECT * FROM attachments WHERE id = $1 AND uploaded_at IS NOT NULL",
};
