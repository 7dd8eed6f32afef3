import type { Statement, Transaction } from "../../database/database.js";
import { suppressedSql } from "../addresses/suppressed-channels.js";

/**
 * The SQL that computes a conversation's stored due times, so that the due check reads an index. Every statement that
 * changes a fact they depend on uses it in the same transaction. due.ts defines the rule; `due_at` holds the earliest time
 * of its triggers that depend on the visitor, `offline_due_at` that of AGENTS_OFFLINE. Aliases: `conversation` (the row as
 * it will be), `visitor`, `preference`.
 */

/** The first WHEN_AWAY channel, in the order of CHANNELS, for which the visitor has an address. */
export const chosenChannelSql = `(
  SELECT candidate.channel FROM unnest(preference.channels) WITH ORDINALITY AS candidate (channel, rank)
  WHERE visitor.addresses ? candidate.channel ORDER BY candidate.rank LIMIT 1)`;

/** SQL expressions for the forwarding facts of a conversation, as they will be once the statement is done. */
interface ForwardingFactsSql {
  readonly id: string;
  readonly channel: string;
  readonly heldAt: string;
  readonly optedOutAt: string;
  readonly openDeliveryId: string;
  readonly pendingReplies: string;
  readonly firstPendingAt: string;
  readonly lastPendingAt: string;
  readonly lastPendingPosition: string;
  readonly attemptedPosition: string;
  readonly visitorReadPosition: string;
  readonly undeliverableAt: string;
  readonly unprovenUntil: string;
}

/** The facts as columns of a relation. */
export function factsOf(alias: string): ForwardingFactsSql {
  return {
    id: `${alias}.id`,
    channel: `${alias}.channel`,
    heldAt: `${alias}.held_at`,
    optedOutAt: `${alias}.opted_out_at`,
    openDeliveryId: `${alias}.open_delivery_id`,
    pendingReplies: `${alias}.pending_replies`,
    firstPendingAt: `${alias}.first_pending_at`,
    lastPendingAt: `${alias}.last_pending_at`,
    lastPendingPosition: `${alias}.last_pending_position`,
    attemptedPosition: `${alias}.attempted_position`,
    visitorReadPosition: `${alias}.visitor_read_position`,
    undeliverableAt: `${alias}.undeliverable_at`,
    unprovenUntil: `${alias}.unproven_until`,
  };
}

/** A SELECT of `due_channel, due_at, offline_due_at`, for `SET (…) = (…)`: there it sees the newest version of a locked row. */
export function dueColumnsSql(facts: ForwardingFactsSql): string {
  // On an IMMEDIATE channel the visitor is not on the website: away since the failure.
  const live = `${facts.channel} = 'web'`;
  // OFFSET 0 has each subquery evaluated once: PostgreSQL would inline it wherever its columns are used, also in the SQL
  // functions, with seven lookups of the channel and dozens of comparisons for every message that is written.
  return `
    SELECT due.channel,
      CASE WHEN due.possible THEN greatest(due.limited, due_by_visitor(due.connected, due.last_interaction, due.departed,
        due.first_pending, due.settled, preference.visitor_left_delay_seconds, preference.inactivity_delay_seconds)) END,
      CASE WHEN due.possible THEN greatest(due.limited, due_by_agents(due.connected, due.last_interaction, due.departed,
        due.all_read, due.settled, preference.visitor_left_delay_seconds)) END
    FROM (
      SELECT chosen.channel, ${live} AND visitor.connected AS connected,
        CASE WHEN ${live} THEN visitor.last_interaction_at END AS last_interaction,
        CASE WHEN ${live} THEN visitor.departed_at ELSE ${facts.undeliverableAt} END AS departed,
        ${facts.visitorReadPosition} >= ${facts.lastPendingPosition} AND ${live}
          AND visitor.last_interaction_at IS NOT NULL AS all_read,
        ${facts.firstPendingAt} AS first_pending, ${facts.unprovenUntil} AS limited,
        settled_at(${facts.firstPendingAt}, ${facts.lastPendingAt},
          preference.settle_seconds, preference.visitor_left_delay_seconds) AS settled,
        preference.mode <> 'NOTHING' AND ${facts.heldAt} IS NULL AND ${facts.openDeliveryId} IS NULL
        AND ${facts.pendingReplies} > 0 AND ${facts.lastPendingPosition} > ${facts.attemptedPosition}
        AND chosen.channel IS NOT NULL AND visitor.opted_out_at IS NULL AND ${facts.optedOutAt} IS NULL
        AND visitor.erased_at IS NULL AND visitor.blocked_at IS NULL
        AND NOT ${suppressedSql("chosen.channel")}
        AND (${live} OR NOT EXISTS (
          SELECT FROM deliveries WHERE deliveries.conversation_id = ${facts.id}
            AND deliveries.kind = 'DIRECT' AND deliveries.status IN ('QUEUED', 'SENDING'))) AS possible
      FROM (SELECT ${chosenChannelSql} AS channel OFFSET 0) AS chosen OFFSET 0
    ) AS due`;
}

/**
 * The preference version to store with due times when the other pending facts stay as they are: the older one. A statement
 * that waited for an admin's change to commit sees the newest conversation, but the preference from before the change.
 */
export const preferenceVersionSql = "least(conversation.preference_version, preference.version)";

/** Recomputes the due times after the presence of visitors has changed, in the transaction that updated their rows. */
export async function refreshDueTimes(transaction: Transaction, visitorIds: readonly string[]): Promise<void> {
  if (visitorIds.length > 0) await transaction.query(refreshDueTimesStatement, [visitorIds]);
}

const refreshDueTimesStatement: Statement = {
  name: "refresh-due-times",
  text: `
    UPDATE conversations AS conversation SET preference_version = ${preferenceVersionSql},
      (due_channel, due_at, offline_due_at) = (${dueColumnsSql(factsOf("conversation"))})
    FROM visitors AS visitor, forwarding_preference AS preference
    WHERE visitor.id = ANY ($1::uuid[]) AND conversation.visitor_id = ANY ($1::uuid[])
      AND conversation.visitor_id = visitor.id AND conversation.pending_replies > 0`,
};

/**
 * Locks conversations before what is pending changes: visitors first, so that presence and messages cannot deadlock. The
 * order everywhere: visitor, conversation, delivery.
 */
export async function lockConversations(transaction: Transaction, conversationIds: readonly string[]): Promise<void> {
  await transaction.query(lockVisitorsStatement, [conversationIds]);
  await transaction.query(lockConversationsStatement, [conversationIds]);
}

const lockVisitorsStatement: Statement = {
  name: "lock-visitors-of-conversations",
  text: `SELECT id FROM visitors WHERE id IN (SELECT visitor_id FROM conversations WHERE id = ANY ($1::uuid[]))
    ORDER BY id FOR SHARE`,
};

const lockConversationsStatement: Statement = {
  name: "lock-conversations",
  text: "SELECT id FROM conversations WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE",
};

/**
 * Recomputes, from the messages, what is pending in conversations that the caller has locked: after reading, sending, a
 * bounce, a new preference or address. Also updates the copy of the last message, ends a hold when nothing is pending any
 * more, and recomputes the due times.
 */
export async function refreshForwarding(
  transaction: Transaction,
  conversationIds: readonly string[],
  now: Date,
): Promise<void> {
  if (conversationIds.length > 0) await transaction.query(refreshForwardingStatement, [conversationIds, now]);
}

/**
 * Which messages are pending; aliases `message`, `conversation`, `preference`. Replies of an IMMEDIATE channel become
 * pending when their channel fails to deliver them, and stay so until they are forwarded or seen on the website: that the
 * visitor has read a later reply on the channel says nothing about one that never arrived.
 */
export const pendingSql = `message.author_kind <> 'VISITOR' AND message.position > conversation.forwarded_position
  AND CASE WHEN conversation.channel = 'web' THEN message.position > conversation.visitor_read_position
      OR (preference.mode = 'FULL_TRANSCRIPT' AND message.sent_at >= preference.mode_since)
    ELSE message.undeliverable_at IS NOT NULL END`;

/**
 * Which pending messages may be forwarded automatically: not those that may have been sent already, about which a person
 * decides. OFFSET 0 makes the planner look up each message instead of collecting all UNCERTAIN deliveries.
 */
export const carriedSql = `NOT EXISTS (
  SELECT FROM delivery_messages JOIN deliveries ON deliveries.id = delivery_messages.delivery_id
  WHERE delivery_messages.message_id = message.id AND deliveries.status = 'UNCERTAIN' OFFSET 0)`;

/**
 * When the first unread pending reply was sent; the first pending one if all of them have been read. In a transcript, read
 * replies are pending too, but must not make the next reply of a live chat due earlier.
 */
export const firstPendingSql = `coalesce(
  min(message.sent_at) FILTER (WHERE message.position > conversation.visitor_read_position), min(message.sent_at))`;

const refreshForwardingStatement: Statement = {
  name: "refresh-forwarding",
  text: `
    WITH counted AS (
      SELECT conversation.id, conversation.visitor_id, conversation.channel, conversation.open_delivery_id,
        conversation.visitor_read_position, conversation.attempted_position, conversation.opted_out_at,
        conversation.unproven_until,
        pending.replies AS pending_replies, pending.first_at AS first_pending_at, pending.last_at AS last_pending_at,
        pending.last_position AS last_pending_position, pending.undeliverable_at,
        CASE WHEN pending.replies > 0 THEN conversation.held_at END AS held_at,
        (SELECT count(*) FROM messages AS message WHERE message.conversation_id = conversation.id
          AND message.position > conversation.visitor_read_position AND message.author_kind <> 'VISITOR') AS unread_replies,
        (SELECT count(*) FROM messages AS message WHERE message.conversation_id = conversation.id
          AND message.position > conversation.agents_read_position AND message.author_kind = 'VISITOR') AS unread_by_agents,
        (SELECT to_jsonb(message) FROM messages AS message
          WHERE message.conversation_id = conversation.id AND message.position = conversation.message_count) AS last_message
      FROM conversations AS conversation, forwarding_preference AS preference, LATERAL (
        SELECT count(*)::integer AS replies, ${firstPendingSql} AS first_at, max(message.sent_at) AS last_at,
          coalesce(max(message.position) FILTER (WHERE ${carriedSql}), 0) AS last_position,
          max(message.undeliverable_at) AS undeliverable_at
        FROM messages AS message WHERE message.conversation_id = conversation.id AND ${pendingSql}) AS pending
      WHERE conversation.id = ANY ($1::uuid[])
    )
    UPDATE conversations AS target SET
      pending_replies = counted.pending_replies, first_pending_at = counted.first_pending_at,
      last_pending_at = counted.last_pending_at, last_pending_position = counted.last_pending_position,
      undeliverable_at = counted.undeliverable_at, held_at = counted.held_at,
      held_by = CASE WHEN counted.held_at IS NOT NULL THEN target.held_by END,
      unread_replies = counted.unread_replies, unread_by_agents = counted.unread_by_agents,
      last_message = counted.last_message, preference_version = preference.version,
      (due_channel, due_at, offline_due_at) = (
        SELECT due.channel,
          -- Too old to be forwarded automatically: the check need not look at it again.
          CASE WHEN counted.last_pending_at > $2::timestamptz - interval '7 days' THEN due.due_at END,
          CASE WHEN counted.last_pending_at > $2::timestamptz - interval '7 days' THEN due.offline_due_at END
        FROM (${dueColumnsSql(factsOf("counted"))}) AS due (channel, due_at, offline_due_at))
    FROM counted JOIN visitors AS visitor ON visitor.id = counted.visitor_id, forwarding_preference AS preference
    WHERE target.id = counted.id`,
};
