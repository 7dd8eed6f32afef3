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
import type { EventContext } from "./event-context.js";

/** A conversation and its visitor, by id. */
export interface ConversationRef {
  readonly conversationId: string;
  readonly visitorId: string;
}

/** The most recent conversation of an address on a channel; null if it has none. */
export async function findConversationRef(
  transaction: Transaction,
  channelId: string,
  address: Json,
): Promise<ConversationRef | null> {
  const [ref] = await transaction.query<ConversationRef>(findByAddressStatement, [
    channelId,
    JSON.stringify({ [channelId]: { address } }),
  ]);
  return ref ?? null;
}

/**
 * The most recent conversation of an address on a channel; starts one if it has none. `profile`: what is known about the
 * owner of the address. "blocked": it has none, and staff have blocked a visitor who has this address.
 */
export async function findOrStartConversation(
  { services, transaction, channelId, now }: EventContext,
  address: Json,
  profile: { readonly name?: string; readonly locale?: string },
): Promise<ConversationRef | "blocked"> {
  // Several first messages that arrive at the same time start a single conversation.
  await transaction.query(lockAddressStatement, [`${channelId}:${JSON.stringify(address)}`]);
  const existing = await findConversationRef(transaction, channelId, address);
  if (existing !== null) return existing;
  const known = JSON.stringify({ [channelId]: { address } });
  if ((await transaction.query(findBlockedByAddressStatement, [known])).length > 0) return "blocked";
  const created = { conversationId: v7(), visitorId: v7() };
  await transaction.query(startStatement, [
    created.visitorId,
    created.conversationId,
    channelId,
    JSON.stringify({ [channelId]: knownAddress(services, channelId, address) }),
    profile.name === undefined ? null : withoutNul(profile.name.toWellFormed()),
    profile.locale ?? null,
    now,
  ]);
  return created;
}

/**
 * Locks a visitor and their conversation for a change, in the program-wide order: visitor, conversation, delivery. If the
 * visitor has joined another one meanwhile, that one is locked and returned.
 */
export async function lockConversationRef(
  transaction: Transaction,
  { conversationId, visitorId }: ConversationRef,
): Promise<{ conversation: Conversation; visitor: Visitor }> {
  const visitor = await lockVisitor(transaction, visitorId);
  await lockConversations(transaction, [conversationId]);
  const conversation = await readConversation(transaction, conversationId);
  if (visitor === null || conversation === null || conversation.visitorId !== visitor.id) {
    throw new Error(`Conversation ${conversationId} changed its visitor while it was being locked.`);
  }
  return { conversation, visitor };
}

/** Reopens a conversation, which the caller has locked; an open one stays as it is. */
export async function reopen(transaction: Transaction, conversationId: string): Promise<void> {
  await transaction.query(reopenStatement, [conversationId]);
}

const lockAddressStatement: Statement = {
  name: "lock-inbound-address",
  text: "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
};

const findByAddressStatement: Statement = {
  name: "find-conversation-by-address",
  text: `SELECT conversations.id AS conversation_id, conversations.visitor_id FROM conversations
    JOIN visitors ON visitors.id = conversations.visitor_id
    WHERE conversations.channel = $1 AND visitors.addresses @> $2::jsonb
    ORDER BY conversations.last_activity_at DESC, conversations.id DESC LIMIT 1`,
};

const findBlockedByAddressStatement: Statement = {
  name: "find-blocked-visitor-by-address",
  text: "SELECT id FROM visitors WHERE addresses @> $1::jsonb AND blocked_at IS NOT NULL LIMIT 1",
};

const reopenStatement: Statement = {
  name: "reopen-inbound-conversation",
  text: "UPDATE conversations SET status = 'OPEN', closed_at = NULL WHERE id = $1 AND status = 'CLOSED'",
};

const startStatement: Statement = {
  name: "start-inbound-conversation",
  text: `
    WITH visitor AS (
      INSERT INTO visitors (id, addresses, name, locale, created_at) VALUES ($1, $4::jsonb, $5, $6, $7) RETURNING id
    )
    INSERT INTO conversations (id, visitor_id, channel, started_at, last_activity_at) SELECT $2, id, $3, $7, $7 FROM visitor`,
};
