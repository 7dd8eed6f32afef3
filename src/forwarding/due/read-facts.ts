import { readAgentsPresence } from "../../agents/read-agents-presence.js";
import type { Failure } from "../../channels/channel.js";
import { webChannel } from "../../channels/web-channel.js";
import type { Statement } from "../../database/database.js";
import type { Services } from "../../services.js";
import type { KnownAddress } from "../../visitors/visitor.entity.js";
import { emailChannel } from "../../visitors/visitor-address.js";
import { suppressedChannelsSql } from "../addresses/suppressed-channels.js";
import type { DeliveryStatus } from "../deliveries/delivery.entity.js";
import type { ForwardingPreference } from "../forwarding-preference.entity.js";
import { readPreference } from "../read-preference.js";
import { type ChosenAddress, chooseChannel, chooseReplyAddress } from "./choose-channel.js";
import { chooseDisclosure, type Disclosure } from "./content.js";
import type { DueFacts } from "./due.js";
import { carriedSql, firstPendingSql, pendingSql } from "./refresh-due-times.js";

/** Runs a statement, inside a transaction or outside of one. */
export type Query = <Row>(statement: Statement, parameters: readonly unknown[]) => Promise<Row[]>;

/** One conversation with its visitor and what is pending, computed from its messages. */
export interface ConversationFacts {
  readonly id: string;
  readonly visitorId: string;
  readonly channel: string;
  readonly startedAt: Date;
  readonly messageCount: number;
  readonly visitorReadPosition: number;
  readonly attemptedPosition: number;
  readonly heldAt: Date | null;
  /** The agent who holds it. */
  readonly heldBy: string | null;
  readonly openDeliveryId: string | null;
  readonly lastOutcome: DeliveryStatus | null;
  readonly visitorName: string | null;
  readonly locale: string | null;
  readonly timeZone: string | null;
  readonly addresses: Readonly<Record<string, KnownAddress>>;
  readonly connected: boolean;
  readonly lastInteractionAt: Date | null;
  readonly departedAt: Date | null;
  /** Since when the visitor has opted out of email about this conversation, or of all email. */
  readonly optedOutAt: Date | null;
  readonly erasedAt: Date | null;
  /** Since when staff have blocked the visitor. */
  readonly blockedAt: Date | null;
  readonly pendingReplies: number;
  readonly firstPendingAt: Date | null;
  readonly lastPendingAt: Date | null;
  readonly lastPendingPosition: number;
  readonly undeliverableAt: Date | null;
  /** Until then too much was sent to unproven addresses to forward to this one. */
  readonly unprovenUntil: Date | null;
  /** The visitor has only typed their email address: nothing shows that it is theirs. */
  readonly emailUnproven: boolean;
  /** The page from which the visitor last wrote, a URL or a path; null if none was reported. */
  readonly writtenFrom: string | null;
  /** The session that typed it, and from where; null if it is proven. */
  readonly typedInSessionId: string | null;
  readonly typedFromNetwork: string | null;
  readonly typingSessionBeganAt: Date | null;
  /** An agent, not a bot, wrote one of the pending replies, or has replied since the visitor typed the address. */
  readonly personAnswered: boolean;
  /** Positions of the pending replies that a forwarding would carry: without those in UNCERTAIN deliveries. */
  readonly carriedPositions: readonly number[];
  /** A DIRECT delivery is QUEUED or SENDING. */
  readonly openDirect: boolean;
  /** The delivery that is QUEUED or SENDING; none of those: the last one, if it was FAILED or its end is UNCERTAIN. */
  readonly shownDeliveryId: string | null;
  readonly suppressedChannels: readonly string[];
  /** Why the conversation's own channel last failed to deliver a reply for good; null if it has not. */
  readonly refusal: Pick<Failure, "code" | "detail"> | null;
}

/** The facts that are the same for all conversations at one moment. */
export interface ForwardingSituation {
  readonly preference: ForwardingPreference;
  readonly offlineFrom: Date | null;
  readonly whenAwayChannels: readonly string[];
  readonly readyChannels: ReadonlySet<string>;
}

export async function readConversationFacts(
  query: Query,
  conversationIds: readonly string[],
): Promise<ConversationFacts[]> {
  return query<ConversationFacts>(conversationFactsStatement, [conversationIds]);
}

/** Whether a visitor has only typed their email address; alias `visitor`. */
const emailUnprovenSql =
  "(visitor.email_source IN ('FORM', 'CHAT') AND visitor.email_proven_at IS NULL AND visitor.email IS NOT NULL)";

const conversationFactsStatement: Statement = {
  name: "conversation-forwarding-facts",
  text: `
    SELECT conversation.id, conversation.visitor_id, conversation.channel, conversation.started_at,
      conversation.message_count, conversation.visitor_read_position, conversation.attempted_position,
      conversation.held_at, conversation.held_by, conversation.open_delivery_id, conversation.last_outcome,
      visitor.name AS visitor_name, visitor.locale, visitor.time_zone, visitor.addresses, visitor.connected,
      visitor.last_interaction_at, visitor.departed_at, least(visitor.opted_out_at, conversation.opted_out_at) AS opted_out_at,
      visitor.erased_at, visitor.blocked_at,
      pending.replies AS pending_replies, pending.first_at AS first_pending_at, pending.last_at AS last_pending_at,
      pending.last_position AS last_pending_position, pending.undeliverable_at, pending.carried_positions,
      conversation.unproven_until, conversation.written_from, ${emailUnprovenSql} AS email_unproven, typed.session_id AS typed_in_session_id,
      typed.network AS typed_from_network, typing.created_at AS typing_session_began_at,
      pending.by_person OR ${emailUnprovenSql} AND EXISTS (
        SELECT FROM messages AS answer WHERE answer.conversation_id = conversation.id AND answer.author_kind = 'AGENT'
          AND answer.sent_at >= typed.typed_at) AS person_answered,
      EXISTS (SELECT FROM deliveries WHERE deliveries.conversation_id = conversation.id
        AND deliveries.kind = 'DIRECT' AND deliveries.status IN ('QUEUED', 'SENDING')) AS open_direct,
      coalesce(conversation.open_delivery_id,
        (SELECT direct.id FROM deliveries AS direct WHERE direct.conversation_id = conversation.id
          AND direct.kind = 'DIRECT' AND direct.status IN ('QUEUED', 'SENDING') ORDER BY direct.created_at, direct.id LIMIT 1),
        CASE WHEN conversation.last_outcome IN ('FAILED', 'UNCERTAIN') THEN (
          SELECT ended.id FROM deliveries AS ended WHERE ended.conversation_id = conversation.id
            AND ended.status = conversation.last_outcome ORDER BY ended.created_at DESC, ended.id DESC LIMIT 1) END
      ) AS shown_delivery_id,
      ${suppressedChannelsSql} AS suppressed_channels,
      CASE WHEN conversation.channel <> 'web' THEN (
        SELECT jsonb_build_object('code', refused.failure_code, 'detail', coalesce(refused.failure_detail, ''))
        FROM deliveries AS refused WHERE refused.conversation_id = conversation.id AND refused.kind = 'DIRECT'
          AND refused.status = 'FAILED' AND refused.failure_code IN ('WINDOW_CLOSED', 'ADDRESS_INVALID')
        ORDER BY refused.created_at DESC, refused.id DESC LIMIT 1) END AS refusal
    FROM conversations AS conversation JOIN visitors AS visitor ON visitor.id = conversation.visitor_id
      LEFT JOIN typed_addresses AS typed ON typed.visitor_id = visitor.id
      LEFT JOIN sessions AS typing ON typing.id = typed.session_id,
      forwarding_preference AS preference,
      LATERAL (
        SELECT count(*)::integer AS replies, ${firstPendingSql} AS first_at, max(message.sent_at) AS last_at,
          coalesce(max(message.position) FILTER (WHERE ${carriedSql}), 0) AS last_position,
          max(message.undeliverable_at) AS undeliverable_at,
          coalesce(bool_or(message.author_kind = 'AGENT') FILTER (WHERE ${carriedSql}), false) AS by_person,
          coalesce(array_agg(message.position ORDER BY message.position) FILTER (WHERE ${carriedSql}), '{}') AS carried_positions
        FROM messages AS message WHERE message.conversation_id = conversation.id AND ${pendingSql}) AS pending
    WHERE conversation.id = ANY ($1::uuid[])`,
};

/** Whether the visitor has only typed this address. Those on other channels come from agents, or from vendors. */
export function isUnproven(conversation: ConversationFacts, address: { readonly channel: string }): boolean {
  return address.channel === emailChannel && conversation.emailUnproven;
}

/** The address that this conversation would be forwarded to; null if there is none. */
export function chosenAddress(conversation: ConversationFacts, situation: ForwardingSituation): ChosenAddress | null {
  return conversation.erasedAt === null ? chooseChannel(situation.whenAwayChannels, conversation.addresses) : null;
}

/** The address that agents see: the conversation's own channel's, as long as that delivers the replies. */
export function shownAddress(conversation: ConversationFacts, situation: ForwardingSituation): ChosenAddress | null {
  if (conversation.erasedAt !== null) return null;
  const { channel, addresses, pendingReplies, openDeliveryId, openDirect } = conversation;
  const open = openDeliveryId !== null ? "forwarding" : openDirect ? "direct" : "nothing";
  return chooseReplyAddress({ channel, whenAwayChannels: situation.whenAwayChannels, addresses, pendingReplies, open });
}

/** Why the conversation's own channel cannot deliver what is pending; null on the website. */
export function refusalOf(conversation: ConversationFacts): Pick<Failure, "code" | "detail"> | null {
  if (conversation.channel === webChannel || conversation.pendingReplies === 0) return null;
  return conversation.refusal ?? missingAddress;
}

const missingAddress = {
  code: "ADDRESS_INVALID",
  detail:
    "The visitor has no address on the channel that the conversation came from, or that channel is not installed any more.",
} as const;

/** What may be sent to this address of the conversation's visitor. */
export function disclosureOf(
  conversation: ConversationFacts,
  { preference }: Pick<ForwardingSituation, "preference">,
  address: { readonly channel: string },
): Disclosure {
  const { personAnswered } = conversation;
  return chooseDisclosure(preference, { proven: !isUnproven(conversation, address), personAnswered });
}

/** The facts in the shape that due.ts needs. */
export function dueFacts(conversation: ConversationFacts, situation: ForwardingSituation): DueFacts {
  const address = chosenAddress(conversation, situation);
  const isLive = conversation.channel === "web";
  const { firstPendingAt, lastPendingAt } = conversation;
  return {
    preference: situation.preference,
    pending:
      firstPendingAt === null || lastPendingAt === null
        ? null
        : { firstAt: firstPendingAt, lastAt: lastPendingAt, lastPosition: conversation.lastPendingPosition },
    attemptedPosition: conversation.attemptedPosition,
    visitorReadPosition: conversation.visitorReadPosition,
    visitor: {
      // On an IMMEDIATE channel the visitor counts as away since that channel failed to deliver the reply.
      connected: isLive && conversation.connected,
      lastInteractionAt: isLive ? conversation.lastInteractionAt : null,
      departedAt: isLive ? conversation.departedAt : conversation.undeliverableAt,
      optedOut: conversation.optedOutAt !== null,
      blocked: conversation.blockedAt !== null,
    },
    agents: { offlineFrom: situation.offlineFrom },
    address:
      address === null
        ? null
        : {
            suppressed: conversation.suppressedChannels.includes(address.channel),
            channelReady: situation.readyChannels.has(address.channel),
          },
    unprovenUntil: conversation.unprovenUntil,
    held: conversation.heldAt !== null,
    openDelivery: conversation.openDeliveryId !== null || conversation.openDirect,
    lastOutcome: conversation.lastOutcome,
  };
}

/** Reads the facts that are the same for all conversations. */
export async function readSituation(services: Services, query: Query, now: Date): Promise<ForwardingSituation> {
  const agents = await readAgentsPresence(query, now);
  return {
    preference: await readPreference(query),
    offlineFrom: agents.offlineFrom,
    whenAwayChannels: services.channels.whenAway(),
    readyChannels: new Set(await readReadyChannels(services, query)),
  };
}

/** The channels that are configured, connected and not paused. */
export async function readReadyChannels(
  services: Pick<Services, "channels">,
  query: Query,
): Promise<readonly string[]> {
  const paused = new Set((await query<{ channel: string }>(pausedChannelsStatement, [])).map((row) => row.channel));
  return services.channels
    .all()
    .filter((channel) => channel.connection !== null && !paused.has(channel.plugin.id))
    .map((channel) => channel.plugin.id);
}

const pausedChannelsStatement: Statement = {
  name: "paused-channels",
  text: "SELECT channel FROM channel_states WHERE paused_at IS NOT NULL",
};
