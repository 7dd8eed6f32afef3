import type { Statement, Transaction } from "../database/database.js";
import { badUserInput } from "../errors.js";
import type { Services } from "../services.js";
import type { AgentViewer } from "../viewer.js";
import { cancelQueuedForwardings, cancelUnwantedDeliveries } from "./deliveries/cancel-deliveries.js";
import { CancelReason } from "./deliveries/delivery.entity.js";
import { lockConversations, refreshForwarding } from "./due/refresh-due-times.js";
import { ForwardingMode, ForwardingPreference, type UnprovenAddress } from "./forwarding-preference.entity.js";

/** Fields that are missing or null stay unchanged. */
export interface PreferenceInput {
  readonly mode?: ForwardingMode | null | undefined;
  readonly visitorLeftDelaySeconds?: number | null | undefined;
  readonly inactivityDelaySeconds?: number | null | undefined;
  readonly settleSeconds?: number | null | undefined;
  readonly contextMessages?: number | null | undefined;
  readonly shortConversationMessages?: number | null | undefined;
  readonly unprovenAddress?: UnprovenAddress | null | undefined;
}

const limits = {
  visitorLeftDelaySeconds: [0, 86_400],
  inactivityDelaySeconds: [60, 604_800],
  settleSeconds: [0, 600],
  contextMessages: [0, 50],
  shortConversationMessages: [0, 100],
} as const;

/** @throws BAD_USER_INPUT naming the field and its limits */
export function checkPreference(input: PreferenceInput): void {
  for (const [field, [min, max]] of Object.entries(limits)) {
    const value = input[field as keyof typeof limits];
    if (value != null && (value < min || value > max)) {
      throw badUserInput(`input.${field}`, `${field} must be between ${min} and ${max}.`);
    }
  }
}

/** The columns that an input changes, as they are stored. */
export function preferenceColumns(input: PreferenceInput): Readonly<Record<string, string | number>> {
  const columns = {
    mode: input.mode,
    visitor_left_delay_seconds: input.visitorLeftDelaySeconds,
    inactivity_delay_seconds: input.inactivityDelaySeconds,
    settle_seconds: input.settleSeconds,
    context_messages: input.contextMessages,
    short_conversation_messages: input.shortConversationMessages,
    unproven_address: input.unprovenAddress,
  };
  return Object.fromEntries(
    Object.entries(columns).flatMap(([name, value]) => (value == null ? [] : [[name, value] as const])),
  );
}

/**
 * Changes how replies are forwarded, with immediate effect on everything not yet handed to a channel. NOTHING cancels
 * queued deliveries. @throws BAD_USER_INPUT naming the field and its limits
 */
export async function updateForwardingPreference(
  services: Services,
  viewer: AgentViewer,
  input: PreferenceInput,
): Promise<ForwardingPreference> {
  checkPreference(input);
  return services.database.longTransaction(async (transaction) => {
    const now = services.clock.now();
    const preference = await storePreference(transaction, viewer, input, now);
    transaction.publish({ type: "forwardingPreferenceUpdated" });
    const pending = await transaction.query<{ id: string; visitorId: string }>(pendingStatement, []);
    const ids = pending.map((conversation) => conversation.id);
    await lockConversations(transaction, ids);
    await refreshForwarding(transaction, ids, now);
    if (preference.mode === ForwardingMode.NOTHING)
      await cancelQueuedForwardings(transaction, ids, CancelReason.SWITCHED_OFF, now);
    else await cancelUnwantedDeliveries(transaction, ids, now);
    for (const { id: conversationId, visitorId } of pending) {
      transaction.publish({ type: "conversationUpdated", conversationId, visitorId });
    }
    return preference;
  });
}

async function storePreference(
  transaction: Transaction,
  viewer: AgentViewer,
  input: PreferenceInput,
  now: Date,
): Promise<ForwardingPreference> {
  const rows = await transaction.query<ForwardingPreference>(storeStatement, [
    input.mode ?? null,
    input.visitorLeftDelaySeconds ?? null,
    input.inactivityDelaySeconds ?? null,
    input.settleSeconds ?? null,
    input.contextMessages ?? null,
    input.shortConversationMessages ?? null,
    now,
    viewer.agentId,
    input.unprovenAddress ?? null,
  ]);
  return Object.assign(new ForwardingPreference(), rows[0]);
}

// mode_since changes only with the mode: choosing FULL_TRANSCRIPT again must not make more replies pending.
const storeStatement: Statement = {
  name: "store-forwarding-preference",
  text: `UPDATE forwarding_preference SET
      mode_since = CASE WHEN coalesce($1, mode) = mode THEN mode_since ELSE $7::timestamptz END, mode = coalesce($1, mode),
      visitor_left_delay_seconds = coalesce($2::integer, visitor_left_delay_seconds),
      inactivity_delay_seconds = coalesce($3::integer, inactivity_delay_seconds),
      settle_seconds = coalesce($4::integer, settle_seconds),
      context_messages = coalesce($5::integer, context_messages),
      short_conversation_messages = coalesce($6::integer, short_conversation_messages),
      unproven_address = coalesce($9, unproven_address),
      version = version + 1, updated_at = $7, updated_by_id = $8
    WHERE id = 1 RETURNING *`,
};

// Includes conversations with an open delivery: its replies may have been read during an attempt.
const pendingStatement: Statement = {
  name: "conversations-with-pending-replies",
  text: `SELECT id, visitor_id FROM conversations WHERE pending_replies > 0 OR open_delivery_id IS NOT NULL ORDER BY id`,
};
