import type { Statement, Transaction } from "../database/database.js";

/**
 * The id of the conversation to show to a visitor: `preferredId` if it is theirs; otherwise the most recent open one;
 * otherwise the most recent closed one with unread replies. Null if there is none.
 */
export async function findConversationToShow(
  transaction: Transaction,
  visitorId: string,
  preferredId: string | null,
): Promise<string | null> {
  const [conversation] = await transaction.query<{ id: string }>(findStatement, [visitorId, preferredId]);
  return conversation?.id ?? null;
}

const findStatement: Statement = {
  name: "find-conversation-to-show",
  text: `
    SELECT id FROM conversations
    WHERE visitor_id = $1 AND (id = $2::uuid OR status = 'OPEN' OR unread_replies > 0)
    ORDER BY id IS NOT DISTINCT FROM $2::uuid DESC, status = 'OPEN' DESC, last_activity_at DESC, id DESC
    LIMIT 1`,
};
