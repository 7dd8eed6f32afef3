import type { Statement, Transaction } from "../database/database.js";

/**
 * What of the visitors has changed: `presence`, page included, shows in their open conversations and moves the due times
 * of those with pending replies; `doing` only moves due times.
 */
export type VisitorChange = "presence" | "doing";

/** Tells those who follow the visitors' conversations of a change, after the commit. */
export async function publishVisitorChanges(
  transaction: Transaction,
  visitorIds: readonly string[],
  change: VisitorChange,
): Promise<void> {
  if (visitorIds.length === 0) return;
  const conversations = await transaction.query<{ id: string; visitorId: string }>(concernedStatement, [
    visitorIds,
    change,
  ]);
  for (const { id, visitorId } of conversations) {
    transaction.publish({ type: "conversationUpdated", conversationId: id, visitorId });
  }
}

const concernedStatement: Statement = {
  name: "conversations-concerned-by-presence",
  text: `SELECT id, visitor_id FROM conversations
    WHERE visitor_id = ANY ($1::uuid[]) AND (pending_replies > 0 OR $2 = 'presence' AND status = 'OPEN')`,
};
