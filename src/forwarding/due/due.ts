import { DeliveryStatus, ForwardingTrigger } from "../deliveries/delivery.entity.js";
import { ForwardingState } from "../forwarding.js";
import { ForwardingMode, type ForwardingPreference } from "../forwarding-preference.entity.js";

/** Everything that decides whether and when pending replies are forwarded; read in one statement by read-facts.ts. */
export interface DueFacts {
  readonly preference: Pick<
    ForwardingPreference,
    "mode" | "visitorLeftDelaySeconds" | "inactivityDelaySeconds" | "settleSeconds"
  >;
  /** Null when nothing is pending. */
  readonly pending: {
    /** When the first unread reply was sent; the first pending one if all of them have been read. */
    readonly firstAt: Date;
    readonly lastAt: Date;
    /** The newest one that may be forwarded automatically; 0 when all of them are in UNCERTAIN deliveries. */
    readonly lastPosition: number;
  } | null;
  readonly attemptedPosition: number;
  readonly visitorReadPosition: number;
  readonly visitor: {
    readonly connected: boolean;
    readonly lastInteractionAt: Date | null;
    /** When the last connection closed, or leaveWebsite was called. */
    readonly departedAt: Date | null;
    /** Opted out of all email, or of email about this conversation. */
    readonly optedOut: boolean;
    /** Blocked by staff. */
    readonly blocked: boolean;
  };
  readonly agents: {
    /** The moment, past or future, from which no agent is online unless something changes; null while one is connected. */
    readonly offlineFrom: Date | null;
  };
  /** Too much was sent to addresses that are not proven: not forwarded before this moment. Null: nothing limits it. */
  readonly unprovenUntil: Date | null;
  /** The address that choose-channel.ts chose; null if there is none. */
  readonly address: { readonly suppressed: boolean; readonly channelReady: boolean } | null;
  readonly held: boolean;
  /** A delivery of the conversation is QUEUED or SENDING. */
  readonly openDelivery: boolean;
  /** How the last WHEN_AWAY delivery ended. */
  readonly lastOutcome: DeliveryStatus | null;
}

export type DueDecision =
  | { readonly state: Exclude<ForwardingState, ScheduledState> }
  | { readonly state: ScheduledState; readonly due: Due | null };

/** The states in which the replies are sent by themselves, unless they are too old by then. */
type ScheduledState = ForwardingState.WAITING | ForwardingState.ADDRESS_UNPROVEN;

export interface Due {
  /** The first moment at which the rule holds, if nothing changes; it may lie in the past. */
  readonly at: Date;
  readonly trigger: ForwardingTrigger;
}

/** How long the visitor counts as present after an interaction, without any connection. */
const presentAfterInteractionMs = 60_000;
/** Older replies are not forwarded automatically; an agent may still forward them. */
const maxPendingAgeMs = 7 * 24 * 3_600_000;

/**
 * When and why the pending replies of a conversation are forwarded, or why not: decided here for the due check and for what
 * agents see. `findBlockingState` alone decides whether they may be sent at all, also for the worker before it sends.
 * `test/forwarding/due/due-in-sql.test.ts` compares this function with the due times in SQL.
 */
export function decideForwarding(facts: DueFacts, now: Date): DueDecision {
  if (facts.openDelivery) return { state: ForwardingState.SENDING };
  const blockingState = findBlockingState(facts);
  if (blockingState !== null) return { state: blockingState };
  const pending = facts.pending;
  if (pending === null) return { state: ForwardingState.NOTHING_PENDING };
  if (pending.lastPosition <= facts.attemptedPosition) {
    return {
      state: facts.lastOutcome === DeliveryStatus.UNCERTAIN ? ForwardingState.UNCERTAIN : ForwardingState.FAILED,
    };
  }
  const tooOldAt = pending.lastAt.getTime() + maxPendingAgeMs;
  const due = earliestDue(facts, pending);
  const neverDue = now.getTime() >= tooOldAt || due.at.getTime() >= tooOldAt;
  const isLimited = facts.unprovenUntil !== null && facts.unprovenUntil > now;
  return {
    state: isLimited ? ForwardingState.ADDRESS_UNPROVEN : ForwardingState.WAITING,
    due: neverDue ? null : due,
  };
}

/** True when the pending replies are to be forwarded now. */
export function isDueNow(decision: DueDecision, now: Date): decision is { state: ForwardingState.WAITING; due: Due } {
  return decision.state === ForwardingState.WAITING && decision.due !== null && decision.due.at <= now;
}

/** The first state, in display order, that blocks forwarding regardless of the time; null if none does. */
export function findBlockingState(facts: DueFacts): Exclude<ForwardingState, ScheduledState> | null {
  if (facts.pending === null) return ForwardingState.NOTHING_PENDING;
  if (facts.visitor.blocked) return ForwardingState.BLOCKED;
  if (facts.preference.mode === ForwardingMode.NOTHING) return ForwardingState.DISABLED;
  if (facts.held) return ForwardingState.HELD;
  if (facts.address === null) return ForwardingState.NO_ADDRESS;
  if (facts.visitor.optedOut) return ForwardingState.OPTED_OUT;
  if (facts.address.suppressed) return ForwardingState.ADDRESS_SUPPRESSED;
  if (!facts.address.channelReady) return ForwardingState.CHANNEL_UNAVAILABLE;
  return null;
}

/** Since when, or from when on, the visitor counts as away if nothing changes, in Unix milliseconds; null while connected. */
function findAwayFromMs(
  visitor: Pick<DueFacts["visitor"], "connected" | "lastInteractionAt" | "departedAt">,
): number | null {
  if (visitor.connected) return null;
  const departedMs = visitor.departedAt?.getTime() ?? Number.NEGATIVE_INFINITY;
  if (visitor.lastInteractionAt === null) return departedMs;
  const lastInteractionAtMs = visitor.lastInteractionAt.getTime();
  return departedMs >= lastInteractionAtMs ? departedMs : lastInteractionAtMs + presentAfterInteractionMs;
}

function earliestDue(facts: DueFacts, pending: NonNullable<DueFacts["pending"]>): Due {
  const { preference, visitor, agents } = facts;
  const departureDelayMs = preference.visitorLeftDelaySeconds * 1000;
  const settleMs = preference.settleSeconds * 1000;
  const settledAtMs = Math.min(
    pending.lastAt.getTime() + settleMs,
    pending.firstAt.getTime() + Math.max(departureDelayMs, settleMs),
  );
  const lastInteractionAtMs = visitor.lastInteractionAt?.getTime() ?? Number.NEGATIVE_INFINITY;
  const awayFromMs = findAwayFromMs(visitor);
  const candidates: { readonly atMs: number; readonly trigger: ForwardingTrigger }[] = [];
  if (awayFromMs !== null) {
    const departedAtMs = Math.max(lastInteractionAtMs, visitor.departedAt?.getTime() ?? Number.NEGATIVE_INFINITY);
    candidates.push({
      atMs: Math.max(awayFromMs, departedAtMs + departureDelayMs, settledAtMs),
      trigger: ForwardingTrigger.VISITOR_LEFT,
    });
  }
  const idleAtMs = Math.max(lastInteractionAtMs, pending.firstAt.getTime()) + preference.inactivityDelaySeconds * 1000;
  candidates.push({ atMs: Math.max(idleAtMs, settledAtMs), trigger: ForwardingTrigger.INACTIVITY });
  if (agents.offlineFrom !== null) {
    // While the visitor is chatting live with an agent who appears offline, nothing is emailed: the visitor reads it here.
    const isReadingLive = facts.visitorReadPosition >= pending.lastPosition;
    const presentUntilMs = Math.min(lastInteractionAtMs + departureDelayMs, awayFromMs ?? Number.POSITIVE_INFINITY);
    const conversationDueAtMs = isReadingLive ? Math.max(settledAtMs, presentUntilMs) : settledAtMs;
    candidates.push({
      atMs: Math.max(agents.offlineFrom.getTime(), conversationDueAtMs),
      trigger: ForwardingTrigger.AGENTS_OFFLINE,
    });
  }
  const earliest = candidates.reduce((first, next) => (next.atMs < first.atMs ? next : first));
  const limitedUntilMs = facts.unprovenUntil?.getTime() ?? Number.NEGATIVE_INFINITY;
  return { at: new Date(Math.max(earliest.atMs, limitedUntilMs)), trigger: earliest.trigger };
}
