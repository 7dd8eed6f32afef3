import { writeFile } from "node:fs/promises";
import { v7 } from "uuid";
import type { Statement, Transaction } from "../database/database.js";
import { describeError } from "../logger.js";
import type { Services } from "../services.js";
import type { SentAttachment } from "./attachment.entity.js";
import { maxFileBytes } from "./receive-file.js";
import { removeMarkedAttachments } from "./remove-attachments.js";
import { sanitizeFileName } from "./sanitize-file-name.js";
import { isBlockedFile, sniffContent } from "./sniff-content.js";

/** A file that arrived with a message through a channel. */
export interface InboundFile {
  /** As the sender named it, not sanitised yet. */
  readonly name: string | null;
  readonly content: Uint8Array;
}

export type StoredInboundFile =
  | { readonly outcome: "stored"; readonly attachment: SentAttachment }
  | { readonly outcome: "refused"; readonly name: string; readonly why: string };

// The uploader until a message claims the file.
const noUploaderId = "00000000-0000-0000-0000-000000000000";

/**
 * Stores a received file as an upload without an uploader. The row is inserted first, so that the job that removes unsent
 * uploads finds the file if no message claims it. Rejects if it cannot be stored at the moment.
 */
export async function storeInboundFile(services: Services, { name, content }: InboundFile): Promise<StoredInboundFile> {
  const fileName = sanitizeFileName(name ?? "attachment");
  const refused = (why: string): StoredInboundFile => ({ outcome: "refused", name: fileName, why });
  const sizeBytes = content.byteLength;
  if (sizeBytes === 0) return refused("the file is empty");
  if (sizeBytes > maxFileBytes) return refused("the file is larger than 20 MB");
  const { attachments, database, clock } = services;
  const id = v7();
  await database.query(reserveStatement, [id, noUploaderId, sizeBytes, clock.now()]);
  try {
    const path = await attachments.incomingPath(id);
    await writeFile(path, content, { flag: "wx", mode: 0o600 });
    const sniffed = await sniffContent(path);
    if (isBlockedFile(sniffed, fileName)) {
      await discardInboundFiles(services, [id]);
      return refused("programs and scripts are not accepted");
    }
    await attachments.store(id, sizeBytes);
    const { contentType } = sniffed;
    await database.query(completeStatement, [id, fileName, contentType, clock.now()]);
    return { outcome: "stored", attachment: { id, name: fileName, contentType, sizeBytes } };
  } catch (error) {
    await discardInboundFiles(services, [id]);
    throw error;
  }
}

/** Assigns stored files to the visitor's message that this transaction writes. */
export async function claimInboundFiles(
  transaction: Transaction,
  visitorId: string,
  ids: readonly string[],
  messageId: string,
): Promise<void> {
  if (ids.length === 0) return;
  const claimed = await transaction.query(claimStatement, [ids, visitorId, messageId]);
  if (claimed.length < ids.length) throw new Error("A received file was removed before its message was written.");
}

/** Removes those of the stored files that no message has claimed. What cannot be removed now is left to the cleanup job. */
export async function discardInboundFiles(services: Services, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  try {
    await services.database.query(discardStatement, [ids, services.clock.now()]);
    await removeMarkedAttachments(services);
  } catch (error) {
    services.logger.warn("Unclaimed files could not be removed: the cleanup job will retry", {
      reason: describeError(error),
    });
  }
}

const reserveStatement: Statement = {
  name: "reserve-inbound-file",
  text: `INSERT INTO attachments (id, uploader_kind, uploader_id, name, content_type, size_bytes, created_at)
    VALUES ($1, 'VISITOR', $2, '', '', $3, $4)`,
};

const completeStatement: Statement = {
  name: "complete-inbound-file",
  text: "UPDATE attachments SET name = $2, content_type = $3, uploaded_at = $4 WHERE id = $1",
};

const claimStatement: Statement = {
  name: "claim-inbound-files",
  text: `UPDATE attachments SET message_id = $3, uploader_id = $2
    WHERE id = ANY ($1::uuid[]) AND message_id IS NULL AND removed_at IS NULL RETURNING id`,
};

const discardStatement: Statement = {
  name: "discard-inbound-files",
  text: `UPDATE attachments SET removed_at = $2 WHERE id = ANY ($1::uuid[]) AND message_id IS NULL AND removed_at IS NULL`,
};
