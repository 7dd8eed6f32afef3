import { v7 } from "uuid";
import { webChannel } from "../channels/web-channel.js";
import type { Statement, Transaction } from "../database/database.js";
import { notFound } from "../errors.js";
import { ConversationStatus } from "./conversation.entity.js";

/** The conversation that a visitor's message goes into, if it exists. */
export interface TargetConversation {
  readonly id: string;
  readonly status: ConversationStatus;
}

/**
 * The visitor's conversation with this id or, without an id, their most recent open one on the website; undefined if they
 * have none. @throws NOT_FOUND for an id that is unknown or another visitor's
 */
export async function findTargetConversation(
  transaction: Transaction,
  visitorId: string,
  conversationId: string | null,
): Promise<TargetConversation | undefined> {
  if (conversationId === null) {
    return (await transaction.query<TargetConversation>(findOpenStatement, [visitorId, webChannel]))[0];
  }
  const [conversation] = await transaction.query<TargetConversation>(findByIdStatement, [visitorId, conversationId]);
  if (conversation === undefined) throw notFound("conversation");
  return conversation;
}

/** Starts a conversation on the website if there is no target, and reopens a closed one. Returns its id. */
export async function openConversation(
  transaction: Transaction,
  visitorId: string,
  target: TargetConversation | undefined,
  now: Date,
): Promise<string> {
  if (target === undefined) {
    const id = v7();
    await transaction.query(startStatement, [id, visitorId, webChannel, now]);
    return id;
  }
  if (target.status === ConversationStatus.CLOSED) await transaction.query(reopenStatement, [target.id]);
  return target.id;
}

const findOpenStatement: Statement = {
  name: "find-newest-open-conversation",
  text: `SELECT id, status FROM conversations WHERE visitor_id = $1 AND channel = $2 AND status = 'OPEN'
    ORDER BY last_activity_at DESC, id DESC LIMIT 1`,
};

const findByIdStatement: Statement = {
  name: "find-own-conversation",
  text: "SELECT id, status FROM conversations WHERE visitor_id = $1 AND id = $2",
};

const startStatement: Statement = {
  name: "start-conversation",
  text: `INSERT INTO conversations (id, visitor_id, channel, started_at, last_activity_at) VALUES ($1, $2, $3, $4, $4)`,
};

const reopenStatement: Statement = {
  name: "reopen-conversation-for-message",
  text: "UPDATE conversations SET status = 'OPEN', closed_at = NULL WHERE id = $1",
};
