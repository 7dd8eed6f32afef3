import { v7 } from "uuid";
import type { SentAttachment } from "../../attachments/attachment.entity.js";
import { toOutboundAttachments } from "../../attachments/to-outbound-attachments.js";
import type { Acceptance, Outbound, OutboundMessage } from "../../channels/channel.js";
import type { Statement, Transaction } from "../../database/database.js";
import type { Services } from "../../services.js";
import { createResumeCode } from "../../visitors/resume-code.js";
import { createReference } from "./create-reference.js";
import { DeliveryKind } from "./delivery.entity.js";
import type { DeliveryPayload } from "./delivery-payload.js";
import { lastInboundSql, latestInboundAtSql } from "./last-inbound.js";
import { resumePage } from "./resume-page.js";

type StoredOutbound = Omit<Outbound, "saveProgress">;

/**
 * The same for staff's eyes: the link leads to the website without signing anybody in, and nothing of it belongs to a delivery.
 */
export async function readPreviewOutbound(
  services: Services,
  transaction: Transaction,
  payload: DeliveryPayload,
): Promise<StoredOutbound> {
  const [outbound] = await readOutbounds(services, transaction, [payload]);
  if (outbound === undefined) throw new Error("There are fewer outbounds than payloads.");
  const { withholdsVisitor, conversation } = payload;
  const page = resumePage(services.config, withholdsVisitor ? null : conversation.writtenFrom);
  return {
    ...outbound,
    deliveryId: v7(),
    reference: createReference(),
    links: { conversation: page },
    conversation: { ...outbound.conversation, id: v7() },
  };
}

/** What plugins are handed for the next attempts of deliveries, in the order of `payloads`. */
export async function readOutbounds(
  services: Services,
  transaction: Transaction,
  payloads: readonly DeliveryPayload[],
): Promise<StoredOutbound[]> {
  const messages = await readMessages(services, transaction, payloads);
  const threads = await readThreads(transaction, payloads);
  return payloads.map((payload) => {
    const { id } = payload.delivery;
    return toOutbound(services, payload, messages.get(id) ?? [], threads.get(id));
  });
}

const kinds = {
  UNREAD_REPLIES: "unread-replies",
  FULL_TRANSCRIPT: "full-transcript",
  NOTICE: "notice",
  DIRECT: "direct",
} as const satisfies Record<DeliveryKind, Outbound["kind"]>;

function toOutbound(
  services: Services,
  payload: DeliveryPayload,
  messages: readonly OutboundMessage[],
  thread: ThreadRow | undefined,
): StoredOutbound {
  const { delivery, conversation, withholdsVisitor } = payload;
  const code = createResumeCode(services, conversation.id, delivery);
  return {
    deliveryId: delivery.id,
    reference: delivery.reference,
    attempt: delivery.attempts + 1,
    address: delivery.address,
    kind: kinds[payload.kind],
    messages,
    withholdsVisitor,
    earlierMessages: payload.kind === DeliveryKind.NOTICE ? 0 : payload.fromPosition - 1,
    conversation: { id: conversation.id, startedAt: conversation.startedAt },
    visitor: {
      id: conversation.visitorId,
      name: withholdsVisitor ? null : conversation.visitorName,
      locale: conversation.locale,
      timeZone: conversation.timeZone,
    },
    company: { name: services.config.companyName, locale: services.config.companyLocale },
    links: {
      // The page is the visitor's own text.
      conversation: `${resumePage(services.config, withholdsVisitor ? null : conversation.writtenFrom)}#afterchat-resume=${code}`,
    },
    thread: thread?.acceptances ?? [],
    lastInbound:
      // The id of a mail is its sender's own text.
      withholdsVisitor || thread?.inboundId == null || thread.inboundAt == null
        ? null
        : { externalId: thread.inboundId, at: thread.inboundAt },
    progress: delivery.progress,
  };
}

async function readMessages(
  services: Services,
  transaction: Transaction,
  payloads: readonly DeliveryPayload[],
): Promise<Map<string, OutboundMessage[]>> {
  const shown = payloads.filter((payload) => payload.kind !== DeliveryKind.NOTICE);
  if (shown.length === 0) return new Map();
  const ranges = shown.map((payload) => ({
    id: payload.delivery.id,
    conversation_id: payload.conversation.id,
    from_position: payload.fromPosition,
    to_position: payload.toPosition,
  }));
  const rows = await transaction.query<MessageRow>(messagesStatement, [
    JSON.stringify(ranges),
    ranges.map((range) => range.conversation_id),
  ]);
  const carried = new Map(shown.map((payload) => [payload.delivery.id, new Set(payload.carried)]));
  const withholding = new Set(shown.flatMap((payload) => (payload.withholdsVisitor ? [payload.delivery.id] : [])));
  const found = new Map<string, OutboundMessage[]>();
  for (const row of rows) {
    if (row.authorKind === "VISITOR" && withholding.has(row.deliveryId)) continue;
    const isPending = carried.get(row.deliveryId)?.has(row.position) ?? false;
    // An UNCERTAIN delivery carries it: sent as context, the visitor might receive it twice.
    if (!isPending && row.uncertain) continue;
    // Unsent by its author: there is nothing to show.
    if (!isPending && row.unsent) continue;
    const kind = row.authorKind === "VISITOR" ? "visitor" : row.authorKind === "BOT" ? "bot" : "agent";
    const list = found.get(row.deliveryId) ?? [];
    list.push({
      role: isPending ? "pending" : "context",
      author: { kind, name: row.authorName },
      text: row.text,
      sentAt: row.sentAt,
      attachments: toOutboundAttachments(services, row.attachments ?? []),
    });
    found.set(row.deliveryId, list);
  }
  return found;
}

async function readThreads(
  transaction: Transaction,
  payloads: readonly DeliveryPayload[],
): Promise<Map<string, ThreadRow>> {
  const rows = await transaction.query<ThreadRow>(threadsStatement, [payloads.map((payload) => payload.delivery.id)]);
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

// The conversations' ids are an array as well, so that the index is used: the planner cannot know how many rows JSON holds.
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

// OFFSET 0 keeps the other conditions out of the subqueries: without statistics, the planner would search the indexes of
// everything that the channel ever sent, to save reading a few rows of the conversation.
export const threadsStatement: Statement = {
  name: "threads-of-deliveries",
  text: `
    SELECT delivery.id AS delivery_id, inbound.external_id AS inbound_id,
      greatest(inbound.sent_at, CASE WHEN delivery.kind = 'DIRECT' THEN (
        ${latestInboundAtSql("delivery.conversation_id", "delivery.channel")}) END) AS inbound_at,
      coalesce((SELECT jsonb_agg(jsonb_build_object('reference', earlier.reference, 'externalIds', earlier.external_ids,
          'thread', earlier.thread) ORDER BY earlier.sent_at)
        FROM (SELECT own.* FROM (
            SELECT * FROM deliveries WHERE deliveries.conversation_id = delivery.conversation_id OFFSET 0) AS own
          WHERE own.channel = delivery.channel AND own.status IN ('SENT', 'DELIVERED')
          ORDER BY own.sent_at DESC LIMIT 10) AS earlier), '[]') AS acceptances
    FROM deliveries AS delivery LEFT JOIN LATERAL (
      ${lastInboundSql("delivery.conversation_id", "delivery.channel")}) AS inbound ON true
    WHERE delivery.id = ANY ($1::uuid[])`,
};
