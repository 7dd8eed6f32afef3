import { validate } from "uuid";
import type { Statement, Transaction } from "../database/database.js";
import { notFound } from "../errors.js";
import { cancelDeliveriesOfBlocked } from "../forwarding/deliveries/cancel-deliveries.js";
import { lockConversations, refreshForwarding } from "../forwarding/due/refresh-due-times.js";
import type { Services } from "../services.js";
import { endSessions } from "../sessions/session-store.js";
import type { AgentViewer } from "../viewer.js";
import { lockWritableVisitor, rereadVisitor } from "./lock-visitor.js";
import type { Visitor } from "./visitor.entity.js";
import { listConversationIds, publishVisitorChanged } from "./visitor-conversations.js";

/**
 * Blocks a visitor: their sessions end, what they send on any channel is refused or dropped, and nothing is sent to them. A
 * QUEUED delivery is cancelled; for a SENDING one it is too late. Idempotent: who blocked first, and when, stays.
 * @throws NOT_FOUND, CONFLICT if the visitor was erased
 */
export async function blockVisitor(services: Services, viewer: AgentViewer, visitorId: string): Promise<Visitor> {
  if (!validate(visitorId)) throw notFound("visitor");
  const { visitor, ended } = await services.database.transaction(async (transaction) => {
    const now = services.clock.now();
    const { id, blockedAt } = await lockWritableVisitor(transaction, visitorId);
    if (blockedAt === null) {
      await transaction.query(blockStatement, [id, now, viewer.agentId]);
      const conversationIds = await listConversationIds(transaction, [id]);
      await lockConversations(transaction, conversationIds);
      await cancelDeliveriesOfBlocked(transaction, conversationIds, now);
      await refreshShown(transaction, id, conversationIds, now);
    }
    const ended = await endSessions(transaction, { visitorIds: [id] }, now);
    return { visitor: await rereadVisitor(transaction, id), ended };
  });
  services.sessions.invalidate(ended);
  return visitor;
}

/**
 * Lets a visitor write again, in a new session or by the addresses they had. What was dropped or cancelled meanwhile stays so;
 * replies that are still unread can be sent with forwardNow. Idempotent.
 * @throws NOT_FOUND, CONFLICT if the visitor was erased
 */
export async function unblockVisitor(services: Services, visitorId: string): Promise<Visitor> {
  if (!validate(visitorId)) throw notFound("visitor");
  return services.database.transaction(async (transaction) => {
    const now = services.clock.now();
    const visitor = await lockWritableVisitor(transaction, visitorId);
    if (visitor.blockedAt === null) return visitor;
    await transaction.query(unblockStatement, [visitor.id]);
    const conversationIds = await listConversationIds(transaction, [visitor.id]);
    await lockConversations(transaction, conversationIds);
    await refreshShown(transaction, visitor.id, conversationIds, now);
    return rereadVisitor(transaction, visitor.id);
  });
}

async function refreshShown(
  transaction: Transaction,
  visitorId: string,
  conversationIds: readonly string[],
  now: Date,
): Promise<void> {
  await refreshForwarding(transaction, conversationIds, now);
  await publishVisitorChanged(transaction, visitorId);
}

const blockStatement: Statement = {
  name: "block-visitor",
  text: "UPDATE visitors SET blocked_at = $2, blocked_by_id = $3 WHERE id = $1",
};
const unblockStatement: Statement = {
  name: "unblock-visitor",
  text: "UPDATE visitors SET blocked_at = NULL, blocked_by_id = NULL WHERE id = $1",
};
