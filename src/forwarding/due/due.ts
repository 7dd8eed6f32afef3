import { DeliveryStatus, ForwardingTrigger } from "../deliveries/delivery.entity.js";
import { ForwardingState } from "../forwarding.js";
import { ForwardingMode, type ForwardingPreference } from "../forwarding-preference.entity.js";

/** All that decides whether and when pending replies travel; read in one statement by read-facts.ts. */
export interface DueFacts {
  readonly preference: Pick<
    ForwardingPreference,
    "mode" | "visitorLeftDelaySeconds" | "inactivityDelaySeconds" | "settleSeconds"
  >;
  /** Null when nothing is pending. */
  readonly pending: {
    /** When the first that is unread was sent; the first of all when every one was read. */
    readonly firstAt: Date;
    readonly lastAt: Date;
    /** The newest that travels by itself; 0 when all of them stand in UNCERTAIN deliveries. */
    readonly lastPosition: number;
  } | null;
  readonly attemptedPosition: number;
  readonly visitorReadPosition: number;
  readonly visitor: {
    readonly connected: boolean;
    readonly lastInteractionAt: Date | null;
    /** When the last connection closed, or leaveWebsite was called. */
    readonly departedAt: Date | null;
    /** Wants no email: none at all, or none about this conversation. */
    readonly optedOut: boolean;
  };
  readonly agents: {
    /** From when on no agent is online, if nothing changes; null while one is connected. */
    readonly offlineFrom: Date | null;
  };
  /** The address that choose-channel.ts chose; null without any. */
  readonly address: { readonly suppressed: boolean; readonly channelReady: boolean } | null;
  readonly held: boolean;
  /** A delivery of the conversation is QUEUED or SENDING. */
  readonly openDelivery: boolean;
  /** How the last WHEN_AWAY delivery ended. */
  readonly lastOutcome: DeliveryStatus | null;
}

export type DueDecision =
  | { readonly state: Exclude<ForwardingState, ForwardingState.WAITING> }
  | { readonly state: ForwardingState.WAITING; readonly due: Due | null };

export interface Due {
  /** The first moment at which the rule holds, if nothing changes; it may lie in the past. */
  readonly at: Date;
  readonly trigger: ForwardingTrigger;
}

/** How long a doing of the visitor counts as presence without any connection. */
const interactionGrantsMs = 60_000;
/** Older replies do not travel by themselves; an agent may still forward them. */
const oldestPendingMs = 7 * 24 * 3_600_000;

/**
 * When and why the pending replies of a conversation travel, or why not: the one place that decides it, for the check,
 * for the worker's last look and for the agent's eyes. See product.md, "When it is due" and "From due to delivered".
 */
export function decideForwarding(facts: DueFacts, now: Date): DueDecision {
  if (facts.openDelivery) return { state: ForwardingState.SENDING };
  const obstacle = findObstacle(facts);
  if (obstacle !== null) return { state: obstacle };
  const pending = facts.pending;
  if (pending === null) return { state: ForwardingState.NOTHING_PENDING };
  if (pending.lastPosition <= facts.attemptedPosition) {
    return {
      state: facts.lastOutcome === DeliveryStatus.UNCERTAIN ? ForwardingState.UNCERTAIN : ForwardingState.FAILED,
    };
  }
  const tooOldAt = pending.lastAt.getTime() + oldestPendingMs;
  const due = earliestDue(facts, pending);
  const neverDue = now.getTime() >= tooOldAt || due.at.getTime() >= tooOldAt;
  return { state: ForwardingState.WAITING, due: neverDue ? null : due };
}

/** True when the decision lets replies travel now. */
export function isDueNow(decision: DueDecision, now: Date): decision is { state: ForwardingState.WAITING; due: Due } {
  return decision.state === ForwardingState.WAITING && decision.due !== null && decision.due.at <= now;
}

/** The first state, in product.md's order, that keeps pending replies from travelling at all; null when none does. */
export function findObstacle(facts: DueFacts): Exclude<ForwardingState, ForwardingState.WAITING> | null {
  if (facts.pending === null) return ForwardingState.NOTHING_PENDING;
  if (facts.preference.mode === ForwardingMode.NOTHING) return ForwardingState.DISABLED;
  if (facts.held) return ForwardingState.HELD;
  if (facts.address === null) return ForwardingState.NO_ADDRESS;
  if (facts.visitor.optedOut) return ForwardingState.OPTED_OUT;
  if (facts.address.suppressed) return ForwardingState.ADDRESS_SUPPRESSED;
  if (!facts.address.channelReady) return ForwardingState.CHANNEL_UNAVAILABLE;
  return null;
}

/** From when on the visitor counts as away, if nothing changes, in Unix milliseconds; null while connected. */
function awayFromMs(
  visitor: Pick<DueFacts["visitor"], "connected" | "lastInteractionAt" | "departedAt">,
): number | null {
  if (visitor.connected) return null;
  const departedMs = visitor.departedAt?.getTime() ?? Number.NEGATIVE_INFINITY;
  if (visitor.lastInteractionAt === null) return departedMs;
  const interactionMs = visitor.lastInteractionAt.getTime();
  return departedMs >= interactionMs ? departedMs : interactionMs + interactionGrantsMs;
}

function earliestDue(facts: DueFacts, pending: NonNullable<DueFacts["pending"]>): Due {
  const { preference, visitor, agents } = facts;
  const leftDelayMs = preference.visitorLeftDelaySeconds * 1000;
  const settleMs = preference.settleSeconds * 1000;
  const settledMs = Math.min(
    pending.lastAt.getTime() + settleMs,
    pending.firstAt.getTime() + Math.max(leftDelayMs, settleMs),
  );
  const interactionMs = visitor.lastInteractionAt?.getTime() ?? Number.NEGATIVE_INFINITY;
  const awayMs = awayFromMs(visitor);
  const candidates: { readonly atMs: number; readonly trigger: ForwardingTrigger }[] = [];
  if (awayMs !== null) {
    const leftMs = Math.max(interactionMs, visitor.departedAt?.getTime() ?? Number.NEGATIVE_INFINITY);
    candidates.push({
      atMs: Math.max(awayMs, leftMs + leftDelayMs, settledMs),
      trigger: ForwardingTrigger.VISITOR_LEFT,
    });
  }
  const idleMs = Math.max(interactionMs, pending.firstAt.getTime()) + preference.inactivityDelaySeconds * 1000;
  candidates.push({ atMs: Math.max(idleMs, settledMs), trigger: ForwardingTrigger.INACTIVITY });
  if (agents.offlineFrom !== null) {
    // Between the lines of a live chat with an invisible agent nothing is mailed: the visitor is there and reads.
    const followsLive = facts.visitorReadPosition >= pending.lastPosition;
    const presentUntilMs = Math.min(interactionMs + leftDelayMs, awayMs ?? Number.POSITIVE_INFINITY);
    const conversationMs = followsLive ? Math.max(settledMs, presentUntilMs) : settledMs;
    candidates.push({
      atMs: Math.max(agents.offlineFrom.getTime(), conversationMs),
      trigger: ForwardingTrigger.AGENTS_OFFLINE,
    });
  }
  const earliest = candidates.reduce((first, next) => (next.atMs < first.atMs ? next : first));
  return { at: new Date(earliest.atMs), trigger: earliest.trigger };
}
