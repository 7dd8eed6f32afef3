import { isDeepStrictEqual } from "node:util";
import { v7 } from "uuid";
import type { SentAttachment } from "../../attachments/attachment.entity.js";
import { toOutboundAttachments } from "../../attachments/to-outbound-attachments.js";
import type { Acceptance, Outbound, OutboundMessage } from "../../channels/channel.js";
import type { Statement, Transaction } from "../../database/database.js";
import type { Json } from "../../json.js";
import type { Services } from "../../services.js";
import { createResumeCode } from "../../visitors/resume-code.js";
import type { KnownAddress } from "../../visitors/visitor.entity.js";
import { giveUpReplies, type MovedReply, moveReplies } from "../addresses/readdress-replies.js";
import { chooseContent } from "../due/content.js";
import { findObstacle } from "../due/due.js";
import {
  type ConversationFacts,
  dueFacts,
  type ForwardingSituation,
  readConversationFacts,
  readSituation,
} from "../due/read-facts.js";
import { ForwardingState } from "../forwarding.js";
import { cancelDeliveries } from "./cancel-deliveries.js";
import type { DeliveryKind } from "./delivery.entity.js";
import { publishDeliveries } from "./publish-deliveries.js";

/** How long a claimed delivery is this worker's; renewed while it is being sent. */
export const leaseMs = 60_000;

export interface ClaimedDelivery {
  readonly id: string;
  readonly conversationId: string;
  readonly visitorId: string;
  readonly channel: string;
  readonly leaseToken: string;
  readonly attempts: number;
  readonly firstAttemptAt: Date;
  readonly pausedMsAtFirstAttempt: number;
  readonly outbound: Omit<Outbound, "saveProgress">;
}

interface QueuedRow {
  readonly id: string;
  readonly conversationId: string;
  readonly channel: string;
  readonly kind: DeliveryKind;
  readonly address: Json;
  readonly reference: string;
  readonly attempts: number;
  readonly firstAttemptAt: Date | null;
  readonly pausedMsAtFirstAttempt: number;
  readonly channelPausedMs: number;
  readonly frozenAt: Date | null;
  readonly fromPosition: number | null;
  readonly toPosition: number | null;
  readonly progress: Json;
  readonly messagePosition: number | null;
}

/** What one delivery carries: positions of its replies, and the part of the conversation that travels. */
interface Load {
  readonly row: QueuedRow;
  readonly conversation: ConversationFacts;
  readonly kind: DeliveryKind;
  readonly carried: readonly number[];
  readonly fromPosition: number;
  readonly toPosition: number;
}

/**
 * Claims QUEUED deliveries of a channel under a lease, oldest first, and looks again whether each is still wanted: what
 * was read meanwhile leaves, what was written meanwhile joins, and a delivery with nothing left is CANCELLED. Presence
 * and clocks are not asked again.
 */
export async function claimDeliveries(services: Services, channel: string, limit: number): Promise<ClaimedDelivery[]> {
  return services.database.transaction(async (transaction) => {
    const now = services.clock.now();
    const rows = await transaction.query<QueuedRow>(claimDeliveriesStatement, [channel, now, limit]);
    if (rows.length === 0) return [];
    const situation = await readSituation(services, transaction.query, now);
    const conversations = await readConversationFacts(transaction.query, [
      ...new Set(rows.map((row) => row.conversationId)),
    ]);
    const byId = new Map(conversations.map((conversation) => [conversation.id, conversation]));
    const frozen = await readCarried(transaction, rows);

    const loads: Load[] = [];
    const unwanted: string[] = [];
    const moved: MovedReply[] = [];
    const homeless: string[] = [];
    for (const claimed of rows) {
      const conversation = byId.get(claimed.conversationId);
      const destination = conversation === undefined ? "as stored" : destinationOf(claimed, conversation);
      if (destination === "none") {
        homeless.push(claimed.id);
        continue;
      }
      if (destination !== "as stored") moved.push({ id: claimed.id, known: destination });
      const row = destination === "as stored" ? claimed : { ...claimed, address: destination.address };
      const load =
        conversation === undefined ? null : decideLoad(row, conversation, situation, frozen.get(row.id) ?? []);
      if (load === null) unwanted.push(row.id);
      else loads.push(load);
    }
    await cancelDeliveries(transaction, unwanted, now);
    await giveUpReplies(transaction, homeless, now);
    await moveReplies(transaction, moved);
    return startAttempts(services, transaction, loads, now);
  });
}

/**
 * Where a reply of an IMMEDIATE channel goes: the visitor's address may have changed while an attempt was under way. One
 * of which a part was sent, or may have been, keeps its own.
 */
function destinationOf(row: QueuedRow, conversation: ConversationFacts): KnownAddress | "as stored" | "none" {
  const keeps = row.messagePosition === null || row.frozenAt !== null || row.progress !== null;
  if (keeps || conversation.erasedAt !== null) return "as stored";
  const known = conversation.addresses[row.channel];
  if (known === undefined) return "none";
  return isDeepStrictEqual(known.address, row.address) ? "as stored" : known;
}

function decideLoad(
  row: QueuedRow,
  conversation: ConversationFacts,
  situation: ForwardingSituation,
  carriedBefore: readonly number[],
): Load | null {
  if (conversation.erasedAt !== null) return null;
  if (row.messagePosition !== null) {
    const position = row.messagePosition;
    return { row, conversation, kind: row.kind, carried: [position], fromPosition: position, toPosition: position };
  }
  const obstacle = findObstacle(dueFacts(conversation, situation));
  // A pause keeps the queue; what else stands in the way, suppression included, has made the delivery unwanted.
  if (obstacle !== null && obstacle !== ForwardingState.CHANNEL_UNAVAILABLE) return null;
  // Re-addressed while an attempt was under way: the check plans anew. A frozen delivery keeps its address.
  if (row.frozenAt === null && !isDeepStrictEqual(conversation.addresses[row.channel]?.address, row.address))
    return null;
  const pending = conversation.carriedPositions;
  if (row.frozenAt !== null && row.fromPosition !== null && row.toPosition !== null) {
    // Repeated as it was, while anything of it is still waited for.
    if (!carriedBefore.some((position) => pending.includes(position))) return null;
    const { kind, fromPosition, toPosition } = row;
    return { row, conversation, kind, carried: carriedBefore, fromPosition, toPosition };
  }
  const firstPosition = pending[0];
  const lastPosition = pending[pending.length - 1];
  if (firstPosition === undefined || lastPosition === undefined) return null;
  const content = chooseContent(situation.preference, conversation.messageCount, { firstPosition, lastPosition });
  return { row, conversation, carried: pending, ...content };
}

async function startAttempts(
  services: Services,
  transaction: Transaction,
  loads: readonly Load[],
  now: Date,
): Promise<ClaimedDelivery[]> {
  if (loads.length === 0) return [];
  const messages = await readMessages(services, transaction, loads);
  const threads = await readThreads(transaction, loads);
  const leases = loads.map((load) => ({
    id: load.row.id,
    lease_token: v7(),
    conversation_id: load.conversation.id,
    kind: load.kind,
    carried: load.carried,
    from_position: load.fromPosition,
    to_position: load.toPosition,
  }));
  await transaction.query(leaseStatement, [
    JSON.stringify(leases),
    now,
    new Date(now.getTime() + leaseMs),
    leases.map((lease) => lease.id),
    leases.map((lease) => lease.conversation_id),
  ]);
  await publishDeliveries(
    transaction,
    loads.map((load) => load.row.id),
  );
  return loads.map((load, index) => {
    const { row, conversation } = load;
    const visitorId = conversation.visitorId;
    return {
      id: row.id,
      conversationId: conversation.id,
      visitorId,
      channel: row.channel,
      leaseToken: leases[index]?.lease_token ?? "",
      attempts: row.attempts + 1,
      firstAttemptAt: row.firstAttemptAt ?? now,
      pausedMsAtFirstAttempt: row.firstAttemptAt === null ? row.channelPausedMs : row.pausedMsAtFirstAttempt,
      outbound: outboundOf(services, load, messages.get(row.id) ?? [], threads.get(row.id)),
    };
  });
}

const kinds = {
  UNREAD_REPLIES: "unread-replies",
  FULL_TRANSCRIPT: "full-transcript",
  DIRECT: "direct",
} as const satisfies Record<DeliveryKind, Outbound["kind"]>;

function outboundOf(
  services: Services,
  load: Load,
  messages: readonly OutboundMessage[],
  thread: ThreadRow | undefined,
): Omit<Outbound, "saveProgress"> {
  const { row, conversation } = load;
  return {
    deliveryId: row.id,
    reference: row.reference,
    attempt: row.attempts + 1,
    address: row.address,
    kind: kinds[load.kind],
    messages,
    earlierMessages: load.fromPosition - 1,
    conversation: { id: conversation.id, startedAt: conversation.startedAt },
    visitor: {
      id: conversation.visitorId,
      name: conversation.visitorName,
      locale: conversation.locale,
      timeZone: conversation.timeZone,
    },
    company: { name: services.config.companyName, locale: services.config.companyLocale },
    links: {
      conversation: `${services.config.websiteUrl}#afterchat-resume=${createResumeCode(services, conversation.id)}`,
    },
    thread: thread?.acceptances ?? [],
    lastInbound:
      thread?.inboundId == null || thread.inboundAt == null
        ? null
        : { externalId: thread.inboundId, at: thread.inboundAt },
    progress: row.progress,
  };
}

async function readCarried(
  transaction: Transaction,
  rows: readonly QueuedRow[],
): Promise<Map<string, readonly number[]>> {
  const frozen = rows.filter((row) => row.frozenAt !== null).map((row) => row.id);
  if (frozen.length === 0) return new Map();
  const found = await transaction.query<{ deliveryId: string; positions: number[] }>(carriedStatement, [frozen]);
  return new Map(found.map((row) => [row.deliveryId, row.positions]));
}

async function readMessages(
  services: Services,
  transaction: Transaction,
  loads: readonly Load[],
): Promise<Map<string, OutboundMessage[]>> {
  const ranges = loads.map((load) => ({
    id: load.row.id,
    conversation_id: load.conversation.id,
    from_position: load.fromPosition,
    to_position: load.toPosition,
  }));
  const rows = await transaction.query<MessageRow>(messagesStatement, [
    JSON.stringify(ranges),
    ranges.map((range) => range.conversation_id),
  ]);
  const carried = new Map(loads.map((load) => [load.row.id, new Set(load.carried)]));
  const found = new Map<string, OutboundMessage[]>();
  for (const row of rows) {
    const pending = carried.get(row.deliveryId)?.has(row.position) ?? false;
    // Pending, yet not carried: it stands in an UNCERTAIN delivery and must not travel twice.
    if (!pending && row.uncertain) continue;
    // Taken back: there is nothing to show.
    if (!pending && row.unsent) continue;
    const kind = row.authorKind === "VISITOR" ? "visitor" : row.authorKind === "BOT" ? "bot" : "agent";
    const list = found.get(row.deliveryId) ?? [];
    list.push({
      role: pending ? "pending" : "context",
      author: { kind, name: row.authorName },
      text: row.text,
      sentAt: row.sentAt,
      attachments: toOutboundAttachments(services, row.attachments ?? []),
    });
    found.set(row.deliveryId, list);
  }
  return found;
}

async function readThreads(transaction: Transaction, loads: readonly Load[]): Promise<Map<string, ThreadRow>> {
  const rows = await transaction.query<ThreadRow>(threadsStatement, [loads.map((load) => load.row.id)]);
  return new Map(rows.map((row) => [row.deliveryId, row]));
}

interface MessageRow {
  readonly deliveryId: string;
  readonly position: number;
  readonly authorKind: string;
  readonly authorName: string | null;
  readonly text: string;
  readonly sentAt: Date;
  readonly attachments: readonly SentAttachment[] | null;
  readonly uncertain: boolean;
  readonly unsent: boolean;
}

interface ThreadRow {
  readonly deliveryId: string;
  readonly acceptances: readonly Acceptance[];
  readonly inboundId: string | null;
  readonly inboundAt: Date | null;
}

/**
 * Whether claims left something because its rows were locked: somebody was just writing in the conversation, or about its
 * visitor. Nobody else may call for it, so whoever claims looks again.
 */
export async function isClaimable({ database, clock }: Services, channel: string): Promise<boolean> {
  const [row] = await database.query<{ claimable: boolean }>(claimableStatement, [channel, clock.now()]);
  return row?.claimable ?? false;
}

/** What may be sent now through the channel $1; alias `delivery`. */
const claimableSql = `delivery.status = 'QUEUED' AND delivery.channel = $1 AND delivery.next_attempt_at <= $2
      AND (delivery.kind <> 'DIRECT' OR NOT EXISTS (
        SELECT FROM deliveries AS earlier WHERE earlier.conversation_id = delivery.conversation_id
          AND earlier.kind = 'DIRECT' AND earlier.status IN ('QUEUED', 'SENDING')
          AND earlier.message_position < delivery.message_position))`;

export const claimableStatement: Statement = {
  name: "claimable-deliveries",
  text: `SELECT EXISTS (SELECT FROM deliveries AS delivery WHERE ${claimableSql}) AS claimable`,
};

export const claimDeliveriesStatement: Statement = {
  name: "claim-deliveries",
  text: `
    SELECT delivery.id, delivery.conversation_id, delivery.channel, delivery.kind, delivery.address, delivery.reference,
      delivery.attempts, delivery.first_attempt_at, delivery.paused_ms_at_first_attempt, delivery.frozen_at,
      delivery.from_position, delivery.to_position, delivery.progress, delivery.message_position,
      coalesce((SELECT paused_ms FROM channel_states WHERE channel_states.channel = delivery.channel), 0) AS channel_paused_ms
    FROM deliveries AS delivery
    JOIN conversations AS conversation ON conversation.id = delivery.conversation_id
    JOIN visitors AS visitor ON visitor.id = conversation.visitor_id
    WHERE ${claimableSql}
    ORDER BY delivery.next_attempt_at, delivery.id LIMIT $3
    FOR UPDATE OF conversation, delivery SKIP LOCKED FOR SHARE OF visitor SKIP LOCKED`,
};

const carriedStatement: Statement = {
  name: "carried-positions",
  text: `SELECT delivery_id, array_agg(position ORDER BY position) AS positions FROM delivery_messages
    WHERE delivery_id = ANY ($1::uuid[]) GROUP BY delivery_id`,
};

// Here and below the ids stand in an array too, so that indexes are used: JSON could hold any number to the planner.
export const messagesStatement: Statement = {
  name: "messages-to-deliver",
  text: `
    SELECT wanted.id AS delivery_id, message.position, message.author_kind, message.text, message.sent_at, message.attachments,
      message.unsent_at IS NOT NULL AS unsent,
      CASE message.author_kind WHEN 'BOT' THEN message.bot_name WHEN 'AGENT' THEN agent.name ELSE visitor.name END AS author_name,
      EXISTS (SELECT FROM delivery_messages JOIN deliveries ON deliveries.id = delivery_messages.delivery_id
        WHERE delivery_messages.message_id = message.id AND deliveries.status = 'UNCERTAIN' OFFSET 0) AS uncertain
    FROM jsonb_to_recordset($1::jsonb) AS wanted (id uuid, conversation_id uuid, from_position integer, to_position integer)
    JOIN conversations AS conversation ON conversation.id = wanted.conversation_id
    JOIN visitors AS visitor ON visitor.id = conversation.visitor_id
    JOIN messages AS message ON message.conversation_id = wanted.conversation_id
      AND message.position BETWEEN wanted.from_position AND wanted.to_position
      AND message.conversation_id = ANY ($2::uuid[])
    LEFT JOIN agents AS agent ON agent.id = message.author_id
    ORDER BY message.position`,
};

// OFFSET 0 keeps the other conditions out: before it has statistics, the planner would look through the indexes of all
// that the channel ever carried, to save itself reading a few rows of the conversation.
export const threadsStatement: Statement = {
  name: "threads-of-deliveries",
  text: `
    SELECT delivery.id AS delivery_id, inbound.external_id AS inbound_id,
      -- What the vendor could bring only late stands last and was written earlier; reply windows count from the latest.
      greatest(inbound.sent_at, CASE WHEN delivery.kind = 'DIRECT' THEN (
        SELECT max(recent.sent_at) FROM (
          SELECT * FROM messages WHERE messages.conversation_id = delivery.conversation_id
          ORDER BY messages.position DESC LIMIT 50) AS recent
        WHERE recent.via = delivery.channel AND recent.author_kind = 'VISITOR' AND recent.external_id IS NOT NULL
      ) END) AS inbound_at,
      coalesce((SELECT jsonb_agg(jsonb_build_object('reference', earlier.reference, 'externalIds', earlier.external_ids,
          'thread', earlier.thread) ORDER BY earlier.sent_at)
        FROM (SELECT own.* FROM (
            SELECT * FROM deliveries WHERE deliveries.conversation_id = delivery.conversation_id OFFSET 0) AS own
          WHERE own.channel = delivery.channel AND own.status IN ('SENT', 'DELIVERED')
          ORDER BY own.sent_at DESC LIMIT 10) AS earlier), '[]') AS acceptances
    FROM deliveries AS delivery LEFT JOIN LATERAL (
      SELECT own.external_id, own.sent_at FROM (
        SELECT * FROM messages WHERE messages.conversation_id = delivery.conversation_id
        ORDER BY messages.position DESC OFFSET 0) AS own
      WHERE own.via = delivery.channel AND own.author_kind = 'VISITOR' AND own.external_id IS NOT NULL
      ORDER BY own.position DESC LIMIT 1) AS inbound ON true
    WHERE delivery.id = ANY ($1::uuid[])`,
};

export const leaseStatement: Statement = {
  name: "lease-deliveries",
  text: `
    WITH leased AS (
      SELECT * FROM jsonb_to_recordset($1::jsonb)
        AS leased (id uuid, lease_token uuid, conversation_id uuid, kind text, carried integer[],
          from_position integer, to_position integer)
    ), dropped AS (
      DELETE FROM delivery_messages USING leased WHERE delivery_messages.delivery_id = leased.id
        AND delivery_messages.delivery_id = ANY ($4::uuid[])
        AND delivery_messages.position <> ALL (leased.carried)
    ), joined AS (
      INSERT INTO delivery_messages (delivery_id, message_id, position)
      SELECT leased.id, messages.id, messages.position
      FROM leased CROSS JOIN unnest(leased.carried) AS wanted (position)
      JOIN messages ON messages.conversation_id = leased.conversation_id AND messages.position = wanted.position
        AND messages.conversation_id = ANY ($5::uuid[])
      ON CONFLICT DO NOTHING
    )
    UPDATE deliveries SET status = 'SENDING', lease_token = leased.lease_token, lease_until = $3, next_attempt_at = NULL,
      kind = leased.kind, from_position = leased.from_position, to_position = leased.to_position, attempts = attempts + 1,
      paused_ms_at_first_attempt = CASE WHEN first_attempt_at IS NULL THEN coalesce((SELECT paused_ms FROM channel_states
        WHERE channel_states.channel = deliveries.channel), 0) ELSE paused_ms_at_first_attempt END,
      first_attempt_at = coalesce(first_attempt_at, $2)
    FROM leased WHERE deliveries.id = leased.id AND deliveries.id = ANY ($4::uuid[])`,
};
