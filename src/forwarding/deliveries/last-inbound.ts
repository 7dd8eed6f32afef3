import type { Database, Statement } from "../../database/database.js";

/** SQL: whether the row `message` is one that the visitor wrote through the channel `channel`, such as `delivery.channel`. */
const isInboundSql = (message: string, channel: string): string =>
  `${message}.via = ${channel} AND ${message}.author_kind = 'VISITOR' AND ${message}.external_id IS NOT NULL`;

/**
 * SQL: the last message that the visitor wrote through a channel, as a row of `external_id` and `sent_at`. OFFSET 0 keeps the
 * other conditions out of the subquery: without statistics, the planner would search the index of everything that the channel
 * ever received, to save reading a few rows of the conversation.
 */
export const lastInboundSql = (conversationId: string, channel: string): string => `
  SELECT own.external_id, own.sent_at FROM (
    SELECT * FROM messages WHERE messages.conversation_id = ${conversationId}
    ORDER BY messages.position DESC OFFSET 0) AS own
  WHERE ${isInboundSql("own", channel)}
  ORDER BY own.position DESC LIMIT 1`;

/**
 * SQL: when the visitor wrote the latest of their recent messages through a channel. A message that the vendor delivered late is
 * last in position but was sent earlier; reply windows start at the latest.
 */
export const latestInboundAtSql = (conversationId: string, channel: string): string => `
  SELECT max(recent.sent_at) FROM (
    SELECT * FROM messages WHERE messages.conversation_id = ${conversationId}
    ORDER BY messages.position DESC LIMIT 50) AS recent
  WHERE ${isInboundSql("recent", channel)}`;

/**
 * When the visitors of conversations last wrote through the conversation's own channel, in the order of their ids; null if never.
 * The same as what that channel is told when a reply is sent.
 */
export async function readLastInbound(
  database: Database,
  conversationIds: readonly string[],
): Promise<(Date | null)[]> {
  const rows = await database.query<{ readonly id: string; readonly at: Date | null }>(statement, [conversationIds]);
  const byId = new Map(rows.map(({ id, at }) => [id, at]));
  return conversationIds.map((id) => byId.get(id) ?? null);
}

const statement: Statement = {
  name: "last-inbound-of-conversations",
  text: `
    SELECT conversation.id, greatest(
      (SELECT inbound.sent_at FROM (${lastInboundSql("conversation.id", "conversation.channel")}) AS inbound),
      (${latestInboundAtSql("conversation.id", "conversation.channel")})) AS at
    FROM conversations AS conversation WHERE conversation.id = ANY ($1::uuid[])`,
};
