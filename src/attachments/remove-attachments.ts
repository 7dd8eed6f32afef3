import type { Statement, Transaction } from "../database/database.js";
import { describeError } from "../logger.js";
import type { Services } from "../services.js";

const batchSize = 100;
/** Files removed at the same time. */
const removersPerBatch = 10;
/** An upload that nobody sent. */
const unsentForMs = 24 * 3_600_000;
/** An upload that never ended: a process died. Longer than any upload may take. */
const unfinishedForMs = 3_600_000;

/**
 * Removes uploads that nobody sent within 24 hours, what a killed process left behind, and files that are marked to go.
 * Marked first, so that nothing can be sent while its file goes; the row goes last, so that a run that breaks off is
 * taken up by the next one.
 */
export async function removeAttachments(services: Services, signal?: AbortSignal): Promise<void> {
  const now = services.clock.now();
  const earlier = (ms: number) => new Date(now.getTime() - ms);
  for (;;) {
    const marked = await services.database.query(markLeftStatement, [
      now,
      earlier(unsentForMs),
      earlier(unfinishedForMs),
      batchSize,
    ]);
    if (marked.length < batchSize || signal?.aborted) break;
  }
  await removeMarked(services, signal);
}

/** Removes the files that are marked to go, then their rows. What cannot be removed now stays for the next run. */
export async function removeMarked(services: Services, signal?: AbortSignal): Promise<void> {
  const { database, attachments, logger } = services;
  let failures = 0;
  let lastFailure: unknown;
  let after = "00000000-0000-0000-0000-000000000000";
  while (!signal?.aborted) {
    const batch = await database.query<{ id: string }>(markedStatement, [after, batchSize]);
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
    await Promise.all(Array.from({ length: removersPerBatch }, remove));
    await database.query(deleteStatement, [removed]);
    const last = ids.at(-1);
    if (last === undefined || ids.length < batchSize) break;
    after = last;
  }
  if (failures > 0) {
    logger.error("Attachments could not be removed; the next run tries again.", {
      files: failures,
      reason: describeError(lastFailure),
    });
  }
}

/** Marks what a visitor uploaded, and what came with messages of these conversations, names included: it is to go. */
export async function markErased(
  transaction: Transaction,
  visitorId: string,
  conversationIds: readonly string[],
  now: Date,
): Promise<void> {
  await transaction.query(markErasedStatement, [visitorId, conversationIds, now]);
}

/** Marks the files of a message, names included: they are to go. */
export async function markMessageFiles(transaction: Transaction, messageId: string, now: Date): Promise<void> {
  await transaction.query(markMessageStatement, [messageId, now]);
}

// Nobody else can wait for these rows: what is being claimed is skipped, and is sent then.
const markLeftStatement: Statement = {
  name: "mark-left-attachments",
  text: `
    UPDATE attachments SET removed_at = $1 WHERE id IN (
      SELECT id FROM attachments WHERE message_id IS NULL AND removed_at IS NULL AND created_at <= $3
        AND coalesce(uploaded_at <= $2, true)
      ORDER BY created_at LIMIT $4 FOR UPDATE SKIP LOCKED)
    RETURNING id`,
};

const markedStatement: Statement = {
  name: "marked-attachments",
  text: "SELECT id FROM attachments WHERE removed_at IS NOT NULL AND id > $1 ORDER BY id LIMIT $2",
};

const deleteStatement: Statement = {
  name: "delete-attachments",
  text: "DELETE FROM attachments WHERE id = ANY ($1::uuid[]) AND removed_at IS NOT NULL",
};

const markMessageStatement: Statement = {
  name: "mark-attachments-of-message",
  text: "UPDATE attachments SET removed_at = coalesce(removed_at, $2), name = '' WHERE message_id = $1",
};

const markErasedStatement: Statement = {
  name: "mark-erased-attachments",
  text: `
    UPDATE attachments SET removed_at = coalesce(removed_at, $3), name = ''
    WHERE (uploader_kind = 'VISITOR' AND uploader_id IN (SELECT id FROM visitors WHERE id = $1 OR alias_of = $1))
      OR message_id IN (SELECT id FROM messages WHERE conversation_id = ANY ($2::uuid[]))`,
};
