import { validate } from "uuid";
import { webChannel } from "../channels/web-channel.js";
import type { Statement, Transaction } from "../database/database.js";
import { notFound } from "../errors.js";
import { cancelUnwantedDeliveries } from "../forwarding/deliveries/cancel-deliveries.js";
import { refreshForwarding } from "../forwarding/due/refresh-due-times.js";
import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import { activateGuest } from "../visitors/activate-guest.js";
import { recordInteraction } from "../visitors/record-interaction.js";
import { changeConversationWithin } from "./change-conversation.js";
import { type Conversation } from "./conversation.entity.js";

/**
 * Marks everything up to and including a message as read by the viewer's side; the read position never moves back. Replies
 * that the visitor has read are no longer pending, and a QUEUED delivery of them is cancelled. For a visitor it counts as
 * an interaction. @throws NOT_FOUND
 */
export async function markRead(
  services: Services,
  viewer: Viewer,
  input: { readonly conversationId: string; readonly messageId: string },
): Promise<Conversation> {
  const { conversationId, messageId } = input;
  if (!validate(messageId)) throw notFound("message");
  return services.database.transaction(async (transaction) => {
    if (viewer.kind === "visitor") {
      // Before the conversation is locked, which takes a shared lock on the visitor: upgrading that lock could deadlock.
      await recordInteraction(transaction, viewer.visitorId, services.clock.now());
      await activateGuest(transaction, services, viewer, services.clock.now());
    }
    return changeConversationWithin(services, transaction, viewer, conversationId, async (_, conversation, now) => {
      const position = await findPosition(transaction, conversationId, messageId);
      if (viewer.kind === "agent") return markReadByAgents(transaction, conversation, position, now);
      if (conversation.channel !== webChannel) await markUndeliveredSeen(transaction, conversation, position, now);
      await markReadByVisitor(transaction, conversation, position, now);
    });
  });
}

/** Marks messages up to a position as read by the visitor, in the widget or as a channel reported. The caller has the locks. */
export async function markReadByVisitor(
  transaction: Transaction,
  conversation: Pick<Conversation, "id" | "visitorId" | "visitorReadPosition">,
  position: number,
  now: Date,
): Promise<void> {
  if (position <= conversation.visitorReadPosition) return;
  const read = await transaction.query<{ id: string }>(readByVisitorStatement, [
    conversation.id,
    position,
    conversation.visitorReadPosition,
  ]);
  await refreshForwarding(transaction, [conversation.id], now);
  await cancelUnwantedDeliveries(transaction, [conversation.id], now);
  publishRead(transaction, conversation, read);
}

/** Replies that the visitor's own channel could not deliver need no forwarding once they were seen on the website. */
async function markUndeliveredSeen(
  transaction: Transaction,
  conversation: Conversation,
  position: number,
  now: Date,
): Promise<void> {
  const seen = await transaction.query<{ id: string }>(markUndeliveredSeenStatement, [conversation.id, position]);
  if (seen.length === 0) return;
  await refreshForwarding(transaction, [conversation.id], now);
  await cancelUnwantedDeliveries(transaction, [conversation.id], now);
  publishRead(transaction, conversation, seen);
}

async function markReadByAgents(
  transaction: Transaction,
  conversation: Conversation,
  position: number,
  now: Date,
): Promise<void> {
  if (position <= conversation.agentsReadPosition) return;
  const read = await transaction.query<{ id: string }>(readByAgentsStatement, [
    conversation.id,
    position,
    conversation.agentsReadPosition,
  ]);
  await refreshForwarding(transaction, [conversation.id], now);
  publishRead(transaction, conversation, read);
}

function publishRead(
  transaction: Transaction,
  conversation: Pick<Conversation, "id" | "visitorId">,
  messages: readonly { readonly id: string }[],
): void {
  for (const message of messages) {
    const { id: conversationId, visitorId } = conversation;
    transaction.publish({ type: "messageUpdated", conversationId, visitorId, messageId: message.id });
  }
}

async function findPosition(transaction: Transaction, conversationId: string, messageId: string): Promise<number> {
  const [row] = await transaction.query<{ position: number }>(positionStatement, [conversationId, messageId]);
  if (row === undefined) throw notFound("message");
  return row.position;
}

const positionStatement: Statement = {
  name: "find-message-position",
  text: "SELECT position FROM messages WHERE conversation_id = $1 AND id = $2",
};

const markUndeliveredSeenStatement: Statement = {
  name: "mark-undelivered-replies-seen",
  text: `UPDATE messages SET undeliverable_at = NULL
    WHERE conversation_id = $1 AND position <= $2 AND undeliverable_at IS NOT NULL RETURNING id`,
};

// At most the newest 100 are published: clients that read more at once refetch on conversationUpdated.
const readByVisitorStatement: Statement = {
  name: "mark-read-by-visitor",
  text: `
    WITH moved AS (UPDATE conversations SET visitor_read_position = $2 WHERE id = $1)
    SELECT id FROM messages WHERE conversation_id = $1 AND position > $3 AND position <= $2 AND author_kind <> 'VISITOR'
    ORDER BY position DESC LIMIT 100`,
};

const readByAgentsStatement: Statement = {
  name: "mark-read-by-agents",
  text: `
    WITH moved AS (UPDATE conversations SET agents_read_position = $2 WHERE id = $1)
    SELECT id FROM messages WHERE conversation_id = $1 AND position > $3 AND position <= $2 AND author_kind = 'VISITOR'
    ORDER BY position DESC LIMIT 100`,
};
