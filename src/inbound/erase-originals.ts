import type { Statement, Transaction } from "../database/database.js";

const emptied = "content = NULL, envelope = NULL, sender = NULL, recipients = '{}', subject = NULL, detail = NULL";

/**
 * Empties what came in for conversations of a visitor who is being erased, and what came from their address and was
 * understood as nobody's; the rows stay, so that nothing is taken in twice. The caller has locked the visitor.
 */
export async function eraseOriginals(
  transaction: Transaction,
  visitorId: string,
  conversationIds: readonly string[],
): Promise<void> {
  await transaction.query(eraseUnroutedStatement, [visitorId]);
  await transaction.query(eraseStatement, [conversationIds]);
  await transaction.query(eraseSendersStatement, [conversationIds]);
}

/** Nothing of an original is needed any more but that it came. */
export async function emptyOriginal(transaction: Transaction, originalId: string): Promise<void> {
  await transaction.query(emptySpentStatement, [originalId]);
}

/** What came for a visitor who has been erased is not kept. */
export async function emptyOriginalOfErased(transaction: Transaction, originalId: string): Promise<void> {
  await transaction.query(emptyStatement, [originalId]);
}

const eraseStatement: Statement = {
  name: "erase-originals",
  text: `
    UPDATE inbound_originals SET ${emptied},
      status = CASE status WHEN 'UNDERSTOOD' THEN status ELSE 'DROPPED' END,
      reason = CASE status WHEN 'UNDERSTOOD' THEN NULL ELSE 'ERASED' END,
      next_attempt_at = NULL, lease_token = NULL
    WHERE conversation_id = ANY ($1::uuid[])`,
};

// What still waits is found out about when its turn comes. Before the visitor's own row is emptied.
const eraseUnroutedStatement: Statement = {
  name: "erase-unrouted-originals",
  text: `
    UPDATE inbound_originals SET ${emptied}, status = 'DROPPED', reason = 'ERASED'
    FROM visitors WHERE visitors.id = $1 AND visitors.email IS NOT NULL
      AND inbound_originals.conversation_id IS NULL AND inbound_originals.status IN ('DROPPED', 'FAILED')
      AND strpos(lower(inbound_originals.sender), lower(visitors.email)) > 0`,
};

const eraseSendersStatement: Statement = {
  name: "erase-senders",
  text: `DELETE FROM message_senders USING messages
    WHERE messages.id = message_senders.message_id AND messages.conversation_id = ANY ($1::uuid[])`,
};

const emptySpentStatement: Statement = {
  name: "empty-spent-original",
  text: `UPDATE inbound_originals SET ${emptied} WHERE id = $1`,
};

const emptyStatement: Statement = {
  name: "empty-original-of-erased",
  text: `
    UPDATE inbound_originals SET ${emptied} FROM conversations JOIN visitors ON visitors.id = conversations.visitor_id
    WHERE inbound_originals.id = $1 AND conversations.id = inbound_originals.conversation_id
      AND visitors.erased_at IS NOT NULL`,
};
