import type { Statement, Transaction } from "../../database/database.js";
import { withoutNul } from "../../database/without-nul.js";
import { badUserInput, notFound } from "../../errors.js";
import type { Json } from "../../json.js";
import type { Services } from "../../services.js";
import { lockConversations, refreshForwarding } from "../due/refresh-due-times.js";
import { SuppressedAddress, type SuppressionReason } from "./suppressed-address.js";
import { conversationsOfAddress } from "./suppression.js";

/**
 * Allows sending to an address again. Unread replies become eligible as for a new address, except those that may have
 * arrived already. Returns the suppression as it was, also when it has been lifted before.
 * @throws BAD_USER_INPUT for a channel that is not installed, NOT_FOUND for an address that was never suppressed
 */
export async function liftSuppression(
  services: Services,
  channel: string,
  address: string,
): Promise<SuppressedAddress> {
  const plugin = services.channels.get(channel)?.plugin;
  if (plugin === undefined) {
    const installed = services.channels.all().map((entry) => entry.plugin.id);
    throw badUserInput(
      "channel",
      `The channel "${channel}" is not installed. Installed channels: ${installed.join(", ")}.`,
    );
  }
  const canonical = plugin.address.safeParse(address);
  return services.database.transaction(async (transaction) => {
    const [found] = await transaction.query<{ address: string }>(findStatement, [
      channel,
      withoutNul(address),
      canonical.success ? JSON.stringify(canonical.data) : null,
    ]);
    if (found === undefined) throw notFound("suppressed address");
    return lift(transaction, channel, found.address, services.clock.now());
  });
}

interface LiftedSuppression {
  readonly reason: SuppressionReason;
  readonly since: string;
  readonly detail: string | null;
}

async function lift(transaction: Transaction, channel: string, address: string, now: Date): Promise<SuppressedAddress> {
  const conversations: { id: string; visitorId: string }[] = [];
  for (const value of possibleValues(address)) {
    conversations.push(...(await conversationsOfAddress(transaction, { channel, address: value })));
  }
  const ids = conversations.map((conversation) => conversation.id);
  // Before the address: results of deliveries are recorded in this order too.
  await lockConversations(transaction, ids);
  const changed = await transaction.query(liftStatement, [channel, address]);
  if (changed.length > 0) {
    await transaction.query(resetAttemptedStatement, [ids, channel]);
    await refreshForwarding(transaction, ids, now);
    for (const { id: conversationId, visitorId } of conversations) {
      transaction.publish({ type: "conversationUpdated", conversationId, visitorId });
    }
  }
  const [row] = await transaction.query<{ lifted: LiftedSuppression }>(liftedStatement, [channel, address]);
  if (row === undefined) throw new Error("A suppression that was just lifted does not exist any more.");
  const { reason, since, detail } = row.lifted;
  return Object.assign(new SuppressedAddress(), { channel, address, reason, since: new Date(since), detail });
}

/** The values that visitors may have for an address stored as text: the text itself, or the JSON that it contains. */
function possibleValues(address: string): readonly Json[] {
  try {
    const parsed: Json = JSON.parse(address);
    return [address, parsed];
  } catch {
    // Most addresses are not JSON.
    return [address];
  }
}

const findStatement: Statement = {
  name: "suppression-to-lift",
  text: `SELECT address FROM address_states
    WHERE channel = $1 AND address IN ($2, $3::jsonb #>> '{}')
      AND (suppressed_at IS NOT NULL OR lifted_suppression IS NOT NULL)
    ORDER BY suppressed_at IS NULL, address <> $2 LIMIT 1`,
};

const liftStatement: Statement = {
  name: "lift-suppression",
  text: `UPDATE address_states SET suppressed_at = NULL, soft_bounces = 0, reason = NULL, detail = NULL,
      lifted_suppression = jsonb_build_object('reason', reason, 'since', suppressed_at, 'detail', detail)
    WHERE channel = $1 AND address = $2 AND suppressed_at IS NOT NULL RETURNING address`,
};

const liftedStatement: Statement = {
  name: "lifted-suppression",
  text: "SELECT lifted_suppression AS lifted FROM address_states WHERE channel = $1 AND address = $2",
};

// A frozen delivery may have arrived before it failed: its replies are not sent again under another reference.
const resetAttemptedStatement: Statement = {
  name: "reset-attempted-after-lifting",
  text: `
    UPDATE conversations SET attempted_position = greatest(forwarded_position, (
      SELECT max(delivery_messages.position) FROM deliveries
      JOIN delivery_messages ON delivery_messages.delivery_id = deliveries.id
      WHERE deliveries.conversation_id = conversations.id AND deliveries.kind <> 'DIRECT'
        AND deliveries.frozen_at IS NOT NULL AND deliveries.status IN ('FAILED', 'CANCELLED', 'UNCERTAIN')))
    WHERE id = ANY ($1::uuid[]) AND due_channel = $2`,
};
