import type { DeliveryName } from "../channels/channel.js";
import type { Statement } from "../database/database.js";
import type { Query } from "../forwarding/due/read-facts.js";
import { findNamedDelivery } from "./resolve-conversation.js";

/** The delivery that a visitor's message answers. */
export interface Answered {
  readonly deliveryId: string;
  /** The newest reply that it carried; 0 when it carried none. */
  readonly position: number;
  /** `proof`: nobody could have answered had it not arrived. `guess`: another may have been meant. */
  readonly certainty: "proof" | "guess";
  /** As the message names it; null when it does not. */
  readonly externalId: string | null;
}

/**
 * Which delivery of a conversation a message answers: the first that it names; else the newest that was sent before it
 * came; else, where the only one ever tried has no known outcome, that one. Null when nothing was sent before.
 */
export async function findAnswered(
  query: Query,
  channel: string,
  conversationId: string,
  names: readonly DeliveryName[],
  at: Date,
): Promise<Answered | null> {
  const named = await findNamed(query, channel, conversationId, names);
  if (named !== null) return named;
  const [answered] = await query<Answered>(newestStatement, [conversationId, channel, at]);
  return answered ?? null;
}

/** The first delivery of a conversation that a message names; null when it names none. */
export async function findNamed(
  query: Query,
  channel: string,
  conversationId: string,
  names: readonly DeliveryName[],
): Promise<Answered | null> {
  const named = await findNamedDelivery(query, channel, names, conversationId);
  if (named === null) return null;
  const [answered] = await query<Answered>(carriedStatement, [named.id, named.externalId]);
  return answered ?? null;
}

const positionSql = `(SELECT coalesce(max(delivery_messages.position), 0) FROM delivery_messages
  WHERE delivery_messages.delivery_id = deliveries.id)`;

const carriedStatement: Statement = {
  name: "carried-by-answered",
  text: `SELECT id AS delivery_id, ${positionSql} AS position, 'proof' AS certainty, $2::text AS external_id
    FROM deliveries WHERE id = $1`,
};

// What was sent goes before what may have been: two of unknown outcome leave open which of them arrived.
const newestStatement: Statement = {
  name: "newest-answerable-delivery",
  text: `
    WITH sent AS (
      SELECT deliveries.id, deliveries.sent_at FROM deliveries
      WHERE deliveries.conversation_id = $1 AND deliveries.channel = $2
        AND deliveries.status IN ('SENT', 'DELIVERED') AND deliveries.sent_at <= $3
      ORDER BY deliveries.sent_at DESC, deliveries.id DESC LIMIT 1
    ), tried AS (
      SELECT deliveries.id FROM deliveries
      WHERE deliveries.conversation_id = $1 AND deliveries.channel = $2 AND NOT EXISTS (SELECT FROM sent)
        AND (deliveries.status IN ('SENDING', 'UNCERTAIN') OR deliveries.frozen_at IS NOT NULL)
        AND deliveries.first_attempt_at <= $3
    )
    SELECT deliveries.id AS delivery_id, ${positionSql} AS position,
      CASE WHEN EXISTS (SELECT FROM sent) THEN 'guess' ELSE 'proof' END AS certainty, NULL AS external_id
    FROM deliveries WHERE deliveries.id IN (SELECT id FROM sent)
      OR (deliveries.id IN (SELECT id FROM tried) AND (SELECT count(*) FROM tried) = 1)`,
};
