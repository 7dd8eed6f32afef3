import { isDeepStrictEqual } from "node:util";
import type { Statement, Transaction } from "../../database/database.js";
import type { Json } from "../../json.js";
import type { Services } from "../../services.js";
import type { EmailOrigin } from "../../visitors/email-origin.js";
import type { KnownAddress } from "../../visitors/visitor.entity.js";
import { emailChannel } from "../../visitors/visitor-address.js";
import { cancelDeliveries } from "../deliveries/cancel-deliveries.js";
import { CancelReason } from "../deliveries/delivery.entity.js";
import { chooseChannel } from "../due/choose-channel.js";
import { lockConversations, refreshForwarding } from "../due/refresh-due-times.js";
import { knownAddress } from "./parse-address.js";
import { redirectQueuedReplies } from "./redirect-replies.js";

interface ConversationRow {
  readonly id: string;
}

/**
 * Changes or removes (null) a visitor's address on a channel. A QUEUED forwarding to the old address is cancelled, so that
 * the due check plans again, and replies that are QUEUED for an IMMEDIATE channel are redirected. If replies are forwarded
 * to another address from now on, unread ones become eligible for it: *attempted* goes back to *forwarded*. The address
 * must have passed `parseAddress`; `origin` is stored for email only: a new address that the visitor typed is not proven.
 */
export async function changeAddress(
  transaction: Transaction,
  services: Services,
  visitorId: string,
  channelId: string,
  address: Json | null,
  origin: EmailOrigin | null,
  now: Date,
): Promise<void> {
  const [visitor] = await transaction.query<{ addresses: Record<string, KnownAddress> }>(lockVisitorStatement, [
    visitorId,
  ]);
  const known = address === null ? null : knownAddress(services, channelId, address);
  await transaction.query(storeStatement, [
    visitorId,
    channelId,
    known === null ? null : JSON.stringify(known),
    address === null ? null : (origin?.source ?? null),
    now,
  ]);
  if (channelId === emailChannel) await storeOrigin(transaction, visitorId, origin, now);
  const unchanged = isDeepStrictEqual(visitor?.addresses[channelId]?.address ?? null, address);
  const conversations = await transaction.query<ConversationRow>(conversationsStatement, [visitorId]);
  const ids = conversations.map((conversation) => conversation.id);
  for (const conversationId of ids) transaction.publish({ type: "conversationUpdated", conversationId, visitorId });
  if (unchanged || ids.length === 0) return;

  await lockConversations(transaction, ids);
  const queued = await transaction.query<{ id: string }>(queuedStatement, [ids, channelId]);
  await cancelDeliveries(
    transaction,
    queued.map((delivery) => delivery.id),
    CancelReason.READDRESSED,
    now,
  );
  await redirectQueuedReplies(transaction, ids, channelId, known, now);
  await transaction.query(endLimitStatement, [ids]);
  const whenAway = services.channels.whenAway();
  const before = visitor?.addresses ?? {};
  const { [channelId]: _, ...others } = before;
  const after = known === null ? others : { ...others, [channelId]: known };
  // Another account on Messenger is no reason to try again what the mail server rejected.
  if (!isDeepStrictEqual(chooseChannel(whenAway, before), chooseChannel(whenAway, after))) {
    await transaction.query(resetAttemptedStatement, [ids]);
  }
  await refreshForwarding(transaction, ids, now);
}

async function storeOrigin(
  transaction: Transaction,
  visitorId: string,
  origin: EmailOrigin | null,
  now: Date,
): Promise<void> {
  if (origin !== null && "sessionId" in origin) {
    await transaction.query(storeTypedStatement, [visitorId, origin.sessionId, origin.network, now]);
  } else {
    await transaction.query(deleteTypedStatement, [visitorId]);
  }
}

const lockVisitorStatement: Statement = {
  name: "lock-visitor-addresses",
  text: "SELECT addresses FROM visitors WHERE id = $1 FOR UPDATE",
};

const storeStatement: Statement = {
  name: "store-address",
  text: `UPDATE visitors SET
      addresses = CASE WHEN $3::jsonb IS NULL THEN addresses - $2::text ELSE addresses || jsonb_build_object($2::text, $3::jsonb) END,
      email_source = CASE WHEN $2::text = 'email' THEN $4 ELSE email_source END,
      email_proof = CASE WHEN $2::text <> 'email' THEN email_proof WHEN $4 IN ('AGENT', 'IDENTITY') THEN $4 END,
      email_proven_at = CASE WHEN $2::text <> 'email' THEN email_proven_at
        WHEN $4 IN ('AGENT', 'IDENTITY') THEN $5::timestamptz END
    WHERE id = $1`,
};

const storeTypedStatement: Statement = {
  name: "store-typed-address",
  text: `INSERT INTO typed_addresses (visitor_id, session_id, network, typed_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (visitor_id) DO UPDATE SET session_id = excluded.session_id, network = excluded.network,
      typed_at = excluded.typed_at`,
};

const deleteTypedStatement: Statement = {
  name: "delete-typed-address",
  text: "DELETE FROM typed_addresses WHERE visitor_id = $1",
};

// What was too much for the old address need not be for the new one: the due check decides again.
const endLimitStatement: Statement = {
  name: "end-limit-of-old-address",
  text: "UPDATE conversations SET unproven_until = NULL WHERE id = ANY ($1::uuid[]) AND unproven_until IS NOT NULL",
};

const conversationsStatement: Statement = {
  name: "conversations-of-visitor",
  text: "SELECT id FROM conversations WHERE visitor_id = $1 ORDER BY id",
};

const queuedStatement: Statement = {
  name: "queued-deliveries-of-channel",
  text: `SELECT id FROM deliveries WHERE conversation_id = ANY ($1::uuid[]) AND channel = $2 AND status = 'QUEUED'
    AND kind <> 'DIRECT'`,
};

const resetAttemptedStatement: Statement = {
  name: "reset-attempted-position",
  text: "UPDATE conversations SET attempted_position = forwarded_position WHERE id = ANY ($1::uuid[])",
};
