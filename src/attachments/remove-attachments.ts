import type { Statement, Transaction } from "../database/database.js";
import { describeError } from "../logger.js";
import type { Services } from "../services.js";

const batchSize = 100;
const maxConcurrentRemovals = 10;
/** How long an upload that was not sent is kept. */
const unsentForMs = 24 * 3_600_000;
/** How long an unfinished upload is kept, as left by a process that died. Longer than any upload may take. */
const unfinishedForMs = 3_600_000;

/**
 * Removes uploads that were not sent within 24 hours, unfinished ones of processes that died, and files that are marked
 * for removal. Rows are marked first, so that a file cannot be sent while it is being removed, and deleted last, so that
 * the next run continues an interrupted one.
 */
export async function removeAttachments(services: Services, signal?: AbortSignal): Promise<void> {
  const now = services.clock.now();
  const earlier = (ms: number) => new Date(now.getTime() - ms);
  for (;;) {
    const marked = await services.database.query(markAbandonedStatement, [
      now,
      earlier(unsentForMs),
      earlier(unfinishedForMs),
      batchSize,
    ]);
    if (marked.length < batchSize || signal?.aborted) break;
  }
  await removeMarkedAttachments(services, signal);
}

/** Deletes the files that are marked for removal, then their rows. What cannot be deleted now is left to the next run. */
export async function removeMarkedAttachments(services: Services, signal?: AbortSignal): Promise<void> {
  const { database, attachments, logger } = services;
  let failures = 0;
  let lastFailure: unknown;
  let after = "00000000-0000-0000-0000-000000000000";
  while (!signal?.aborted) {
    const batch = await database.query<{ id: string }>(listMarkedStatement, [after, batchSize]);
    const ids = batch.map((row) => row.id);
    const removed: string[] = [];
    const remaining = [...ids];
    const remove = async (): Promise<void> => {
      for (let id = remaining.pop(); id !== undefined; id = remaining.pop()) {
        try {
          await attachments.remove(id);
          removed.push(id);
        } catch (error) {
          failures += 1;
          lastFailure = error;
        }
      }
    };
    await Promise.all(Array.from({ length: maxConcurrentRemovals }, remove));
    await database.query(deleteStatement, [removed]);
    const last = ids.at(-1);
    if (last === undefined || ids.length < batchSize) break;
    after = last;
  }
  if (failures > 0) {
    logger.error("Attachments could not be removed: the next run will retry", {
      files: failures,
      reason: describeError(lastFailure),
    });
  }
}

/** Marks a visitor's uploads and the files of these conversations for removal, and erases their names. */
export async function markErasedAttachments(
  transaction: Transaction,
  visitorId: string,
  conversationIds: readonly string[],
  now: Date,
): Promise<void> {
  await transaction.query(markErasedStatement, [visitorId, conversationIds, now]);
}

/** Marks the files of a message for removal, and erases their names. */
export async function markMessageAttachments(transaction: Transaction, messageId: string, now: Date): Promise<void> {
  await transaction.query(markMessageStatement, [messageId, now]);
}

// Skips locked rows: those are being claimed by a message.
const markAbandonedStatement: Statement = {
  name: "mark-abandoned-attachments",
  text: `
    UPDATE attachments SET removed_at = $1 WHERE id IN (
      SELECT id FROM attachments WHERE message_id IS NULL AND removed_at IS NULL AND created_at <= $3
        AND coalesce(uploaded_at <= $2, true)
      ORDER BY created_at LIMIT $4 FOR UPDATE SKIP LOCKED)
    RETURNING id`,
};

const listMarkedStatement: Statement = {
  name: "list-marked-attachments",
  text: "SELECT id FROM attachments WHERE removed_at IS NOT NULL AND id > $1 ORDER BY id LIMIT $2",
};

const deleteStatement: Statement = {
  name: "delete-marked-attachments",
  text: "DELETE FROM attachments WHERE id = ANY ($1::uuid[]) AND removed_at IS NOT NULL",
};

const markMessageStatement: Statement = {
  name: "mark-message-attachments",
  text: "UPDATE attachments SET removed_at = coalesce(removed_at, $2), name = '' WHERE message_id = $1",
};

const markErasedStatement: Statement = {
  name: "mark-erased-attachments",
  text: `
    UPDATE attachments SET removed_at = coalesce(removed_at, $3), name = ''
    WHERE (uploader_kind = 'VISITOR' AND uploader_id IN (SELECT id FROM visitors WHERE id = $1 OR alias_of = $1))
      OR message_id IN (SELECT id FROM messages WHERE conversation_id = ANY ($2::uuid[]))`,
};
