import type { MultipartFile } from "@fastify/multipart";
import type { Statement } from "../database/database.js";
import { describeError } from "../logger.js";
import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import type { SentAttachment } from "./attachment.entity.js";
import { isStorageFull } from "./attachment-storage.js";
import { HttpError } from "./http-error.js";
import { receiveFile } from "./receive-file.js";
import { type LockUploader, reserveUpload } from "./reserve-upload.js";
import { sanitizeFileName } from "./sanitize-file-name.js";
import { isBlockedFile, sniffContent } from "./sniff-content.js";

/** A file that has been received completely, but is not an attachment until `finish` is called. */
export interface ReceivedUpload {
  /** Checks its content and stores it. @throws HttpError 415, 507 or 503, after removing everything that was written */
  finish(): Promise<SentAttachment>;
  /** Removes everything that was written. */
  discard(): Promise<void>;
}

/**
 * Receives an upload: first the row, then the file. If it fails, everything is removed, or has a row by which the cleanup
 * job finds it.
 * @param maxBytes the maximum size
 * @throws HttpError
 */
export async function receiveUpload(
  services: Services,
  lockUploader: LockUploader,
  viewer: Viewer,
  part: MultipartFile,
  maxBytes: number,
): Promise<ReceivedUpload> {
  const { attachments } = services;
  const id = await reserveUpload(services, lockUploader, viewer, maxBytes);
  const orDiscard = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      await discard(services, id);
      throw toHttpError(services, error);
    }
  };
  const path = await orDiscard(() => attachments.incomingPath(id));
  const sizeBytes = await orDiscard(() => receiveFile(part, path));
  return {
    discard: () => discard(services, id),
    finish: () =>
      orDiscard(async () => {
        const name = sanitizeFileName(part.filename);
        const content = await sniffContent(path);
        if (isBlockedFile(content, name)) {
          throw new HttpError(
            415,
            "Programs and scripts cannot be sent, nor installers, shortcuts and Office files with macros: choose another file, or put it into an archive.",
          );
        }
        await attachments.store(id, sizeBytes);
        const { contentType } = content;
        const completed = await services.database.query(completeStatement, [
          id,
          name,
          contentType,
          sizeBytes,
          services.clock.now(),
        ]);
        // The visitor was erased, or the cleanup job considered the upload abandoned.
        if (completed.length === 0) throw new HttpError(401, "This session has ended: start a new one.");
        return { id, name, contentType, sizeBytes };
      }),
  };
}

// If it fails, the row stays, and the cleanup job retries.
async function discard(services: Services, id: string): Promise<void> {
  try {
    await services.attachments.remove(id);
    await services.database.query(deleteStatement, [id]);
  } catch (error) {
    services.logger.warn("A failed upload could not be removed: the cleanup job will retry", {
      reason: describeError(error),
    });
  }
}

function toHttpError(services: Services, error: unknown): unknown {
  if (error instanceof HttpError) return error;
  const reason = describeError(error instanceof Error ? (error.cause ?? error) : error);
  if (isStorageFull(error)) {
    services.logger.error("The attachment storage is full: an upload was rejected", { reason });
    return new HttpError(507, "The server's storage is full: try again later, or send the message without the file.");
  }
  services.logger.error("An upload could not be stored", { reason });
  return new HttpError(503, "The file could not be stored: try again later.", { "retry-after": "60" });
}

const completeStatement: Statement = {
  name: "complete-upload",
  text: `UPDATE attachments SET name = $2, content_type = $3, size_bytes = $4, uploaded_at = $5
    WHERE id = $1 AND removed_at IS NULL RETURNING id`,
};

const deleteStatement: Statement = { name: "delete-upload", text: "DELETE FROM attachments WHERE id = $1" };
