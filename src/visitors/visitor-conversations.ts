import type { Statement, Transaction } from "../database/database.js";

/** The ids of all conversations of these visitors. */
export async function listConversationIds(transaction: Transaction, visitorIds: readonly string[]): Promise<string[]> {
  return (await transaction.query<{ id: string }>(listStatement, [visitorIds])).map((row) => row.id);
}

/** Publishes all conversations of a visitor as updated, after a change of what they show of the visitor. */
export async function publishVisitorChanged(transaction: Transaction, visitorId: string): Promise<void> {
  for (const conversationId of await listConversationIds(transaction, [visitorId])) {
    transaction.publish({ type: "conversationUpdated", conversationId, visitorId });
  }
}

const listStatement: Statement = {
  name: "list-conversation-ids",
  text: "SELECT id FROM conversations WHERE visitor_id = ANY ($1::uuid[]) ORDER BY id",
};
