import { v7 } from "uuid";
import type { Statement, Transaction } from "../database/database.js";
import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import { HttpError } from "./http-error.js";
import { mebibyte } from "./limit-uploads.js";

/** How much one uploader may have uploaded without having sent it. */
const maxUnsent = { files: 50, bytes: 200 * mebibyte };
/**
 * Locks the row of the uploader and returns its id; null if the visitor or agent no longer exists. src/attachments must
 * not import src/visitors, so app.ts passes it in: it is `lockViewer`.
 */
export type LockUploader = (transaction: Transaction, viewer: Viewer) => Promise<string | null>;

/**
 * Inserts the row of an upload before its file is received, so that the cleanup job finds it whatever happens. Returns the
 * attachment's id.
 * @param maxBytes the maximum size, which counts towards the limits until the actual size is known
 * @throws HttpError 429 if the uploader has reached a limit; 401 for a visitor who has just been erased
 */
export async function reserveUpload(
  services: Services,
  lockUploader: LockUploader,
  viewer: Viewer,
  maxBytes: number,
): Promise<string> {
  const id = v7();
  const now = services.clock.now();
  await services.database.transaction(async (transaction) => {
    // The lock serialises concurrent uploads, so that each one counts the others.
    const uploaderId = await lockUploader(transaction, viewer);
    if (uploaderId === null) throw new HttpError(401, "This session has ended: start a new one, or sign in again.");
    const [unsent] = await transaction.query<Usage>(readUsageStatement, [uploaderId]);
    if (unsent === undefined) throw new Error("The usage query returned no row.");
    if (unsent.files >= maxUnsent.files || unsent.bytes + maxBytes > maxUnsent.bytes) {
      throw new HttpError(
        429,
        "Too many of your uploads have not been sent: send some of them, or wait until they are removed after 24 hours.",
        { "retry-after": "3600" },
      );
    }
    await transaction.query(reserveStatement, [id, viewer.kind.toUpperCase(), uploaderId, maxBytes, now]);
  });
  return id;
}

interface Usage {
  readonly files: number;
  readonly bytes: number;
}

const readUsageStatement: Statement = {
  name: "read-upload-usage",
  text: `SELECT count(*) AS files, coalesce(sum(size_bytes), 0)::bigint AS bytes FROM attachments
    WHERE uploader_id = $1 AND message_id IS NULL AND removed_at IS NULL`,
};

const reserveStatement: Statement = {
  name: "reserve-upload",
  text: `INSERT INTO attachments (id, uploader_kind, uploader_id, name, content_type, size_bytes, created_at)
    VALUES ($1, $2, $3, '', '', $4, $5)`,
};
