import { v7 } from "uuid";
import type { Statement, Transaction } from "../database/database.js";
import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import { RequestRefused } from "./request-refused.js";

const mebibyte = 1_048_576;
const dayMs = 86_400_000;
/** What one uploader may have waiting to be sent. */
const maxWaiting = { files: 50, bytes: 200 * mebibyte };
/** What a visitor may upload in 24 hours, sent or not: nobody knows them, and sending is free. */
const maxOfVisitor = { files: 200, bytes: 1024 * mebibyte };

/**
 * Locks the row of whoever uploads and returns its id; null when they are no longer there. People are above files, so
 * app.ts hands this over: `lockViewer` of src/visitors.
 */
export type LockUploader = (transaction: Transaction, viewer: Viewer) => Promise<string | null>;

/**
 * Makes the row of an upload before its file: whatever happens to the upload, the job that removes what is left behind
 * finds it. Returns the attachment's id.
 * @param maxBytes the most that may come: counted until the size is known
 * @throws RequestRefused 429 while too much of this uploader's waits to be sent; 401 for a visitor who was just erased
 */
export async function reserveUpload(
  services: Services,
  lockUploader: LockUploader,
  viewer: Viewer,
  maxBytes: number,
): Promise<string> {
  const id = v7();
  const now = services.clock.now();
  const dayAgo = new Date(now.getTime() - dayMs);
  await services.database.transaction(async (transaction) => {
    // Locked, so that uploads at once are counted one after the other.
    const uploaderId = await lockUploader(transaction, viewer);
    if (uploaderId === null) throw new RequestRefused(401, "This session is over: begin a new one, or sign in again.");
    const [held] = await transaction.query<Held>(heldStatement, [uploaderId, dayAgo]);
    if (held === undefined) throw new Error("A count came back without a row.");
    const fits = ({ files, bytes }: Counted, most: Counted) => files < most.files && bytes + maxBytes <= most.bytes;
    if (!fits({ files: held.waitingFiles, bytes: held.waitingBytes }, maxWaiting)) {
      throw new RequestRefused(
        429,
        "Too many of your uploads wait to be sent: send some of them, or try again when they are removed after 24 hours.",
        { "retry-after": "3600" },
      );
    }
    if (viewer.kind === "visitor" && !fits({ files: held.recentFiles, bytes: held.recentBytes }, maxOfVisitor)) {
      throw new RequestRefused(429, "You have uploaded too much within 24 hours: try again tomorrow.", {
        "retry-after": "3600",
      });
    }
    await transaction.query(reserveStatement, [id, viewer.kind.toUpperCase(), uploaderId, maxBytes, now]);
  });
  return id;
}

interface Counted {
  readonly files: number;
  readonly bytes: number;
}

interface Held {
  readonly waitingFiles: number;
  readonly waitingBytes: number;
  readonly recentFiles: number;
  readonly recentBytes: number;
}

const heldStatement: Statement = {
  name: "held-attachments",
  text: `
    SELECT waiting.files AS waiting_files, waiting.bytes AS waiting_bytes, recent.files AS recent_files,
      recent.bytes AS recent_bytes
    FROM (SELECT count(*) AS files, coalesce(sum(size_bytes), 0)::bigint AS bytes FROM attachments
      WHERE uploader_id = $1 AND message_id IS NULL AND removed_at IS NULL) AS waiting,
    (SELECT count(*) AS files, coalesce(sum(size_bytes), 0)::bigint AS bytes FROM attachments
      WHERE uploader_id = $1 AND created_at > $2) AS recent`,
};

const reserveStatement: Statement = {
  name: "reserve-attachment",
  text: `INSERT INTO attachments (id, uploader_kind, uploader_id, name, content_type, size_bytes, created_at)
    VALUES ($1, $2, $3, '', '', $4, $5)`,
};
