import { v7 } from "uuid";
import type { InboundEvent } from "../channels/channel.js";
import { markReadByVisitor } from "../conversations/mark-read.js";
import { announce } from "../conversations/send-message.js";
import { writeVisitorMessage } from "../conversations/write-message.js";
import type { Statement, Transaction } from "../database/database.js";
import { withoutNul } from "../database/without-nul.js";
import type { Services } from "../services.js";
import { refreshConversationsOfAddress } from "./address-state.js";
import { knownAddress } from "./parse-address.js";
import { recordReceipt } from "./record-receipt.js";
import { lockConversations } from "./refresh-forwarding.js";

/**
 * Stores what a channel received, each event once: a repetition of its `externalId` changes nothing. Resolves when all
 * are committed; rejects when they could not be, so that the channel does not acknowledge.
 */
export async function receiveEvents(
  services: Services,
  channelId: string,
  events: readonly InboundEvent[],
): Promise<void> {
  for (const event of events) {
    const suppressed = await services.database.transaction(async (transaction) => {
      const now = services.clock.now();
      const fresh = await transaction.query(rememberStatement, [channelId, event.externalId, now]);
      if (fresh.length === 0) return null;
      switch (event.type) {
        case "message":
          await receiveMessage(services, transaction, channelId, event, now);
          return null;
        case "read":
          await receiveRead(transaction, channelId, event.messageId, now);
          return null;
        case "delivered":
          return recordReceipt(transaction, channelId, event.messageId, { status: "DELIVERED", at: event.at }, now);
        case "bounced":
          return recordReceipt(
            transaction,
            channelId,
            event.messageId,
            { status: "BOUNCED", at: event.at, failure: event.failure },
            now,
          );
      }
    });
    if (suppressed !== null) await refreshConversationsOfAddress(services, suppressed);
  }
}

type MessageEvent = Extract<InboundEvent, { type: "message" }>;

async function receiveMessage(
  services: Services,
  transaction: Transaction,
  channelId: string,
  event: MessageEvent,
  now: Date,
): Promise<void> {
  const { conversationId, visitorId } = await findOrBegin(services, transaction, channelId, event, now);
  const written = await writeVisitorMessage(transaction.query, {
    id: v7(),
    conversationId,
    authorKind: "VISITOR",
    authorId: visitorId,
    botName: null,
    text: withoutNul(event.text.toWellFormed()),
    via: channelId,
    sentAt: now,
    clientMessageId: null,
    externalId: event.externalId,
    attachments: null,
  });
  // Null: the visitor has been erased. What they write is not kept, as they asked.
  if (written !== null) announce({ events: { publish: transaction.publish } as Services["events"] }, written);
}

async function findOrBegin(
  services: Services,
  transaction: Transaction,
  channelId: string,
  event: MessageEvent,
  now: Date,
): Promise<{ conversationId: string; visitorId: string }> {
  // One conversation begins, however many first messages arrive at once.
  await transaction.query(lockAddressStatement, [`${channelId}:${JSON.stringify(event.address)}`]);
  const [known] = await transaction.query<{ id: string; visitorId: string }>(findStatement, [
    event.conversationId ?? null,
    channelId,
    JSON.stringify({ [channelId]: { address: event.address } }),
  ]);
  if (known !== undefined) {
    await transaction.query(reopenStatement, [known.id]);
    return { conversationId: known.id, visitorId: known.visitorId };
  }
  const conversationId = v7();
  const visitorId = v7();
  const address = JSON.stringify({ [channelId]: knownAddress(services, channelId, event.address) });
  await transaction.query(beginStatement, [
    visitorId,
    conversationId,
    channelId,
    address,
    event.name ?? null,
    event.locale ?? null,
    now,
  ]);
  return { conversationId, visitorId };
}

async function receiveRead(transaction: Transaction, channelId: string, messageId: string, now: Date): Promise<void> {
  const [row] = await transaction.query<{ conversationId: string; position: number }>(carriedUpToStatement, [
    channelId,
    JSON.stringify([messageId]),
  ]);
  if (row === undefined) return;
  await lockConversations(transaction, [row.conversationId]);
  const [conversation] = await transaction.query<{ id: string; visitorId: string; visitorReadPosition: number }>(
    readPositionStatement,
    [row.conversationId],
  );
  if (conversation === undefined) return;
  await markReadByVisitor(transaction, conversation, row.position, now);
  transaction.publish({
    type: "conversationUpdated",
    conversationId: conversation.id,
    visitorId: conversation.visitorId,
  });
}

const rememberStatement: Statement = {
  name: "remember-inbound-event",
  text: `INSERT INTO inbound_events (channel, external_id, received_at) VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING RETURNING external_id`,
};

const lockAddressStatement: Statement = {
  name: "lock-address",
  text: "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
};

const findStatement: Statement = {
  name: "conversation-of-inbound-message",
  text: `SELECT conversations.id, conversations.visitor_id FROM conversations
    JOIN visitors ON visitors.id = conversations.visitor_id
    WHERE CASE WHEN $1::uuid IS NOT NULL THEN conversations.id = $1::uuid
      ELSE conversations.channel = $2 AND visitors.addresses @> $3::jsonb END
    ORDER BY conversations.last_activity_at DESC, conversations.id DESC LIMIT 1`,
};

const reopenStatement: Statement = {
  name: "reopen-by-inbound-message",
  text: "UPDATE conversations SET status = 'OPEN', closed_at = NULL WHERE id = $1 AND status = 'CLOSED'",
};

const beginStatement: Statement = {
  name: "begin-by-inbound-message",
  text: `
    WITH visitor AS (
      INSERT INTO visitors (id, addresses, name, locale, created_at) VALUES ($1, $4::jsonb, $5, $6, $7) RETURNING id
    )
    INSERT INTO conversations (id, visitor_id, channel, started_at, last_activity_at) SELECT $2, id, $3, $7, $7 FROM visitor`,
};

const carriedUpToStatement: Statement = {
  name: "position-carried-by-message",
  text: `SELECT deliveries.conversation_id, max(delivery_messages.position) AS position
    FROM deliveries JOIN delivery_messages ON delivery_messages.delivery_id = deliveries.id
    WHERE deliveries.channel = $1 AND deliveries.external_ids @> $2::jsonb GROUP BY deliveries.conversation_id`,
};

const readPositionStatement: Statement = {
  name: "read-position",
  text: "SELECT id, visitor_id, visitor_read_position FROM conversations WHERE id = $1",
};
