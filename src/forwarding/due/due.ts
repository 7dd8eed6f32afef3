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
  const [earliest] = listTriggers(facts);
  const due = earliest?.at == null ? null : { at: earliest.at, trigger: earliest.trigger };
  const neverDue = now.getTime() >= tooOldAt || (due !== null && due.at.getTime() >= tooOldAt);
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

/** One of the triggers, as it stands now. */
export interface Outlook {
  readonly trigger: ForwardingTrigger;
  /** When it would come if nothing changes; null if it cannot come now: the visitor is connected, or an agent is online. */
  readonly at: Date | null;
  /** What its delay counts from: the departure, the last activity, the going of the last agent; null while that has not happened. */
  readonly since: Date | null;
  readonly delaySeconds: number;
}

/** When each trigger would forward what is pending, the earliest first, those that cannot come now last; empty if nothing is pending. */
export function listTriggers(facts: DueFacts): readonly Outlook[] {
  const { pending, preference, visitor, agents } = facts;
  if (pending === null) return [];
  const settledMs = settledAtMs(facts, pending);
  const lastInteractionAtMs = visitor.lastInteractionAt?.getTime() ?? Number.NEGATIVE_INFINITY;
  const awayFromMs = findAwayFromMs(visitor);
  const departureDelayMs = preference.visitorLeftDelaySeconds * 1000;
  const departedAtMs = Math.max(lastInteractionAtMs, visitor.departedAt?.getTime() ?? Number.NEGATIVE_INFINITY);
  const idleFromMs = Math.max(lastInteractionAtMs, pending.firstAt.getTime());
  // While the visitor is chatting live with an agent who appears offline, nothing is emailed: the visitor reads it here.
  const isReadingLive = facts.visitorReadPosition >= pending.lastPosition;
  const presentUntilMs = Math.min(lastInteractionAtMs + departureDelayMs, awayFromMs ?? Number.POSITIVE_INFINITY);
  const conversationDueAtMs = isReadingLive ? Math.max(settledMs, presentUntilMs) : settledMs;
  const outlooks: readonly Outlook[] = [
    {
      trigger: ForwardingTrigger.VISITOR_LEFT,
      at: awayFromMs === null ? null : dateOf(Math.max(awayFromMs, departedAtMs + departureDelayMs, settledMs)),
      since: awayFromMs === null ? null : dateOf(departedAtMs),
      delaySeconds: preference.visitorLeftDelaySeconds,
    },
    {
      trigger: ForwardingTrigger.INACTIVITY,
      at: dateOf(Math.max(idleFromMs + preference.inactivityDelaySeconds * 1000, settledMs)),
      since: dateOf(idleFromMs),
      delaySeconds: preference.inactivityDelaySeconds,
    },
    {
      trigger: ForwardingTrigger.AGENTS_OFFLINE,
      at: agents.offlineFrom === null ? null : dateOf(Math.max(agents.offlineFrom.getTime(), conversationDueAtMs)),
      // Before any agent was ever online, it is the epoch.
      since: agents.offlineFrom === null || agents.offlineFrom.getTime() <= 0 ? null : agents.offlineFrom,
      delaySeconds: 0,
    },
  ];
  const limitedUntilMs = facts.unprovenUntil?.getTime() ?? Number.NEGATIVE_INFINITY;
  const order = ({ at }: Outlook): number => at?.getTime() ?? Number.POSITIVE_INFINITY;
  return outlooks
    .toSorted((one, other) => order(one) - order(other) || 0)
    .map((one) => ({ ...one, at: one.at === null ? null : dateOf(Math.max(one.at.getTime(), limitedUntilMs)) }));
}

/** Whether what is pending waits only for one more reply, so that they go together. */
export function isSettling(facts: DueFacts, now: Date): boolean {
  const { pending } = facts;
  const [first] = listTriggers(facts);
  if (pending === null || first?.at == null) return false;
  const settledMs = settledAtMs(facts, pending);
  return first.at.getTime() === settledMs && settledMs > now.getTime();
}

/** When no further reply is waited for, in Unix milliseconds. */
function settledAtMs({ preference }: DueFacts, pending: NonNullable<DueFacts["pending"]>): number {
  const settleMs = preference.settleSeconds * 1000;
  const mostMs = Math.max(preference.visitorLeftDelaySeconds * 1000, settleMs);
  return Math.min(pending.lastAt.getTime() + settleMs, pending.firstAt.getTime() + mostMs);
}

/** Null for a moment that never was: nobody has been here. */
function dateOf(milliseconds: number): Date | null {
  return Number.isFinite(milliseconds) ? new Date(milliseconds) : null;
}
