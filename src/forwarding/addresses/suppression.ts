import type { DeliveryResult, Failure } from "../../channels/channel.js";
import type { Statement, Transaction } from "../../database/database.js";
import type { Services } from "../../services.js";
import { lockConversations, refreshForwarding } from "../due/refresh-due-times.js";

/** Soft bounces in a row after which an address is suppressed. */
const maxSoftBounces = 5;

interface AddressAttempt {
  readonly delivery: { readonly channel: string; readonly outbound: { readonly address: unknown } };
  readonly result: DeliveryResult;
}

/**
 * Updates the addresses of attempts: a hard bounce suppresses an address immediately, five soft bounces in a row do too, a
 * success resets the count. Returns what to call after the commit: it refreshes the conversations of every visitor who has
 * a suppressed address.
 */
export async function recordBounces(
  transaction: Transaction,
  attempts: readonly AddressAttempt[],
  now: Date,
): Promise<(services: Services) => Promise<void>> {
  const suppressed: ChannelAddress[] = [];
  const ordered = inLockOrder(attempts);
  await transaction.query(resetStatement, [
    ordered.map(({ delivery }) => delivery.channel),
    ordered.map(({ json }) => json),
    ordered.map(({ result }) => result.outcome === "accepted"),
  ]);
  for (const { delivery, result } of ordered) {
    const { channel } = delivery;
    const { address } = delivery.outbound;
    if (result.outcome === "accepted") continue;
    if (await countBounce(transaction, { channel, address }, result.failure, now))
      suppressed.push({ channel, address });
  }
  return async (services) => {
    for (const address of suppressed) await refreshConversationsOfAddress(services, address);
  };
}

export interface ChannelAddress {
  readonly channel: string;
  readonly address: unknown;
}

/** Counts the bounce that a failure reports, if it does. Returns whether the address is suppressed now. */
export async function countBounce(
  transaction: Transaction,
  { channel, address }: ChannelAddress,
  failure: Failure,
  now: Date,
): Promise<boolean> {
  if (failure.bounce === undefined) return false;
  const [state] = await transaction.query<{ suppressedAt: Date | null }>(bounceStatement, [
    channel,
    JSON.stringify(address),
    failure.bounce === "hard" ? maxSoftBounces : 1,
    failure.bounce === "hard" ? "HARD_BOUNCE" : "SOFT_BOUNCES",
    failure.detail,
    now,
    maxSoftBounces,
  ]);
  return state?.suppressedAt != null;
}

/** Suppresses an address whose owner reported a message as unwanted. */
export async function recordComplaint(
  transaction: Transaction,
  { channel, address }: ChannelAddress,
  detail: string,
  now: Date,
): Promise<void> {
  await transaction.query(complaintStatement, [channel, JSON.stringify(address), now, detail]);
}

// Batches with the same addresses lock them in the same order.
function inLockOrder<A extends AddressAttempt>(attempts: readonly A[]): readonly (A & { readonly json: string })[] {
  return attempts
    .map((attempt) => ({ ...attempt, json: JSON.stringify(attempt.delivery.outbound.address) }))
    .sort((left, right) => (left.json === right.json ? 0 : left.json < right.json ? -1 : 1));
}

/** Recomputes what is pending in the conversations of every visitor who has this address. */
export async function refreshConversationsOfAddress(
  services: Services,
  { channel, address }: ChannelAddress,
): Promise<void> {
  await services.database.transaction(async (transaction) => {
    const rows = await conversationsOfAddress(transaction, { channel, address });
    const ids = rows.map((row) => row.id);
    await lockConversations(transaction, ids);
    await refreshForwarding(transaction, ids, services.clock.now());
    for (const row of rows) {
      transaction.publish({ type: "conversationUpdated", conversationId: row.id, visitorId: row.visitorId });
    }
  });
}

/** The conversations with pending replies of every visitor who has this address. */
export async function conversationsOfAddress(
  transaction: Transaction,
  { channel, address }: ChannelAddress,
): Promise<{ id: string; visitorId: string }[]> {
  return transaction.query(conversationsStatement, [JSON.stringify({ [channel]: { address } })]);
}

// Locks the stored states of all addresses, in one order, before any is changed: bounces are counted one by one afterwards.
const resetStatement: Statement = {
  name: "reset-soft-bounces",
  text: `
    WITH known AS MATERIALIZED (
      SELECT state.channel, state.address, attempt.accepted
      FROM unnest($1::text[], $2::text[], $3::boolean[]) AS attempt (channel, json, accepted)
      JOIN address_states AS state ON state.channel = attempt.channel AND state.address = attempt.json::jsonb #>> '{}'
      ORDER BY state.channel, state.address FOR UPDATE OF state
    )
    UPDATE address_states SET soft_bounces = 0 FROM known
    WHERE address_states.channel = known.channel AND address_states.address = known.address AND known.accepted
      AND address_states.suppressed_at IS NULL AND address_states.soft_bounces > 0`,
};

const bounceStatement: Statement = {
  name: "count-bounce",
  text: `
    INSERT INTO address_states AS state (channel, address, soft_bounces, suppressed_at, reason, detail)
    VALUES ($1, $2::jsonb #>> '{}', $3::integer, CASE WHEN $3::integer >= $7::integer THEN $6::timestamptz END,
      CASE WHEN $3::integer >= $7::integer THEN $4::text END, $5)
    ON CONFLICT (channel, address) DO UPDATE SET
      soft_bounces = state.soft_bounces + $3::integer,
      suppressed_at = CASE WHEN state.soft_bounces + $3::integer >= $7::integer
        THEN coalesce(state.suppressed_at, $6::timestamptz) ELSE state.suppressed_at END,
      reason = CASE WHEN state.soft_bounces + $3::integer >= $7::integer THEN coalesce(state.reason, $4) ELSE state.reason END,
      detail = CASE WHEN state.suppressed_at IS NULL THEN $5 ELSE state.detail END
    RETURNING suppressed_at`,
};

// A complaint overrides a bounce: the address works, and its owner wants no messages.
const complaintStatement: Statement = {
  name: "suppress-by-complaint",
  text: `
    INSERT INTO address_states AS state (channel, address, suppressed_at, reason, detail)
    VALUES ($1, $2::jsonb #>> '{}', $3::timestamptz, 'COMPLAINT', $4)
    ON CONFLICT (channel, address) DO UPDATE SET
      suppressed_at = coalesce(state.suppressed_at, $3::timestamptz), reason = 'COMPLAINT', detail = $4`,
};

const conversationsStatement: Statement = {
  name: "conversations-of-address",
  text: `SELECT conversations.id, conversations.visitor_id FROM visitors
    JOIN conversations ON conversations.visitor_id = visitors.id
    WHERE visitors.addresses @> $1::jsonb AND conversations.pending_replies > 0`,
};
