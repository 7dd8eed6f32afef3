import type { Statement, Transaction } from "../database/database.js";

/** Tells those who follow the visitors' open conversations that presence or page has changed. */
export async function publishVisitorChanges(transaction: Transaction, visitorIds: readonly string[]): Promise<void> {
  if (visitorIds.length === 0) return;
  const conversations = await transaction.query<{ id: string; visitorId: string }>(openConversationsStatement, [visitorIds]);
  for (const { id, visitorId } of conversations) {
    transaction.publish({ type: "conversationUpdated", conversationId: id, visitorId });
  }
}

const openConversationsStatement: Statement = {
  name: "open-conversations-of-visitors",
  text: "SELECT id, visitor_id FROM conversations WHERE visitor_id = ANY ($1::uuid[]) AND status = 'OPEN'",
};
