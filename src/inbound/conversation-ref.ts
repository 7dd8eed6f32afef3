import { v7 } from "uuid";
import type { Conversation } from "../conversations/conversation.entity.js";
import { readConversation } from "../conversations/find-conversation.js";
import type { Statement, Transaction } from "../database/database.js";
import { withoutNul } from "../database/without-nul.js";
import { knownAddress } from "../forwarding/addresses/parse-address.js";
import { lockConversations } from "../forwarding/due/refresh-due-times.js";
import type { Json } from "../json.js";
import { lockVisitor } from "../visitors/lock-visitor.js";
import type { Visitor } from "../visitors/visitor.entity.js";
import type { Applying } from "./event-outcome.js";

/** A conversation and whose it is. */
export interface ConversationRef {
  readonly conversationId: string;
  readonly visitorId: string;
}

/** The newest conversation of a channel's address; null before any. */
export async function findConversationRef(
  transaction: Transaction,
  channelId: string,
  address: Json,
): Promise<ConversationRef | null> {
  const [known] = await transaction.query<ConversationRef>(newestStatement, [
    channelId,
    JSON.stringify({ [channelId]: { address } }),
  ]);
  return known ?? null;
}

/**
 * The newest conversation of a channel's address; one begins where there is none. `person` is what is known of whoever
 * has the address.
 */
export async function findOrStartConversation(
  { services, transaction, channelId, now }: Applying,
  address: Json,
  person: { readonly name?: string; readonly locale?: string },
): Promise<ConversationRef> {
  // One conversation begins, however many first messages arrive at once.
  await transaction.query(lockAddressStatement, [`${channelId}:${JSON.stringify(address)}`]);
  const known = await findConversationRef(transaction, channelId, address);
  if (known !== null) return known;
  const place = { conversationId: v7(), visitorId: v7() };
  await transaction.query(beginStatement, [
    place.visitorId,
    place.conversationId,
    channelId,
    JSON.stringify({ [channelId]: knownAddress(services, channelId, address) }),
    person.name === undefined ? null : withoutNul(person.name.toWellFormed()),
    person.locale ?? null,
    now,
  ]);
  return place;
}

/**
 * Locks a place for a change, in the order of all: visitor, conversation, delivery. Whoever joined another visitor
 * meanwhile is found as that one.
 */
export async function lockConversationRef(
  transaction: Transaction,
  { conversationId, visitorId }: ConversationRef,
): Promise<{ conversation: Conversation; visitor: Visitor }> {
  const visitor = await lockVisitor(transaction, visitorId);
  await lockConversations(transaction, [conversationId]);
  const conversation = await readConversation(transaction, conversationId);
  if (visitor === null || conversation === null || conversation.visitorId !== visitor.id) {
    throw new Error(`Conversation ${conversationId} has changed hands while it was locked.`);
  }
  return { conversation, visitor };
}

/** Opens a closed conversation, which the caller has locked, again. */
export async function reopen(transaction: Transaction, conversationId: string): Promise<void> {
  await transaction.query(reopenStatement, [conversationId]);
}

const lockAddressStatement: Statement = {
  name: "lock-address",
  text: "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
};

const newestStatement: Statement = {
  name: "conversation-of-inbound-message",
  text: `SELECT conversations.id AS conversation_id, conversations.visitor_id FROM conversations
    JOIN visitors ON visitors.id = conversations.visitor_id
    WHERE conversations.channel = $1 AND visitors.addresses @> $2::jsonb
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
