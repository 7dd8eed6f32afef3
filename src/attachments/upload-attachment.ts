import type { MultipartFile } from "@fastify/multipart";
import type { Statement } from "../database/database.js";
import { describeError } from "../logger.js";
import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import type { SentAttachment } from "./attachment.entity.js";
import { attachmentName } from "./attachment-name.js";
import { isStorageFull } from "./attachment-storage.js";
import { isRefused, sniffContent } from "./content-type.js";
import { receiveFile } from "./receive-file.js";
import { RequestRefused } from "./request-refused.js";
import { type LockUploader, reserveUpload } from "./reserve-upload.js";

/** A file that has come in whole, and is not an attachment before `finish`. */
export interface ReceivedUpload {
  /** Sniffs, keeps and enters it. @throws RequestRefused 415, 507 or 503; nothing of it is left then. */
  finish(): Promise<SentAttachment>;
  /** Takes it away again. */
  discard(): Promise<void>;
}

/**
 * Receives an upload: the row first, then the file. Whatever goes wrong, nothing is left of it, or what is left has a
 * row by which the job finds it.
 * @param maxBytes the most that may come
 * @throws RequestRefused
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
      throw explain(services, error);
    }
  };
  const path = await orDiscard(() => attachments.incomingPath(id));
  const sizeBytes = await orDiscard(() => receiveFile(part, path));
  return {
    discard: () => discard(services, id),
    finish: () =>
      orDiscard(async () => {
        const name = attachmentName(part.filename);
        const content = await sniffContent(path);
        if (isRefused(content, name)) {
          throw new RequestRefused(
            415,
            "Programs and scripts cannot be sent: choose another file, or put it into an archive.",
          );
        }
        await attachments.keep(id, sizeBytes);
        const { contentType } = content;
        const entered = await services.database.query(enterStatement, [
          id,
          name,
          contentType,
          sizeBytes,
          services.clock.now(),
        ]);
        // Erased, or given up as left behind, meanwhile.
        if (entered.length === 0) throw new RequestRefused(401, "This session is over: begin a new one.");
        return { id, name, contentType, sizeBytes };
      }),
  };
}

// What cannot be taken away now stays entered, and the job tries again.
async function discard(services: Services, id: string): Promise<void> {
  try {
    await services.attachments.remove(id);
    await services.database.query(dropStatement, [id]);
  } catch (error) {
    services.logger.warn("An upload could not be taken back; the job will.", { reason: describeError(error) });
  }
}

function explain(services: Services, error: unknown): unknown {
  if (error instanceof RequestRefused) return error;
  const reason = describeError(error instanceof Error ? (error.cause ?? error) : error);
  if (isStorageFull(error)) {
    services.logger.error("The storage of attachments is full: an upload was refused.", { reason });
    return new RequestRefused(507, "There is no room for files at the moment: try again later, or send it without.");
  }
  services.logger.error("An upload could not be stored.", { reason });
  return new RequestRefused(503, "The file could not be stored: try again later.", { "retry-after": "60" });
}

const enterStatement: Statement = {
  name: "enter-attachment",
  text: `UPDATE attachments SET name = $2, content_type = $3, size_bytes = $4, uploaded_at = $5
    WHERE id = $1 AND removed_at IS NULL RETURNING id`,
};

const dropStatement: Statement = { name: "drop-upload", text: "DELETE FROM attachments WHERE id = $1" };
