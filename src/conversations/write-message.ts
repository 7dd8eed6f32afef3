import type { SentAttachment } from "../attachments/attachment.entity.js";
import type { Statement } from "../database/database.js";
import type { Query } from "../forwarding/due/read-facts.js";
import { dueColumnsSql, factsOf, preferenceVersionSql } from "../forwarding/due/refresh-due-times.js";
import { type AuthorKind, Message } from "./message.entity.js";

/** A validated message that is ready to be written. */
export interface NewMessage {
  readonly id: string;
  readonly conversationId: string;
  readonly authorKind: AuthorKind;
  readonly authorId: string;
  readonly botName: string | null;
  readonly text: string;
  /** The id of the channel through which it was sent. */
  readonly via: string;
  readonly sentAt: Date;
  readonly clientMessageId: string | null;
  readonly externalId: string | null;
  /** Claimed for this message in the same transaction; null if there are none. */
  readonly attachments: readonly SentAttachment[] | null;
}

export interface WrittenMessage {
  readonly message: Message;
  readonly visitorId: string;
  /** Whether a DIRECT delivery was queued for it. */
  readonly queued: boolean;
}

/** The delivery that the same statement queues if the conversation's channel is IMMEDIATE. */
export interface DirectDelivery {
  readonly id: string;
  readonly reference: string;
  readonly immediateChannels: readonly string[];
}

/**
 * Writes a reply into an OPEN conversation: message, read model, due times and outbox in a single prepared statement,
 * because a second round trip would double the cost. Null if there is no such open conversation, or its visitor is
 * erased or blocked.
 * @throws a unique violation of `messages_client_message_id` if the author has already sent its clientMessageId
 */
export async function writeReply(
  query: Query,
  message: NewMessage,
  direct: DirectDelivery,
): Promise<WrittenMessage | null> {
  return toWrittenMessage(
    await query(replyStatement, [...parameters(message), direct.immediateChannels, direct.id, direct.reference]),
  );
}

/** Writes a visitor's message into an OPEN conversation of theirs, which is an interaction. Null as for `writeReply`. */
export async function writeVisitorMessage(query: Query, message: NewMessage): Promise<WrittenMessage | null> {
  return toWrittenMessage(await query(visitorStatement, parameters(message)));
}

function parameters(message: NewMessage): unknown[] {
  return [
    message.id,
    message.conversationId,
    message.authorKind,
    message.authorId,
    message.botName,
    message.text,
    message.via,
    message.sentAt,
    message.clientMessageId,
    message.externalId,
    message.attachments === null ? null : JSON.stringify(message.attachments),
  ];
}

function toWrittenMessage(rows: readonly (Message & { visitorId: string; queued: boolean })[]): WrittenMessage | null {
  const [row] = rows;
  if (row === undefined) return null;
  const { visitorId, queued, ...message } = row;
  return { message: Object.assign(new Message(), message), visitorId, queued };
}

// Must equal to_jsonb(message); a test compares the two.
const lastMessageSql = `jsonb_build_object('id', $1::uuid, 'conversation_id', $2::uuid, 'position', conversation.message_count + 1,
  'author_kind', $3::text, 'author_id', $4::uuid, 'bot_name', $5::text, 'text', $6::text, 'via', $7::text,
  'sent_at', $8::timestamptz, 'client_message_id', $9::text, 'external_id', $10::text, 'forwarded_to', NULL::text,
  'forwarded_at', NULL::timestamptz,
  'undeliverable_at', NULL::timestamptz, 'edited_at', NULL::timestamptz, 'unsent_at', NULL::timestamptz,
  'attachments', $11::jsonb)`;

const insertSql = (undeliverableAt: string) => `
  INSERT INTO messages (id, conversation_id, position, author_kind, author_id, bot_name, text, via, sent_at,
    client_message_id, external_id, attachments, undeliverable_at)
  SELECT $1::uuid, conversation.id, conversation.message_count, $3::text, $4::uuid, $5::text, $6::text, $7::text,
    $8::timestamptz, $9::text, $10::text, $11::jsonb, ${undeliverableAt}
  FROM conversation, visitor RETURNING *`;

// On the website, a reply is pending immediately. In other conversations their own channel delivers it; if that is not
// possible, because the channel is not installed or the visitor has no address on it, the reply is undeliverable there and
// pending immediately, so that another channel forwards it. A reply that was not written through the API has already been
// sent by its channel.
const undeliverable = `(conversation.channel <> 'web' AND $7::text = 'web'
  AND NOT (conversation.channel = ANY ($12::text[]) AND visitor.addresses ? conversation.channel))`;
const pendingImmediately = `(conversation.channel = 'web' OR ${undeliverable})`;
const replyFacts = {
  ...factsOf("conversation"),
  pendingReplies: `(conversation.pending_replies + ${pendingImmediately}::integer)`,
  // The first unread reply: in FULL_TRANSCRIPT mode, all replies that were pending so far may have been read.
  firstPendingAt: `CASE WHEN NOT ${pendingImmediately} THEN conversation.first_pending_at
    WHEN conversation.unread_replies = 0 THEN $8::timestamptz
    ELSE coalesce(conversation.first_pending_at, $8::timestamptz) END`,
  lastPendingAt: `CASE WHEN ${pendingImmediately} THEN $8::timestamptz ELSE conversation.last_pending_at END`,
  lastPendingPosition: `CASE WHEN ${pendingImmediately} THEN conversation.message_count + 1
    ELSE conversation.last_pending_position END`,
  undeliverableAt: `CASE WHEN ${undeliverable} THEN $8::timestamptz ELSE conversation.undeliverable_at END`,
};
const lastReplySql = `CASE WHEN ${undeliverable}
  THEN ${lastMessageSql} || jsonb_build_object('undeliverable_at', $8::timestamptz) ELSE ${lastMessageSql} END`;

// Only the columns that the statements use, because rows are copied from one CTE to the next.
const visitorColumns = `visitors.id, visitors.addresses, visitors.connected, visitors.last_interaction_at, visitors.departed_at,
        visitors.opted_out_at, visitors.blocked_at, visitors.erased_at, visitors.page`;
const conversationColumns =
  "conversation.id, conversation.visitor_id, conversation.channel, conversation.message_count";

const replyStatement: Statement = {
  name: "write-reply",
  text: `
    WITH visitor AS (
      -- Locked, so that presence cannot change between being read here and the commit.
      SELECT ${visitorColumns} FROM visitors
      WHERE visitors.id = (SELECT visitor_id FROM conversations WHERE id = $2::uuid)
        AND visitors.erased_at IS NULL AND (visitors.blocked_at IS NULL OR $7::text <> 'web') FOR SHARE
    ), conversation AS (
      UPDATE conversations AS conversation SET
        message_count = conversation.message_count + 1,
        last_activity_at = greatest(conversation.last_activity_at, $8::timestamptz),
        last_message = ${lastReplySql},
        unread_replies = conversation.unread_replies + 1,
        pending_replies = ${replyFacts.pendingReplies},
        first_pending_at = ${replyFacts.firstPendingAt},
        last_pending_at = ${replyFacts.lastPendingAt},
        last_pending_position = ${replyFacts.lastPendingPosition},
        undeliverable_at = ${replyFacts.undeliverableAt},
        preference_version = CASE WHEN conversation.pending_replies = 0 THEN preference.version
          ELSE ${preferenceVersionSql} END,
        (due_channel, due_at, offline_due_at) = (${dueColumnsSql(replyFacts)})
      FROM visitor, forwarding_preference AS preference
      WHERE conversation.id = $2::uuid AND conversation.visitor_id = visitor.id AND conversation.status = 'OPEN'
      RETURNING ${conversationColumns}
    ), message AS (${insertSql(`CASE WHEN ${undeliverable} THEN $8::timestamptz END`)}
    ), direct AS (
      INSERT INTO deliveries (id, conversation_id, channel, address, address_shown, kind, trigger, status, reference,
        message_id, message_position, due_at, created_at, next_attempt_at)
      SELECT $13::uuid, conversation.id, conversation.channel, known.address -> 'address', known.address ->> 'shown',
        'DIRECT', 'IMMEDIATE', 'QUEUED', $14::text, message.id, message.position, message.sent_at, message.sent_at, message.sent_at
      FROM conversation, message, visitor, LATERAL (SELECT visitor.addresses -> conversation.channel AS address) AS known
      WHERE conversation.channel = ANY ($12::text[]) AND known.address IS NOT NULL
      RETURNING id, message_id, message_position
    ), carried AS (
      INSERT INTO delivery_messages (delivery_id, message_id, position) SELECT id, message_id, message_position FROM direct
    )
    SELECT message.*, visitor.id AS visitor_id, EXISTS (SELECT FROM direct) AS queued FROM message, visitor`,
};

const visitorStatement: Statement = {
  name: "write-visitor-message",
  text: `
    WITH visitor AS (
      UPDATE visitors SET last_interaction_at = greatest(visitors.last_interaction_at, $8::timestamptz)
      WHERE visitors.id = $4::uuid AND visitors.erased_at IS NULL AND visitors.blocked_at IS NULL
      RETURNING ${visitorColumns}
    ), conversation AS (
      UPDATE conversations AS conversation SET
        message_count = conversation.message_count + 1,
        last_activity_at = greatest(conversation.last_activity_at, $8::timestamptz),
        last_message = ${lastMessageSql},
        unread_by_agents = conversation.unread_by_agents + 1,
        written_from = CASE WHEN $7::text = 'web' THEN coalesce(visitor.page, conversation.written_from)
          ELSE conversation.written_from END,
        preference_version = ${preferenceVersionSql},
        (due_channel, due_at, offline_due_at) = (${dueColumnsSql(factsOf("conversation"))})
      FROM visitor, forwarding_preference AS preference
      WHERE conversation.id = $2::uuid AND conversation.visitor_id = visitor.id AND conversation.status = 'OPEN'
      RETURNING ${conversationColumns}
    ), others AS (
      -- The interaction also changes the due times of the visitor's other conversations.
      UPDATE conversations AS conversation SET preference_version = ${preferenceVersionSql},
        (due_channel, due_at, offline_due_at) = (${dueColumnsSql(factsOf("conversation"))})
      FROM visitor, forwarding_preference AS preference
      WHERE conversation.visitor_id = visitor.id AND conversation.id <> $2::uuid AND conversation.pending_replies > 0
    ), message AS (${insertSql("NULL::timestamptz")}
    )
    SELECT message.*, visitor.id AS visitor_id, false AS queued FROM message, visitor`,
};
