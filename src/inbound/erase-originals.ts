import type { Statement, Transaction } from "../database/database.js";
import { publishInboundEmail } from "./publish-inbound-email.js";

const emptyColumns = "content = NULL, envelope = NULL, sender = NULL, recipients = '{}', subject = NULL, detail = NULL";

interface ErasedOriginal {
  readonly id: string;
  readonly contentType: string;
}

/**
 * Empties the originals of a visitor's conversations, and those sent from their address that were not assigned to any
 * conversation. The rows stay, so that nothing is received twice. The caller has locked the visitor.
 */
export async function eraseOriginals(
  transaction: Transaction,
  visitorId: string,
  conversationIds: readonly string[],
): Promise<void> {
  const unassigned = await transaction.query<ErasedOriginal>(eraseUnassignedStatement, [visitorId]);
  const assigned = await transaction.query<ErasedOriginal>(eraseStatement, [conversationIds]);
  for (const original of [...unassigned, ...assigned]) publishInboundEmail(transaction, original);
  await transaction.query(eraseSendersStatement, [conversationIds]);
}

/** Empties an original; its row stays, so that it is not received twice. */
export async function emptyOriginal(transaction: Transaction, originalId: string): Promise<void> {
  await transaction.query(emptyStatement, [originalId]);
}

/** Empties an original if its visitor has been erased. */
export async function emptyOriginalIfErased(transaction: Transaction, originalId: string): Promise<void> {
  await transaction.query(emptyIfErasedStatement, [originalId]);
}

const eraseStatement: Statement = {
  name: "erase-originals",
  text: `
    UPDATE inbound_originals SET ${emptyColumns},
      status = CASE status WHEN 'UNDERSTOOD' THEN status ELSE 'DROPPED' END,
      reason = CASE status WHEN 'UNDERSTOOD' THEN NULL ELSE 'ERASED' END,
      next_attempt_at = NULL, lease_token = NULL
    WHERE conversation_id = ANY ($1::uuid[]) RETURNING id, content_type`,
};

// Originals that are still RECEIVED are handled when they are interpreted. Runs before the visitor's row is emptied,
// because it needs the address.
const eraseUnassignedStatement: Statement = {
  name: "erase-unassigned-originals",
  text: `
    UPDATE inbound_originals SET ${emptyColumns}, status = 'DROPPED', reason = 'ERASED'
    FROM visitors WHERE visitors.id = $1 AND visitors.email IS NOT NULL
      AND inbound_originals.conversation_id IS NULL AND inbound_originals.status IN ('DROPPED', 'FAILED')
      AND strpos(lower(inbound_originals.sender), lower(visitors.email)) > 0
    RETURNING inbound_originals.id, inbound_originals.content_type`,
};

const eraseSendersStatement: Statement = {
  name: "erase-message-senders",
  text: `DELETE FROM message_senders USING messages
    WHERE messages.id = message_senders.message_id AND messages.conversation_id = ANY ($1::uuid[])`,
};

const emptyStatement: Statement = {
  name: "empty-original",
  text: `UPDATE inbound_originals SET ${emptyColumns} WHERE id = $1`,
};

const emptyIfErasedStatement: Statement = {
  name: "empty-original-if-erased",
  text: `
    UPDATE inbound_originals SET ${emptyColumns} FROM conversations JOIN visitors ON visitors.id = conversations.visitor_id
    WHERE inbound_originals.id = $1 AND conversations.id = inbound_originals.conversation_id
      AND visitors.erased_at IS NOT NULL`,
};
