import { writeFile } from "node:fs/promises";
import { v7 } from "uuid";
import type { Statement, Transaction } from "../database/database.js";
import { describeError } from "../logger.js";
import type { Services } from "../services.js";
import type { SentAttachment } from "./attachment.entity.js";
import { attachmentName } from "./attachment-name.js";
import { isRefused, sniffContent } from "./content-type.js";
import { maxFileBytes } from "./receive-file.js";
import { removeMarked } from "./remove-attachments.js";

/** A file that came with a message from outside. */
export interface GivenContent {
  /** As its sender calls it, untouched. */
  readonly name: string | null;
  readonly content: Uint8Array;
}

export type StoredContent =
  | { readonly outcome: "stored"; readonly attachment: SentAttachment }
  | { readonly outcome: "refused"; readonly name: string; readonly why: string };

// Nobody's until a message claims it.
const nobody = "00000000-0000-0000-0000-000000000000";

/**
 * Stores a file that came in, as an upload of nobody's: the row first, so that whatever is left behind is found by the
 * job that removes what nobody sent. Rejects when it cannot be stored now.
 */
export async function storeContent(services: Services, { name, content }: GivenContent): Promise<StoredContent> {
  const shown = attachmentName(name ?? "attachment");
  const refused = (why: string): StoredContent => ({ outcome: "refused", name: shown, why });
  const sizeBytes = content.byteLength;
  if (sizeBytes === 0) return refused("the file is empty");
  if (sizeBytes > maxFileBytes) return refused("the file is larger than 20 MB");
  const { attachments, database, clock } = services;
  const id = v7();
  await database.query(reserveStatement, [id, nobody, sizeBytes, clock.now()]);
  try {
    const path = await attachments.incomingPath(id);
    await writeFile(path, content, { flag: "wx", mode: 0o600 });
    const sniffed = await sniffContent(path);
    if (isRefused(sniffed, shown)) {
      await discardContents(services, [id]);
      return refused("programs and scripts are not kept");
    }
    await attachments.keep(id, sizeBytes);
    const { contentType } = sniffed;
    await database.query(enterStatement, [id, shown, contentType, clock.now()]);
    return { outcome: "stored", attachment: { id, name: shown, contentType, sizeBytes } };
  } catch (error) {
    await discardContents(services, [id]);
    throw error;
  }
}

/** Gives stored files to the message of a visitor that is written in this transaction. */
export async function claimContents(
  transaction: Transaction,
  visitorId: string,
  ids: readonly string[],
  messageId: string,
): Promise<void> {
  if (ids.length === 0) return;
  const claimed = await transaction.query(claimStatement, [ids, visitorId, messageId]);
  if (claimed.length < ids.length) throw new Error("A file that came in was removed before its message was written.");
}

/** Takes stored files away again that no message has claimed. What cannot be taken away now is left to the job. */
export async function discardContents(services: Services, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  try {
    await services.database.query(discardStatement, [ids, services.clock.now()]);
    await removeMarked(services);
  } catch (error) {
    services.logger.warn("Files that came in could not be taken back; the job will.", { reason: describeError(error) });
  }
}

const reserveStatement: Statement = {
  name: "reserve-content",
  text: `INSERT INTO attachments (id, uploader_kind, uploader_id, name, content_type, size_bytes, created_at)
    VALUES ($1, 'VISITOR', $2, '', '', $3, $4)`,
};

const enterStatement: Statement = {
  name: "enter-content",
  text: "UPDATE attachments SET name = $2, content_type = $3, uploaded_at = $4 WHERE id = $1",
};

const claimStatement: Statement = {
  name: "claim-contents",
  text: `UPDATE attachments SET message_id = $3, uploader_id = $2
    WHERE id = ANY ($1::uuid[]) AND message_id IS NULL AND removed_at IS NULL RETURNING id`,
};

const discardStatement: Statement = {
  name: "discard-contents",
  text: `UPDATE attachments SET removed_at = $2 WHERE id = ANY ($1::uuid[]) AND message_id IS NULL AND removed_at IS NULL`,
};
