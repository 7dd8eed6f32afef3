import { isDeepStrictEqual } from "node:util";
import type { Json } from "../../json.js";
import type { KnownAddress } from "../../visitors/visitor.entity.js";
import { chooseContent } from "../due/content.js";
import { findBlockingState } from "../due/due.js";
import { type ConversationFacts, disclosureOf, dueFacts, type ForwardingSituation } from "../due/read-facts.js";
import { ForwardingState } from "../forwarding.js";
import { CancelReason, type DeliveryKind } from "./delivery.entity.js";

/** A QUEUED delivery, with what decides about its next attempt. */
export interface QueuedDelivery {
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
  readonly withholdsVisitor: boolean;
  readonly progress: Json;
  readonly messagePosition: number | null;
}

/** What one delivery sends: the positions of its replies, and the part of the conversation around them. */
export interface DeliveryPayload {
  readonly delivery: QueuedDelivery;
  readonly conversation: ConversationFacts;
  readonly kind: DeliveryKind;
  readonly carried: readonly number[];
  readonly fromPosition: number;
  readonly toPosition: number;
  /** Nothing of what the visitor wrote is sent, nor their name. */
  readonly withholdsVisitor: boolean;
}

/**
 * Where a reply of an IMMEDIATE channel is sent: the visitor's address may have changed during an earlier attempt. A reply
 * of which a part was sent, or may have been, keeps its address.
 */
export function resolveAddress(
  delivery: QueuedDelivery,
  conversation: ConversationFacts,
): KnownAddress | "as stored" | "none" {
  const isFixed = delivery.messagePosition === null || delivery.frozenAt !== null || delivery.progress !== null;
  if (isFixed || conversation.erasedAt !== null) return "as stored";
  const current = conversation.addresses[delivery.channel];
  if (current === undefined) return "none";
  return isDeepStrictEqual(current.address, delivery.address) ? "as stored" : current;
}

const reasons: Readonly<Partial<Record<ForwardingState, CancelReason>>> = {
  [ForwardingState.ADDRESS_SUPPRESSED]: CancelReason.SUPPRESSED,
  [ForwardingState.BLOCKED]: CancelReason.BLOCKED,
  [ForwardingState.DISABLED]: CancelReason.SWITCHED_OFF,
  [ForwardingState.HELD]: CancelReason.HELD,
  [ForwardingState.NOTHING_PENDING]: CancelReason.READ,
  [ForwardingState.NO_ADDRESS]: CancelReason.READDRESSED,
  [ForwardingState.OPTED_OUT]: CancelReason.OPTED_OUT,
};

/** What a delivery sends now, or why it is no longer wanted. `carriedBefore`: what a frozen delivery carries. */
export function decidePayload(
  delivery: QueuedDelivery,
  conversation: ConversationFacts,
  situation: ForwardingSituation,
  carriedBefore: readonly number[],
): DeliveryPayload | CancelReason {
  const { kind, frozenAt, fromPosition, toPosition, withholdsVisitor } = delivery;
  if (conversation.erasedAt !== null) return CancelReason.ERASED;
  if (conversation.blockedAt !== null) return CancelReason.BLOCKED;
  if (delivery.messagePosition !== null) {
    const position = delivery.messagePosition;
    const positions = { carried: [position], fromPosition: position, toPosition: position };
    return { delivery, conversation, kind, ...positions, withholdsVisitor };
  }
  const blockingState = findBlockingState(dueFacts(conversation, situation));
  // A paused channel keeps its queue; any other state, suppression included, means that the delivery is not wanted.
  if (blockingState !== null && blockingState !== ForwardingState.CHANNEL_UNAVAILABLE)
    return reasons[blockingState] ?? CancelReason.READ;
  // The address changed during an earlier attempt: the check plans again. A frozen delivery keeps its address.
  const currentAddress = conversation.addresses[delivery.channel]?.address;
  if (frozenAt === null && !isDeepStrictEqual(currentAddress, delivery.address)) return CancelReason.READDRESSED;
  const pending = conversation.carriedPositions;
  if (frozenAt !== null && fromPosition !== null && toPosition !== null) {
    // Repeated unchanged, while any of its replies is still pending.
    if (!carriedBefore.some((position) => pending.includes(position))) return CancelReason.READ;
    return { delivery, conversation, kind, carried: carriedBefore, fromPosition, toPosition, withholdsVisitor };
  }
  const firstPosition = pending[0];
  const lastPosition = pending[pending.length - 1];
  if (firstPosition === undefined || lastPosition === undefined) return CancelReason.READ;
  const disclosure = disclosureOf(conversation, situation, delivery);
  const positions = { firstPosition, lastPosition };
  const content = chooseContent(situation.preference, disclosure, conversation.messageCount, positions);
  return { delivery, conversation, carried: pending, ...content, withholdsVisitor: disclosure !== "everything" };
}
