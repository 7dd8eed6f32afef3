import type { Statement, Transaction } from "../database/database.js";
import { refreshDueTimes } from "../forwarding/due/refresh-due-times.js";

/**
 * What of the visitors has changed: `presence`, page included, shows in their open conversations and moves the due times
 * of those with pending replies; `doing` only moves due times.
 */
export type VisitorChange = "presence" | "doing";

/**
 * What follows from a change of visitors' presence, whose rows the caller has locked and changed: the due times of their
 * pending replies are stored anew, and after the commit those who follow their conversations hear of it.
 */
export async function visitorChanged(
  transaction: Transaction,
  visitorIds: readonly string[],
  change: VisitorChange,
): Promise<void> {
  if (visitorIds.length === 0) return;
  const conversations = await transaction.query<ConcernedConversation>(concernedStatement, [visitorIds, change]);
  // Mostly nobody has pending replies, and looking for them costs more than this list. Nobody gets any meanwhile:
  // whoever writes a reply locks the visitor first.
  const waiting = conversations.filter((conversation) => conversation.pending).map(({ visitorId }) => visitorId);
  await refreshDueTimes(transaction, [...new Set(waiting)]);
  for (const { id, visitorId } of conversations) {
    transaction.publish({ type: "conversationUpdated", conversationId: id, visitorId });
  }
}

interface ConcernedConversation {
  readonly id: string;
  readonly visitorId: string;
  readonly pending: boolean;
}

const concernedStatement: Statement = {
  name: "conversations-concerned-by-presence",
  text: `SELECT id, visitor_id, pending_replies > 0 AS pending FROM conversations
    WHERE visitor_id = ANY ($1::uuid[]) AND (pending_replies > 0 OR $2 = 'presence' AND status = 'OPEN')`,
};
