import { validate } from "uuid";
import type { ConversationKey, DeliveryName, FoundConversation } from "../channels/channel.js";
import type { Database, Statement } from "../database/database.js";
import type { Query } from "../forwarding/due/read-facts.js";

/** The conversation that something from outside means; null when there is none, or the key is no key at all. */
export async function resolveConversation(
  database: Database,
  channel: string,
  by: ConversationKey,
): Promise<FoundConversation | null> {
  const query = database.query.bind(database);
  if ("names" in by) {
    const named = await findNamedDelivery(query, channel, by.names, null);
    return named === null ? null : findOne(query, byDeliveryStatement, [named.id, channel]);
  }
  if ("deliveryId" in by) {
    return validate(by.deliveryId) ? findOne(query, byDeliveryStatement, [by.deliveryId, channel]) : null;
  }
  return validate(by.conversationId) ? findOne(query, byIdStatement, [by.conversationId]) : null;
}

/** How many names are looked up: a mail's References are of any length, and their writer's own. */
const maxNames = 50;

/**
 * The first delivery that is named, by the ids with which it was accepted or by its reference, among those of one
 * conversation where that is given. Neither is known to anybody before the first attempt.
 */
export async function findNamedDelivery(
  query: Query,
  channel: string,
  names: readonly DeliveryName[],
  conversationId: string | null,
): Promise<{ readonly id: string; readonly externalId: string } | null> {
  const asked = names.slice(0, maxNames).map(({ externalId, reference }) => ({
    external_ids: [externalId.toWellFormed().replaceAll("\0", "")],
    reference: reference?.toWellFormed().replaceAll("\0", "").toLowerCase() ?? null,
  }));
  if (asked.length === 0) return null;
  const [found] = await query<{ id: string; externalId: string }>(namedStatement, [
    channel,
    JSON.stringify(asked),
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
  name: "conversation-by-id",
  text: `SELECT conversations.id, visitors.erased_at IS NOT NULL AS erased, NULL AS delivery_id
    FROM conversations JOIN visitors ON visitors.id = conversations.visitor_id WHERE conversations.id = $1`,
};

const byDeliveryStatement: Statement = {
  name: "conversation-of-delivery",
  text: `SELECT conversations.id, visitors.erased_at IS NOT NULL AS erased, deliveries.id AS delivery_id
    FROM deliveries JOIN conversations ON conversations.id = deliveries.conversation_id
    JOIN visitors ON visitors.id = conversations.visitor_id WHERE deliveries.id = $1 AND deliveries.channel = $2`,
};

// Two indexed lookups a name rather than an OR over both, which would read the whole table.
const namedStatement: Statement = {
  name: "named-delivery",
  text: `
    SELECT named.id, asked.name #>> '{external_ids,0}' AS external_id FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS asked (name, rank), LATERAL (
      SELECT deliveries.* FROM deliveries WHERE deliveries.external_ids @> (asked.name -> 'external_ids')
      UNION ALL
      SELECT deliveries.* FROM deliveries WHERE deliveries.reference = asked.name ->> 'reference') AS named
    WHERE named.channel = $1 AND ($3::uuid IS NULL OR named.conversation_id = $3::uuid)
    ORDER BY asked.rank LIMIT 1`,
};
