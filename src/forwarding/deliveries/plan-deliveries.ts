import { v7 } from "uuid";
import type { Statement, Transaction } from "../../database/database.js";
import { isPresenceReliable } from "../../processes/presence-epoch.js";
import type { Services } from "../../services.js";
import type { PlannedMail } from "../due/admit-mail.js";
import { kindOf } from "../due/content.js";
import { decideForwarding, isDueNow } from "../due/due.js";
import {
  type ConversationFacts,
  chosenAddress,
  disclosureOf,
  dueFacts,
  type ForwardingSituation,
  readConversationFacts,
  readSituation,
} from "../due/read-facts.js";
import { refreshForwarding } from "../due/refresh-due-times.js";
import { createReference } from "./create-reference.js";
import type { ForwardingTrigger } from "./delivery.entity.js";
import { publishDeliveries } from "./publish-deliveries.js";
import { recordUnprovenMails, UnprovenMails } from "./unproven-mails.js";

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
    if (batch.planned + batch.limited + batch.refreshed === 0) break;
  }
  if (planned > 0) services.events.publish({ type: "deliveriesQueued" });
  return planned;
}

async function planBatch(
  services: Services,
  transaction: Transaction,
): Promise<{ refreshed: number; planned: number; limited: number }> {
  const now = services.clock.now();
  const situation = await readSituation(services, transaction.query, now);
  const stale = await claimIds(transaction, claimStaleStatement, [situation.preference.version, batchSize]);
  await refreshForwarding(transaction, stale, now);
  if (!(await isPresenceReliable(transaction.query, now))) return { refreshed: stale.length, planned: 0, limited: 0 };

  const claimed = await claimDue(transaction, situation, now);
  const conversations = await readInOrder(transaction, claimed);
  return { refreshed: stale.length, ...(await planDeliveries(services, transaction, situation, conversations, now)) };
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
  services: Services,
  transaction: Transaction,
  situation: ForwardingSituation,
  conversations: readonly ConversationFacts[],
  now: Date,
): Promise<{ planned: number; limited: number }> {
  const due: PlannedDelivery[] = [];
  const notDue: string[] = [];
  for (const conversation of conversations) {
    const decision = decideForwarding(dueFacts(conversation, situation), now);
    if (isDueNow(decision, now) && conversation.carriedPositions.length > 0) {
      due.push({ conversation, trigger: decision.due.trigger, dueAt: decision.due.at });
    } else {
      notDue.push(conversation.id);
    }
  }
  const mails = await UnprovenMails.read(
    services,
    transaction,
    situation,
    due.map(({ conversation }) => conversation),
    now,
  );
  const planned: CountedDelivery[] = [];
  const limited: LimitedConversation[] = [];
  for (const delivery of due) {
    const { conversation } = delivery;
    const notBefore = mails.admit(conversation)?.notBefore ?? null;
    if (notBefore === null) planned.push({ ...delivery, counted: mails.count(conversation) });
    else limited.push({ id: conversation.id, visitorId: conversation.visitorId, notBefore });
  }
  await limitForwarding(transaction, limited);
  // The due times of what is not due after all are recomputed, so that the next check does not claim it again.
  await refreshForwarding(transaction, [...notDue, ...limited.map(({ id }) => id)], now);
  await queueDeliveries(transaction, situation, planned, now);
  return { planned: planned.length, limited: limited.length };
}

interface LimitedConversation {
  readonly id: string;
  readonly visitorId: string;
  readonly notBefore: Date;
}

/** Puts off conversations for whose addresses too much was sent. */
async function limitForwarding(transaction: Transaction, limited: readonly LimitedConversation[]): Promise<void> {
  if (limited.length === 0) return;
  await transaction.query(limitStatement, [limited.map(({ id }) => id), limited.map(({ notBefore }) => notBefore)]);
  for (const { id: conversationId, visitorId } of limited) {
    transaction.publish({ type: "conversationUpdated", conversationId, visitorId });
  }
}

interface PlannedDelivery {
  readonly conversation: ConversationFacts;
  readonly trigger: ForwardingTrigger;
  readonly dueAt: Date;
  /** The agent who asked for it. */
  readonly requestedBy?: string;
}

/** A delivery with what its limits count; null if its address is proven. */
export interface CountedDelivery extends PlannedDelivery {
  readonly counted: PlannedMail | null;
}

/** Writes QUEUED deliveries for conversations that the caller has locked and decided about. Returns their ids. */
export async function queueDeliveries(
  transaction: Transaction,
  situation: ForwardingSituation,
  planned: readonly CountedDelivery[],
  now: Date,
): Promise<string[]> {
  const rows = planned.map(({ conversation, trigger, dueAt, requestedBy = null }) => {
    const address = chosenAddress(conversation, situation);
    if (address === null) throw new Error("A delivery was planned without an address, which due.ts must prevent.");
    return {
      id: v7(),
      conversation_id: conversation.id,
      channel: address.channel,
      address: address.address,
      address_shown: address.shown,
      kind: kindOf(situation.preference, disclosureOf(conversation, situation, address)),
      trigger,
      reference: createReference(),
      due_at: dueAt,
      requested_by: requestedBy,
      carried: conversation.carriedPositions,
    };
  });
  if (rows.length === 0) return [];
  await transaction.query(queueStatement, [JSON.stringify(rows), now, rows.map((row) => row.conversation_id)]);
  await recordUnprovenMails(
    transaction,
    planned.flatMap(({ counted }, index) => {
      const deliveryId = rows[index]?.id;
      return counted === null || deliveryId === undefined ? [] : [{ ...counted, deliveryId }];
    }),
  );
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

const limitStatement: Statement = {
  name: "limit-forwarding",
  text: `UPDATE conversations SET unproven_until = limited.not_before
    FROM unnest($1::uuid[], $2::timestamptz[]) AS limited (id, not_before)
    WHERE conversations.id = limited.id AND conversations.id = ANY ($1::uuid[])`,
};

// The ids are an array as well, so that indexes are used: the planner cannot know how many rows JSON holds.
export const queueStatement: Statement = {
  name: "queue-deliveries",
  text: `
    WITH planned AS (
      SELECT * FROM jsonb_to_recordset($1::jsonb) AS planned (id uuid, conversation_id uuid, channel text, address jsonb,
        address_shown text, kind text, trigger text, reference text, due_at timestamptz, requested_by uuid, carried integer[])
    ), queued AS (
      INSERT INTO deliveries (id, conversation_id, channel, address, address_shown, kind, trigger, status, reference,
        due_at, requested_by, created_at, next_attempt_at)
      SELECT id, conversation_id, channel, address, address_shown, kind, trigger, 'QUEUED', reference, due_at, requested_by, $2, $2
      FROM planned RETURNING id
    ), carried AS (
      INSERT INTO delivery_messages (delivery_id, message_id, position)
      SELECT planned.id, messages.id, messages.position
      FROM planned CROSS JOIN unnest(planned.carried) AS wanted (position)
      JOIN messages ON messages.conversation_id = planned.conversation_id AND messages.position = wanted.position
        AND messages.conversation_id = ANY ($3::uuid[])
    )
    UPDATE conversations SET open_delivery_id = planned.id, held_at = NULL, held_by = NULL, unproven_until = NULL, due_at = NULL,
      offline_due_at = NULL
    FROM planned WHERE conversations.id = planned.conversation_id AND conversations.id = ANY ($3::uuid[])`,
};
