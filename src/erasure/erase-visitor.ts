import { validate } from "uuid";
import { markErasedAttachments, removeMarkedAttachments } from "../attachments/remove-attachments.js";
import { eraseFailures } from "../channels/health/channel-stats.js";
import type { Statement, Transaction } from "../database/database.js";
import { notFound } from "../errors.js";
import { cancelQueuedDeliveries } from "../forwarding/deliveries/cancel-deliveries.js";
import { CancelReason } from "../forwarding/deliveries/delivery.entity.js";
import { lockConversations, refreshForwarding } from "../forwarding/due/refresh-due-times.js";
import { eraseOriginals } from "../inbound/erase-originals.js";
import { describeError } from "../logger.js";
import type { Services } from "../services.js";
import { endSessions } from "../sessions/session-store.js";
import { lockWritableVisitor, rereadVisitor } from "../visitors/lock-visitor.js";
import type { Visitor } from "../visitors/visitor.entity.js";
import { listConversationIds, publishVisitorChanged } from "../visitors/visitor-conversations.js";

/**
 * Erases a visitor's personal data and everything written by and to them. The rows stay, emptied, so that counts and
 * deliveries remain consistent. The visitor's sessions and links end, and QUEUED deliveries are cancelled. A SENDING
 * delivery may finish, and is emptied when its result is recorded.
 * @throws NOT_FOUND, CONFLICT if the visitor has already been erased
 */
export async function eraseVisitor(services: Services, visitorId: string): Promise<Visitor> {
  if (!validate(visitorId)) throw notFound("visitor");
  const now = services.clock.now();
  const { visitor, endedSessionIds } = await services.database.transaction(async (transaction) => {
    const locked = await lockWritableVisitor(transaction, visitorId);
    const endedSessionIds = await erase(transaction, locked.id, now);
    return { visitor: await rereadVisitor(transaction, locked.id), endedSessionIds };
  });
  services.sessions.invalidate(endedSessionIds);
  // Files that cannot be removed now stay marked, and the cleanup job retries.
  await removeMarkedAttachments(services).catch((error) =>
    services.logger.error("Files of an erased visitor could not be removed: the cleanup job will retry", {
      cause: describeError(error),
    }),
  );
  return visitor;
}

async function erase(transaction: Transaction, visitorId: string, now: Date): Promise<readonly string[]> {
  const conversationIds = await listConversationIds(transaction, [visitorId]);
  await lockConversations(transaction, conversationIds);
  await eraseOriginals(transaction, visitorId, conversationIds);
  await transaction.query(eraseVisitorStatement, [visitorId, now]);
  await transaction.query(eraseTypedAddressStatement, [visitorId]);
  await transaction.query(eraseUnprovenMailsStatement, [visitorId]);
  await cancelQueuedDeliveries(transaction, conversationIds, CancelReason.ERASED, now);
  await transaction.query(eraseDeliveriesStatement, [conversationIds]);
  await eraseFailures(transaction, conversationIds);
  await transaction.query(eraseMessagesStatement, [conversationIds]);
  await markErasedAttachments(transaction, visitorId, conversationIds, now);
  await transaction.query(eraseChannelStoreStatement, [conversationIds]);
  await transaction.query(closeConversationsStatement, [conversationIds, now]);
  // Also updates the conversations' copies of their last messages, which contain text.
  await refreshForwarding(transaction, conversationIds, now);
  await publishVisitorChanged(transaction, visitorId);
  return endSessions(transaction, { visitorIds: [visitorId] }, now);
}

// Aliases were emptied when they joined; they are marked as erased too.
const eraseVisitorStatement: Statement = {
  name: "erase-visitor",
  text: `
    UPDATE visitors SET name = NULL, addresses = '{}', email_source = NULL, email_proof = NULL, email_proven_at = NULL,
      external_id = NULL, locale = NULL, time_zone = NULL, page = NULL, network = NULL, blocked_at = NULL,
      blocked_by_id = NULL, erased_at = $2
    WHERE id = $1 OR alias_of = $1`,
};

const eraseTypedAddressStatement: Statement = {
  name: "erase-typed-address",
  text: "DELETE FROM typed_addresses WHERE visitor_id = $1",
};

const eraseUnprovenMailsStatement: Statement = {
  name: "erase-unproven-mails",
  text: "DELETE FROM unproven_mails WHERE visitor_id = $1",
};

const eraseDeliveriesStatement: Statement = {
  name: "erase-deliveries",
  text: `
    UPDATE deliveries SET address = 'null', address_shown = '', progress = NULL, thread = NULL, failure_detail = NULL
    WHERE conversation_id = ANY ($1::uuid[]) AND status <> 'SENDING'`,
};

// forwarded_to contains an address.
const eraseMessagesStatement: Statement = {
  name: "erase-messages",
  text: "UPDATE messages SET text = '', attachments = NULL, forwarded_to = NULL, forwarded_at = NULL WHERE conversation_id = ANY ($1::uuid[])",
};

const eraseChannelStoreStatement: Statement = {
  name: "erase-channel-store",
  text: "DELETE FROM channel_store WHERE conversation_id = ANY ($1::uuid[])",
};

const closeConversationsStatement: Statement = {
  name: "close-erased-conversations",
  text: `
    UPDATE conversations SET status = 'CLOSED', closed_at = coalesce(closed_at, $2), resume_codes_revoked_at = $2,
      held_at = NULL, held_by = NULL, written_from = NULL
    WHERE id = ANY ($1::uuid[])`,
};
