import { validate } from "uuid";
import type { OptOutState } from "../../channels/channel.js";
import { lockConversation } from "../../conversations/find-conversation.js";
import type { Database, Statement, Transaction } from "../../database/database.js";
import { forbidden } from "../../errors.js";
import type { Services } from "../../services.js";
import type { VisitorViewer } from "../../viewer.js";
import { lockVisitor, refuseErased, rereadVisitor } from "../../visitors/lock-visitor.js";
import type { Visitor } from "../../visitors/visitor.entity.js";
import { publishVisitorChanged } from "../../visitors/visitor-conversations.js";
import { cancelQueuedForwardings } from "../deliveries/cancel-deliveries.js";
import { CancelReason } from "../deliveries/delivery.entity.js";
import { lockConversations, refreshDueTimes, refreshForwarding } from "../due/refresh-due-times.js";

/** A visitor's choice: no more email, or email again. */
interface OptOutChoice {
  readonly optedOut: boolean;
  /** Null: about all of the visitor's conversations, future ones included. */
  readonly conversationId: string | null;
}

/**
 * Opts a visitor out of email, or in again. Opting out of all email and out of single conversations are independent: opting
 * in again for all leaves the single conversations opted out. Idempotent.
 * @throws NOT_FOUND for a conversation of another visitor; FORBIDDEN for a guest who does not name their one conversation;
 * CONFLICT when the visitor was erased meanwhile
 */
export async function setEmailOptOut(
  services: Services,
  viewer: VisitorViewer,
  choice: OptOutChoice,
): Promise<Visitor> {
  const { optedOut, conversationId } = choice;
  if (conversationId === null && viewer.guestOf !== null) {
    throw forbidden("This session is for one conversation only: pass its conversationId.");
  }
  return services.database.transaction(async (transaction) => {
    const now = services.clock.now();
    if (conversationId === null) {
      const visitor = await optVisitorOut(transaction, viewer.visitorId, { optedOut }, now);
      refuseErased(visitor);
      return rereadVisitor(transaction, visitor.id);
    }
    const { id, visitorId } = await lockConversation(transaction, viewer, conversationId);
    const visitor = await rereadVisitor(transaction, visitorId);
    refuseErased(visitor);
    await optConversationOut(transaction, { id, visitorId }, { optedOut }, now);
    return visitor;
  });
}

/** Whether a conversation is opted out, for the page that an email links to; null when the conversation does not exist. */
export async function readOptOut(database: Database, conversationId: string): Promise<OptOutState | null> {
  if (!validate(conversationId)) return null;
  const [state] = await database.query<OptOutState>(stateStatement, [conversationId]);
  return state ?? null;
}

/** Stores a visitor's choice about all conversations; an erased visitor is returned unchanged. */
export async function optVisitorOut(
  transaction: Transaction,
  visitorId: string,
  { optedOut }: Pick<OptOutChoice, "optedOut">,
  now: Date,
): Promise<Visitor> {
  const visitor = await lockVisitor(transaction, visitorId);
  if (visitor === null) throw new Error(`Visitor ${visitorId} of a session or a conversation does not exist.`);
  if (visitor.erasedAt !== null || (visitor.optedOutAt !== null) === optedOut) return visitor;
  await transaction.query(changeVisitorStatement, [visitor.id, optedOut ? now : null]);
  const rows = await transaction.query<{ id: string }>(affectedStatement, [visitor.id]);
  const ids = rows.map((row) => row.id);
  await lockConversations(transaction, ids);
  if (optedOut) await cancelQueuedForwardings(transaction, ids, CancelReason.OPTED_OUT, now);
  await refreshDueTimes(transaction, [visitor.id]);
  await publishVisitorChanged(transaction, visitor.id);
  return visitor;
}

/** Stores a visitor's choice about one conversation, which the caller has locked. */
export async function optConversationOut(
  transaction: Transaction,
  { id, visitorId }: { readonly id: string; readonly visitorId: string },
  { optedOut }: Pick<OptOutChoice, "optedOut">,
  now: Date,
): Promise<void> {
  const changed = await transaction.query(changeConversationStatement, [id, optedOut ? now : null]);
  if (changed.length === 0) return;
  if (optedOut) await cancelQueuedForwardings(transaction, [id], CancelReason.OPTED_OUT, now);
  await refreshForwarding(transaction, [id], now);
  transaction.publish({ type: "conversationUpdated", conversationId: id, visitorId });
}

const changeVisitorStatement: Statement = {
  name: "opt-visitor-out",
  text: "UPDATE visitors SET opted_out_at = $2 WHERE id = $1",
};

const changeConversationStatement: Statement = {
  name: "opt-conversation-out",
  text: `UPDATE conversations SET opted_out_at = $2::timestamptz
    WHERE id = $1 AND (opted_out_at IS NULL) <> ($2::timestamptz IS NULL) RETURNING id`,
};

const affectedStatement: Statement = {
  name: "conversations-affected-by-opt-out",
  text: `SELECT id FROM conversations
    WHERE visitor_id = $1 AND (pending_replies > 0 OR open_delivery_id IS NOT NULL) ORDER BY id`,
};

const stateStatement: Statement = {
  name: "opt-out-of-conversation",
  text: `
    SELECT conversation.opted_out_at IS NOT NULL AS conversation, visitor.opted_out_at IS NOT NULL AS visitor,
      visitor.locale, visitor.erased_at IS NOT NULL AS erased
    FROM conversations AS conversation JOIN visitors AS visitor ON visitor.id = conversation.visitor_id
    WHERE conversation.id = $1`,
};
