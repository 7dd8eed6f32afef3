import { isDeepStrictEqual } from "node:util";
import type { Statement, Transaction } from "../database/database.js";
import { cancelQueuedDeliveries } from "../forwarding/deliveries/cancel-deliveries.js";
import { lockConversations, refreshForwarding } from "../forwarding/due/refresh-due-times.js";
import { conversationIdsOf, publishVisitorChanged } from "./lock-visitor.js";
import type { Visitor } from "./visitor.entity.js";

/**
 * Makes an anonymous visitor an alias of the one whom the website vouches for. The caller has locked both. Conversations,
 * the visitor's messages in them, sessions and connections move; what only the anonymous one knew (address, name) is
 * kept. Reply addresses and resume codes name conversations, so they go on working. Returns the ids of the moved
 * sessions: give them to `SessionCache.invalidate` once the transaction has committed.
 */
export async function joinVisitors(
  transaction: Transaction,
  anonymous: Visitor,
  known: Visitor,
  now: Date,
): Promise<readonly string[]> {
  const moved = await conversationIdsOf(transaction, [anonymous.id]);
  const all = [...moved, ...(await conversationIdsOf(transaction, [known.id]))];
  await lockConversations(transaction, all);

  const addresses = { ...anonymous.addresses, ...known.addresses };
  const keepsEmail = known.emailSource ?? anonymous.emailSource;
  await transaction.query(enrichStatement, [known.id, anonymous.id, JSON.stringify(addresses), keepsEmail]);
  await transaction.query(moveMessagesStatement, [moved, anonymous.id, known.id]);
  await transaction.query(moveConversationsStatement, [anonymous.id, known.id]);
  await transaction.query(moveConnectionsStatement, [anonymous.id, known.id]);
  const sessions = await transaction.query<{ id: string }>(moveSessionsStatement, [anonymous.id, known.id]);
  await transaction.query(aliasStatement, [anonymous.id, known.id]);

  if (!isDeepStrictEqual(addresses, { ...anonymous.addresses })) {
    await cancelQueuedDeliveries(transaction, moved, now);
    await transaction.query(attemptAnewStatement, [moved]);
  }
  await refreshForwarding(transaction, all, now);
  await publishVisitorChanged(transaction, known.id);
  return sessions.map((row) => row.id);
}

// The anonymous one is who is on the website now, so what the browser said of it is newer.
const enrichStatement: Statement = {
  name: "enrich-joined-visitor",
  text: `
    UPDATE visitors SET addresses = $3::jsonb, email_source = $4, name = coalesce(visitors.name, anonymous.name),
      locale = coalesce(anonymous.locale, visitors.locale), time_zone = coalesce(anonymous.time_zone, visitors.time_zone),
      page = coalesce(anonymous.page, visitors.page), connected = visitors.connected OR anonymous.connected,
      last_interaction_at = greatest(visitors.last_interaction_at, anonymous.last_interaction_at),
      departed_at = greatest(visitors.departed_at, anonymous.departed_at),
      opted_out_at = coalesce(visitors.opted_out_at, anonymous.opted_out_at)
    FROM visitors AS anonymous WHERE visitors.id = $1 AND anonymous.id = $2`,
};

// Should both have used the same clientMessageId, the older message gives it up: it is unique per author.
const moveMessagesStatement: Statement = {
  name: "move-joined-messages",
  text: `
    UPDATE messages SET author_id = $3, client_message_id = CASE WHEN NOT EXISTS (
      SELECT FROM messages AS other WHERE other.author_id = $3 AND other.client_message_id = messages.client_message_id)
      THEN client_message_id END
    WHERE conversation_id = ANY ($1::uuid[]) AND author_kind = 'VISITOR' AND author_id = $2`,
};

const moveConversationsStatement: Statement = {
  name: "move-joined-conversations",
  text: "UPDATE conversations SET visitor_id = $2 WHERE visitor_id = $1",
};

const moveConnectionsStatement: Statement = {
  name: "move-joined-connections",
  text: "UPDATE connections SET visitor_id = $2 WHERE visitor_id = $1",
};

const moveSessionsStatement: Statement = {
  name: "move-joined-sessions",
  text: "UPDATE sessions SET visitor_id = $2 WHERE visitor_id = $1 RETURNING id",
};

const aliasStatement: Statement = {
  name: "make-alias",
  text: `
    UPDATE visitors SET alias_of = $2, name = NULL, addresses = '{}', email_source = NULL, page = NULL, connected = false,
      last_interaction_at = NULL, departed_at = NULL
    WHERE id = $1`,
};

// As for any new address: what was tried at the old one counts no more.
const attemptAnewStatement: Statement = {
  name: "attempt-joined-anew",
  text: "UPDATE conversations SET attempted_position = forwarded_position WHERE id = ANY ($1::uuid[])",
};
