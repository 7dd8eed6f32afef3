import { validate } from "uuid";
import type { ConversationKey, DeliveryName, FoundConversation } from "../channels/channel.js";
import type { Database, Statement } from "../database/database.js";
import type { Query } from "../forwarding/due/read-facts.js";

/** Finds the conversation that a key refers to. Keys may be arbitrary input; null if they match nothing. */
export async function resolveConversation(
  database: Database,
  channel: string,
  key: ConversationKey,
): Promise<FoundConversation | null> {
  const query = database.query.bind(database);
  if ("names" in key) {
    const named = await findNamedDelivery(query, channel, key.names, null);
    return named === null ? null : findOne(query, byDeliveryStatement, [named.id, channel]);
  }
  if ("deliveryId" in key) {
    return validate(key.deliveryId) ? findOne(query, byDeliveryStatement, [key.deliveryId, channel]) : null;
  }
  return validate(key.conversationId) ? findOne(query, byIdStatement, [key.conversationId]) : null;
}

/** An email's References header is unbounded and set by its sender. */
const maxNames = 50;

/**
 * The first delivery that one of the names refers to, by a vendor id returned when it was accepted or by its reference.
 * `conversationId` restricts the search to one conversation. Both kinds of names are secret until the first attempt.
 */
export async function findNamedDelivery(
  query: Query,
  channel: string,
  names: readonly DeliveryName[],
  conversationId: string | null,
): Promise<{ readonly id: string; readonly externalId: string } | null> {
  const candidates = names.slice(0, maxNames).map(({ externalId, reference }) => ({
    external_ids: [externalId.toWellFormed().replaceAll("\0", "")],
    reference: reference?.toWellFormed().replaceAll("\0", "").toLowerCase() ?? null,
  }));
  if (candidates.length === 0) return null;
  const [found] = await query<{ id: string; externalId: string }>(namedStatement, [
    channel,
    JSON.stringify(candidates),
    conversationId,
  ]);
  return found ?? null;
}

async function findOne(
  query: Query,
  statement: Statement,
  parameters: readonly unknown[],
): Promise<FoundConversation | null> {
  const [found] = await query<FoundConversation>(statement, parameters);
  return found ?? null;
}

const byIdStatement: Statement = {
  name: "resolve-conversation-by-id",
  text: `SELECT conversations.id, visitors.erased_at IS NOT NULL AS erased,
      visitors.blocked_at IS NOT NULL AS blocked, NULL AS delivery_id
    FROM conversations JOIN visitors ON visitors.id = conversations.visitor_id WHERE conversations.id = $1`,
};

const byDeliveryStatement: Statement = {
  name: "resolve-conversation-by-delivery",
  text: `SELECT conversations.id, visitors.erased_at IS NOT NULL AS erased,
      visitors.blocked_at IS NOT NULL AS blocked, deliveries.id AS delivery_id
    FROM deliveries JOIN conversations ON conversations.id = deliveries.conversation_id
    JOIN visitors ON visitors.id = conversations.visitor_id WHERE deliveries.id = $1 AND deliveries.channel = $2`,
};

// Two indexed lookups per name: an OR of both conditions would scan the whole table.
const namedStatement: Statement = {
  name: "find-named-delivery",
  text: `
    SELECT delivery.id, candidate.name #>> '{external_ids,0}' AS external_id
    FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS candidate (name, rank), LATERAL (
      SELECT deliveries.* FROM deliveries WHERE deliveries.external_ids @> (candidate.name -> 'external_ids')
      UNION ALL
      SELECT deliveries.* FROM deliveries WHERE deliveries.reference = candidate.name ->> 'reference') AS delivery
    WHERE delivery.channel = $1 AND ($3::uuid IS NULL OR delivery.conversation_id = $3::uuid)
    ORDER BY candidate.rank LIMIT 1`,
};
