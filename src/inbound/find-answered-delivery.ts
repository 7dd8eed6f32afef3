import type { DeliveryName } from "../channels/channel.js";
import type { Statement } from "../database/database.js";
import type { Query } from "../forwarding/due/read-facts.js";
import { findNamedDelivery } from "./resolve-conversation.js";

/** The delivery that a visitor's message answers. */
export interface AnsweredDelivery {
  readonly deliveryId: string;
  /** The newest reply that it carried; 0 when it carried none. */
  readonly position: number;
  /** `proof`: the answer shows that this delivery arrived. `guess`: it may answer another one. */
  readonly certainty: "proof" | "guess";
  /** The vendor's id by which the message refers to it; null if it does not. */
  readonly externalId: string | null;
}

/**
 * The delivery of a conversation that a message answers: the first one that the message names; otherwise the newest one
 * sent before the message; otherwise, if exactly one delivery was attempted and its outcome is unknown, that one. Null if
 * nothing was sent before.
 */
export async function findAnsweredDelivery(
  query: Query,
  channel: string,
  conversationId: string,
  names: readonly DeliveryName[],
  at: Date,
): Promise<AnsweredDelivery | null> {
  const named = await findAnsweredDeliveryByName(query, channel, conversationId, names);
  if (named !== null) return named;
  const [answered] = await query<AnsweredDelivery>(newestStatement, [conversationId, channel, at]);
  return answered ?? null;
}

/** The first delivery of a conversation that a message names; null if it names none. */
export async function findAnsweredDeliveryByName(
  query: Query,
  channel: string,
  conversationId: string,
  names: readonly DeliveryName[],
): Promise<AnsweredDelivery | null> {
  const named = await findNamedDelivery(query, channel, names, conversationId);
  if (named === null) return null;
  const [answered] = await query<AnsweredDelivery>(carriedStatement, [named.id, named.externalId]);
  return answered ?? null;
}

// A notice carried no text: answering it shows that it arrived, not that its replies were read.
const positionSql = `(SELECT coalesce(max(delivery_messages.position), 0) FROM delivery_messages
  WHERE delivery_messages.delivery_id = deliveries.id AND deliveries.kind <> 'NOTICE')`;

const carriedStatement: Statement = {
  name: "find-answered-delivery",
  text: `SELECT id AS delivery_id, ${positionSql} AS position, 'proof' AS certainty, $2::text AS external_id
    FROM deliveries WHERE id = $1`,
};

// Deliveries known to be sent take precedence. Of several with an unknown outcome, any could be the one that arrived.
const newestStatement: Statement = {
  name: "find-newest-answerable-delivery",
  text: `
    WITH sent AS (
      SELECT deliveries.id, deliveries.sent_at FROM deliveries
      WHERE deliveries.conversation_id = $1 AND deliveries.channel = $2
        AND deliveries.status IN ('SENT', 'DELIVERED') AND deliveries.sent_at <= $3
      ORDER BY deliveries.sent_at DESC, deliveries.id DESC LIMIT 1
    ), attempted AS (
      SELECT deliveries.id FROM deliveries
      WHERE deliveries.conversation_id = $1 AND deliveries.channel = $2 AND NOT EXISTS (SELECT FROM sent)
        AND (deliveries.status IN ('SENDING', 'UNCERTAIN') OR deliveries.frozen_at IS NOT NULL)
        AND deliveries.first_attempt_at <= $3
    )
    SELECT deliveries.id AS delivery_id, ${positionSql} AS position,
      CASE WHEN EXISTS (SELECT FROM sent) THEN 'guess' ELSE 'proof' END AS certainty, NULL AS external_id
    FROM deliveries WHERE deliveries.id IN (SELECT id FROM sent)
      OR (deliveries.id IN (SELECT id FROM attempted) AND (SELECT count(*) FROM attempted) = 1)`,
};
