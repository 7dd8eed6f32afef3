import { v7 } from "uuid";
import type { Statement, Transaction } from "../../database/database.js";
import { isPresenceReliable } from "../../processes/presence-epoch.js";
import type { Services } from "../../services.js";
import { decideForwarding, isDueNow } from "../due/due.js";
import {
  type ConversationFacts,
  chosenAddress,
  dueFacts,
  type ForwardingSituation,
  readConversationFacts,
  readSituation,
} from "../due/read-facts.js";
import { refreshForwarding } from "../due/refresh-due-times.js";
import { ForwardingMode } from "../forwarding-preference.entity.js";
import { createReference } from "./create-reference.js";
import { DeliveryKind, type ForwardingTrigger } from "./delivery.entity.js";
import { publishDeliveries } from "./publish-deliveries.js";

const batchSize = 100;

/**
 * Finds the conversations that are due and writes a QUEUED delivery for each, oldest due first. Any number of processes
 * may run it at the same time: rows are claimed with SKIP LOCKED, and due.ts decides again under the lock. Returns how many
 * deliveries were written.
 */
export async function planDueDeliveries(services: Services, signal?: AbortSignal): Promise<number> {
  let planned = 0;
  while (signal?.aborted !== true) {
    const batch = await services.database.transaction((transaction) => planBatch(services, transaction));
    planned += batch.planned;
    // A batch in which nothing was due ends the run: if SQL and due.ts ever disagreed, the check would loop for ever.
    if (batch.planned + batch.refreshed === 0) break;
  }
  if (planned > 0) services.events.publish({ type: "deliveriesQueued" });
  return planned;
}

async function planBatch(
  services: Services,
  transaction: Transaction,
): Promise<{ refreshed: number; planned: number }> {
  const now = services.clock.now();
  const situation = await readSituation(services, transaction.query, now);
  const stale = await claimIds(transaction, claimStaleStatement, [situation.preference.version, batchSize]);
  await refreshForwarding(transaction, stale, now);
  if (!(await isPresenceReliable(transaction.query, now))) return { refreshed: stale.length, planned: 0 };

  const claimed = await claimDue(transaction, situation, now);
  const planned = await planDeliveries(transaction, situation, await readInOrder(transaction, claimed), now);
  return { refreshed: stale.length, planned };
}

async function claimDue(transaction: Transaction, situation: ForwardingSituation, now: Date): Promise<string[]> {
  const claimed = new Set<string>();
  for (const channel of situation.whenAwayChannels.filter((id) => situation.readyChannels.has(id))) {
    for (const id of await claimIds(transaction, claimDueStatement, [channel, now, batchSize])) claimed.add(id);
    if (situation.offlineFrom !== null && situation.offlineFrom <= now) {
      for (const id of await claimIds(transaction, claimOfflineDueStatement, [channel, now, batchSize]))
        claimed.add(id);
    }
  }
  return [...claimed];
}

async function readInOrder(transaction: Transaction, ids: readonly string[]): Promise<ConversationFacts[]> {
  if (ids.length === 0) return [];
  const found = new Map((await readConversationFacts(transaction.query, ids)).map((facts) => [facts.id, facts]));
  return ids.flatMap((id) => found.get(id) ?? []);
}

async function planDeliveries(
  transaction: Transaction,
  situation: ForwardingSituation,
  conversations: readonly ConversationFacts[],
  now: Date,
): Promise<number> {
  const planned: PlannedDelivery[] = [];
  const notDue: string[] = [];
  for (const conversation of conversations) {
    const decision = decideForwarding(dueFacts(conversation, situation), now);
    if (isDueNow(decision, now) && conversation.carriedPositions.length > 0) {
      planned.push({ conversation, trigger: decision.due.trigger, dueAt: decision.due.at });
    } else {
      notDue.push(conversation.id);
    }
  }
  // The due times of what is not due after all are recomputed, so that the next check does not claim it again.
  await refreshForwarding(transaction, notDue, now);
  await queueDeliveries(transaction, situation, planned, now);
  return planned.length;
}

export interface PlannedDelivery {
  readonly conversation: ConversationFacts;
  readonly trigger: ForwardingTrigger;
  readonly dueAt: Date;
}

/** Writes QUEUED deliveries for conversations that the caller has locked and decided about. Returns their ids. */
export async function queueDeliveries(
  transaction: Transaction,
  situation: ForwardingSituation,
  planned: readonly PlannedDelivery[],
  now: Date,
): Promise<string[]> {
  const rows = planned.map(({ conversation, trigger, dueAt }) => {
    const address = chosenAddress(conversation, situation);
    if (address === null) throw new Error("A delivery was planned without an address, which due.ts must prevent.");
    return {
      id: v7(),
      conversation_id: conversation.id,
      channel: address.channel,
      address: address.address,
      address_shown: address.shown,
      kind:
        situation.preference.mode === ForwardingMode.FULL_TRANSCRIPT
          ? DeliveryKind.FULL_TRANSCRIPT
          : DeliveryKind.UNREAD_REPLIES,
      trigger,
      reference: createReference(),
      due_at: dueAt,
      carried: conversation.carriedPositions,
    };
  });
  if (rows.length === 0) return [];
  await transaction.query(queueStatement, [JSON.stringify(rows), now, rows.map((row) => row.conversation_id)]);
  const ids = rows.map((row) => row.id);
  await publishDeliveries(transaction, ids);
  return ids;
}

async function claimIds(
  transaction: Transaction,
  statement: Statement,
  parameters: readonly unknown[],
): Promise<string[]> {
  return (await transaction.query<{ id: string }>(statement, parameters)).map((row) => row.id);
}

// Visitors are locked too, without waiting, so that presence cannot change between the decision and the commit.
const lockClause = "FOR UPDATE OF conversation SKIP LOCKED FOR SHARE OF visitor SKIP LOCKED";

export const claimDueStatement: Statement = {
  name: "claim-due-conversations",
  text: `SELECT conversation.id FROM conversations AS conversation
    JOIN visitors AS visitor ON visitor.id = conversation.visitor_id
    WHERE conversation.due_channel = $1 AND conversation.due_at <= $2
    ORDER BY conversation.due_at LIMIT $3 ${lockClause}`,
};

export const claimOfflineDueStatement: Statement = {
  name: "claim-due-conversations-offline",
  text: `SELECT conversation.id FROM conversations AS conversation
    JOIN visitors AS visitor ON visitor.id = conversation.visitor_id
    WHERE conversation.due_channel = $1 AND conversation.offline_due_at <= $2
    ORDER BY conversation.offline_due_at LIMIT $3 ${lockClause}`,
};

// Conversations that were written while an admin changed the preference: their due times still follow the old one.
export const claimStaleStatement: Statement = {
  name: "claim-conversations-with-an-older-preference",
  text: `SELECT conversation.id FROM conversations AS conversation
    JOIN visitors AS visitor ON visitor.id = conversation.visitor_id
    WHERE conversation.pending_replies > 0 AND conversation.preference_version < $1
    ORDER BY conversation.preference_version LIMIT $2 ${lockClause}`,
};

// The ids are an array as well, so that indexes are used: the planner cannot know how many rows JSON holds.
export const queueStatement: Statement = {
  name: "queue-deliveries",
  text: `
    WITH planned AS (
      SELECT * FROM jsonb_to_recordset($1::jsonb) AS planned (id uuid, conversation_id uuid, channel text, address jsonb,
        address_shown text, kind text, trigger text, reference text, due_at timestamptz, carried integer[])
    ), queued AS (
      INSERT INTO deliveries (id, conversation_id, channel, address, address_shown, kind, trigger, status, reference,
        due_at, created_at, next_attempt_at)
      SELECT id, conversation_id, channel, address, address_shown, kind, trigger, 'QUEUED', reference, due_at, $2, $2
      FROM planned RETURNING id
    ), carried AS (
      INSERT INTO delivery_messages (delivery_id, message_id, position)
      SELECT planned.id, messages.id, messages.position
      FROM planned CROSS JOIN unnest(planned.carried) AS wanted (position)
      JOIN messages ON messages.conversation_id = planned.conversation_id AND messages.position = wanted.position
        AND messages.conversation_id = ANY ($3::uuid[])
    )
    UPDATE conversations SET open_delivery_id = planned.id, held_at = NULL, due_at = NULL, offline_due_at = NULL
    FROM planned WHERE conversations.id = planned.conversation_id AND conversations.id = ANY ($3::uuid[])`,
};
