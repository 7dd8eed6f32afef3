import type { Statement } from "../database/database.js";
import { storageLimits } from "../limits/limit-table.js";
import type { Services } from "../services.js";
import { rowBytes } from "./store-original.js";

const retentionMs = 30 * 24 * 3_600_000;
const batchSize = 500;

/**
 * Removes the content of originals that did not become messages, 30 days after they were processed: long enough to
 * investigate a missing message. The rows stay, so that nothing is received twice; FAILED originals are left to an admin.
 * Of those that belonged to no conversation, the oldest are removed completely when they are too many.
 */
export async function removeOriginals(services: Services, signal?: AbortSignal): Promise<void> {
  await services.database.query(removeUnmatchedStatement, [rowBytes, storageLimits.unmatchedMail.max]);
  const before = new Date(services.clock.now().getTime() - retentionMs);
  for (;;) {
    const removed = await services.database.query(removeStatement, [before, batchSize]);
    if (removed.length < batchSize || signal?.aborted) return;
  }
}

const removeUnmatchedStatement: Statement = {
  name: "remove-originals-of-nobody",
  text: `
    DELETE FROM inbound_originals WHERE id IN (
      SELECT id FROM (
        SELECT id, sum(size_bytes + $1::bigint) OVER (PARTITION BY channel ORDER BY received_at DESC, id DESC) AS bytes
        FROM inbound_originals WHERE unmatched) AS newest
      WHERE bytes > $2)`,
};

const removeStatement: Statement = {
  name: "remove-originals",
  text: `
    UPDATE inbound_originals SET content = NULL, envelope = NULL WHERE id IN (
      SELECT id FROM inbound_originals WHERE content IS NOT NULL AND message_id IS NULL
        AND status IN ('UNDERSTOOD', 'DROPPED') AND settled_at < $1
      ORDER BY settled_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING id`,
};
