import type { Statement, Transaction } from "../../database/database.js";

interface ChangedRow {
  readonly id: string;
  readonly conversationId: string;
  readonly visitorId: string;
  readonly messageIds: readonly string[];
}

/** Publishes the events of changed deliveries, of the replies they carry and of their conversations. */
export async function publishDeliveries(transaction: Transaction, deliveryIds: readonly string[]): Promise<void> {
  if (deliveryIds.length === 0) return;
  for (const row of await transaction.query<ChangedRow>(changedStatement, [deliveryIds])) {
    const { conversationId, visitorId } = row;
    transaction.publish({ type: "deliveryUpdated", conversationId, visitorId, deliveryId: row.id });
    for (const messageId of row.messageIds) {
      transaction.publish({ type: "messageUpdated", conversationId, visitorId, messageId });
    }
    transaction.publish({ type: "conversationUpdated", conversationId, visitorId });
  }
}

const changedStatement: Statement = {
  name: "changed-deliveries",
  text: `
    SELECT deliveries.id, deliveries.conversation_id, conversations.visitor_id, array(
        SELECT message_id FROM delivery_messages WHERE delivery_id = deliveries.id ORDER BY position) AS message_ids
    FROM deliveries JOIN conversations ON conversations.id = deliveries.conversation_id
    WHERE deliveries.id = ANY ($1::uuid[]) ORDER BY deliveries.id`,
};
