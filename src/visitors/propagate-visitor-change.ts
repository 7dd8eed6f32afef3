import type { Statement, Transaction } from "../database/database.js";
import { refreshDueTimes } from "../forwarding/due/refresh-due-times.js";

/**
 * What has changed. `presence`, which includes the page, is shown with the visitors' open conversations, and affects the
 * due times of pending replies; `interaction` only affects due times.
 */
export type VisitorChange = "presence" | "interaction";

/**
 * Propagates a change of visitors, whose rows the caller has locked and updated: recomputes the due times of their pending
 * replies, and publishes their conversations as updated.
 */
export async function propagateVisitorChange(
  transaction: Transaction,
  visitorIds: readonly string[],
  change: VisitorChange,
): Promise<void> {
  if (visitorIds.length === 0) return;
  const conversations = await transaction.query<AffectedConversation>(affectedStatement, [visitorIds, change]);
  // Usually no conversation has pending replies, and refreshing due times costs more than this query. None can get any in
  // the meantime, because writing a reply locks the visitor first.
  const waiting = conversations.filter(({ hasPending }) => hasPending).map(({ visitorId }) => visitorId);
  await refreshDueTimes(transaction, [...new Set(waiting)]);
  for (const { id, visitorId } of conversations) {
    transaction.publish({ type: "conversationUpdated", conversationId: id, visitorId });
  }
}

interface AffectedConversation {
  readonly id: string;
  readonly visitorId: string;
  readonly hasPending: boolean;
}

const affectedStatement: Statement = {
  name: "list-conversations-affected-by-visitor",
  text: `SELECT id, visitor_id, pending_replies > 0 AS has_pending FROM conversations
    WHERE visitor_id = ANY ($1::uuid[]) AND (pending_replies > 0 OR $2 = 'presence' AND status = 'OPEN')`,
};
