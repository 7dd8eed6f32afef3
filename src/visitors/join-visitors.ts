import { isDeepStrictEqual } from "node:util";
import type { Statement, Transaction } from "../database/database.js";
import { cancelQueuedDeliveries } from "../forwarding/deliveries/cancel-deliveries.js";
import { CancelReason } from "../forwarding/deliveries/delivery.entity.js";
import { lockConversations, refreshForwarding } from "../forwarding/due/refresh-due-times.js";
import type { Visitor } from "./visitor.entity.js";
import { emailChannel } from "./visitor-address.js";
import { listConversationIds, publishVisitorChanged } from "./visitor-conversations.js";

/**
 * Makes an anonymous visitor an alias of the visitor whom the website has identified. The caller has locked both. Moves
 * conversations, the visitor's messages in them, sessions and connections; an address or name that only the anonymous
 * visitor has is kept. Reply addresses and resume codes refer to conversations, so they continue to work. Returns the ids
 * of the moved sessions: pass them to `SessionCache.invalidate` once the transaction has committed.
 */
export async function joinVisitors(
  transaction: Transaction,
  anonymous: Visitor,
  known: Visitor,
  now: Date,
): Promise<readonly string[]> {
  const moved = await listConversationIds(transaction, [anonymous.id]);
  const all = [...moved, ...(await listConversationIds(transaction, [known.id]))];
  await lockConversations(transaction, all);

  const addresses = { ...anonymous.addresses, ...known.addresses };
  // The address that is kept keeps its source and its proof. One that both have is proven if either has proven it.
  const keeper = known.addresses[emailChannel] === undefined ? anonymous : known;
  const isShared = isDeepStrictEqual(
    known.addresses[emailChannel]?.address,
    anonymous.addresses[emailChannel]?.address,
  );
  const prover = isShared && keeper.emailProvenAt === null ? anonymous : keeper;
  await transaction.query(mergeStatement, [
    known.id,
    anonymous.id,
    JSON.stringify(addresses),
    keeper.emailSource,
    prover.emailProof,
    prover.emailProvenAt,
  ]);
  await moveTypedAddress(transaction, { keeper, anonymous, known, proven: prover.emailProvenAt !== null });
  await transaction.query(moveMessagesStatement, [moved, anonymous.id, known.id]);
  await transaction.query(moveConversationsStatement, [anonymous.id, known.id]);
  await transaction.query(moveConnectionsStatement, [anonymous.id, known.id]);
  const sessions = await transaction.query<{ id: string }>(moveSessionsStatement, [anonymous.id, known.id]);
  await transaction.query(aliasStatement, [anonymous.id, known.id]);

  if (!isDeepStrictEqual(addresses, { ...anonymous.addresses })) {
    await cancelQueuedDeliveries(transaction, moved, CancelReason.READDRESSED, now);
    await transaction.query(resetAttemptsStatement, [moved]);
  }
  await transaction.query(endLimitsStatement, [all]);
  await refreshForwarding(transaction, all, now);
  await publishVisitorChanged(transaction, known.id);
  return sessions.map((row) => row.id);
}

// The anonymous visitor is the one on the website now, so its locale, time zone and page are more recent.
const mergeStatement: Statement = {
  name: "merge-joined-visitor",
  text: `
    UPDATE visitors SET addresses = $3::jsonb, email_source = $4, email_proof = $5, email_proven_at = $6::timestamptz, name = coalesce(visitors.name, anonymous.name),
      locale = coalesce(anonymous.locale, visitors.locale), time_zone = coalesce(anonymous.time_zone, visitors.time_zone),
      page = coalesce(anonymous.page, visitors.page), network = coalesce(anonymous.network, visitors.network),
      connected = visitors.connected OR anonymous.connected,
      last_interaction_at = greatest(visitors.last_interaction_at, anonymous.last_interaction_at),
      departed_at = greatest(visitors.departed_at, anonymous.departed_at),
      opted_out_at = coalesce(visitors.opted_out_at, anonymous.opted_out_at)
    FROM visitors AS anonymous WHERE visitors.id = $1 AND anonymous.id = $2`,
};

interface JoinedAddress {
  /** The one of the two whose address is kept. */
  readonly keeper: Visitor;
  readonly anonymous: Visitor;
  readonly known: Visitor;
  readonly proven: boolean;
}

/** Keeps who typed the address that is kept, unless it is proven, and what was sent to it. */
async function moveTypedAddress(
  transaction: Transaction,
  { keeper, anonymous, known, proven }: JoinedAddress,
): Promise<void> {
  const gone = proven ? [anonymous.id, known.id] : keeper === known ? [anonymous.id] : [known.id];
  await transaction.query(deleteTypedStatement, [gone]);
  if (keeper === anonymous && !proven) await transaction.query(moveTypedStatement, [anonymous.id, known.id]);
  await transaction.query(moveMailsStatement, [anonymous.id, known.id]);
}

const deleteTypedStatement: Statement = {
  name: "delete-typed-addresses-of-joined",
  text: "DELETE FROM typed_addresses WHERE visitor_id = ANY ($1::uuid[])",
};

const moveTypedStatement: Statement = {
  name: "move-typed-address-of-joined",
  text: "UPDATE typed_addresses SET visitor_id = $2 WHERE visitor_id = $1",
};

const moveMailsStatement: Statement = {
  name: "move-unproven-mails-of-joined",
  text: "UPDATE unproven_mails SET visitor_id = $2 WHERE visitor_id = $1",
};

// A clientMessageId is unique per author: if both have used the same one, the anonymous visitor's is cleared.
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
  name: "make-visitor-alias",
  text: `
    UPDATE visitors SET alias_of = $2, name = NULL, addresses = '{}', email_source = NULL, email_proof = NULL,
      email_proven_at = NULL, page = NULL, network = NULL, connected = false,
      last_interaction_at = NULL, departed_at = NULL
    WHERE id = $1`,
};

// The due check decides again, about the address and the proof that are kept.
const endLimitsStatement: Statement = {
  name: "end-limits-of-joined",
  text: "UPDATE conversations SET unproven_until = NULL WHERE id = ANY ($1::uuid[]) AND unproven_until IS NOT NULL",
};

// As for any new address: attempts to reach the old one no longer count.
const resetAttemptsStatement: Statement = {
  name: "reset-joined-attempts",
  text: "UPDATE conversations SET attempted_position = forwarded_position WHERE id = ANY ($1::uuid[])",
};
