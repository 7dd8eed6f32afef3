import { validate } from "uuid";
import { webChannel } from "../channels/web-channel.js";
import type { Statement, Transaction } from "../database/database.js";
import { notFound } from "../errors.js";
import { cancelUnwantedDeliveries } from "../forwarding/deliveries/cancel-deliveries.js";
import { refreshForwarding } from "../forwarding/due/refresh-due-times.js";
import type { Services } from "../services.js";
import { markGuestActive } from "../sessions/activate-guest.js";
import type { Viewer } from "../viewer.js";
import { recordInteraction } from "../visitors/record-interaction.js";
import { changeWithin } from "./change-conversation.js";
import { type Conversation } from "./conversation.entity.js";

/**
 * Marks everything up to and including a message as read by the viewer's side; never takes a mark back. What the visitor
 * has read is pending no more, and a QUEUED delivery of it is cancelled. A visitor's reading is a doing. @throws NOT_FOUND
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
      // Before the conversation's lock, which shares the visitor: two that share it could not both go on to change it.
      await recordInteraction(transaction, viewer.visitorId, services.clock.now());
      await markGuestActive(transaction, services, viewer, services.clock.now());
    }
    return changeWithin(services, transaction, viewer, conversationId, async (_, conversation, now) => {
      const position = await findPosition(transaction, conversationId, messageId);
      if (viewer.kind === "agent") return markReadByAgents(transaction, conversation, position, now);
      if (conversation.channel !== webChannel) await seeUndelivered(transaction, conversation, position, now);
      await markReadByVisitor(transaction, conversation, position, now);
    });
  });
}

/** The visitor's side has read up to a position: in the widget, or in what a channel reported. The caller has the locks. */
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

/** What their own channel could not deliver, the visitor has seen on the website now: it need not travel any more. */
async function seeUndelivered(
  transaction: Transaction,
  conversation: Conversation,
  position: number,
  now: Date,
): Promise<void> {
  const seen = await transaction.query<{ id: string }>(seeUndeliveredStatement, [conversation.id, position]);
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
  name: "position-of-message",
  text: "SELECT position FROM messages WHERE conversation_id = $1 AND id = $2",
};

const seeUndeliveredStatement: Statement = {
  name: "see-undelivered-replies",
  text: `UPDATE messages SET undeliverable_at = NULL
    WHERE conversation_id = $1 AND position <= $2 AND undeliverable_at IS NOT NULL RETURNING id`,
};

// Announces at most the newest 100: clients that read more at once refetch by conversationUpdated.
const readByVisitorStatement: Statement = {
  name: "read-by-visitor",
  text: `
    WITH moved AS (UPDATE conversations SET visitor_read_position = $2 WHERE id = $1)
    SELECT id FROM messages WHERE conversation_id = $1 AND position > $3 AND position <= $2 AND author_kind <> 'VISITOR'
    ORDER BY position DESC LIMIT 100`,
};

const readByAgentsStatement: Statement = {
  name: "read-by-agents",
  text: `
    WITH moved AS (UPDATE conversations SET agents_read_position = $2 WHERE id = $1)
    SELECT id FROM messages WHERE conversation_id = $1 AND position > $3 AND position <= $2 AND author_kind = 'VISITOR'
    ORDER BY position DESC LIMIT 100`,
};
