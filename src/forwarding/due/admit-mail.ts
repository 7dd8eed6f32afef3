import { allowed, forwardingLimits, type RateLimit } from "../../limits/limit-table.js";

/** A mail to an address that its visitor has only typed. */
export interface UnprovenMail {
  readonly visitorId: string;
  /** The address as `mailboxOf` gives it. */
  readonly mailbox: string;
  /** The session that typed the address, and the network from which; null if they are unknown. */
  readonly sessionId: string | null;
  readonly network: string | null;
  /** A session younger than a day typed the address, and no person has answered. */
  readonly unattended: boolean;
}

/** One that was planned before. */
export interface PlannedMail extends UnprovenMail {
  /** It was the first of its visitor to this mailbox within a day. */
  readonly first: boolean;
  readonly plannedAt: Date;
}

export interface Admission {
  /** This visitor has sent nothing to this mailbox within a day. */
  readonly first: boolean;
  /** Null: it may be sent now. Otherwise too much was sent, and it may not be sent before this moment. */
  readonly notBefore: Date | null;
}

/** What was planned earlier than this before now counts towards no limit. */
export const countedMs = 86_400_000;
/** The same for the limits on who named the address. */
export const countedNamedMs =
  1000 *
  Math.max(
    forwardingLimits.firstMailsOfSession.seconds,
    forwardingLimits.firstMailsOfNetwork.seconds,
    forwardingLimits.firstMailsOfNewSessions.seconds,
  );
/** What is too much is looked at again after this time at the earliest: its number must not slow down the due check. */
const minWaitMs = 5 * 60_000;

/**
 * Whether a mail to an unproven address may be sent automatically, by the limits of limit-table.ts. Once `notBefore` has
 * come, it is decided again.
 * @param planned the mails of the last day that share the session, the network or the mailbox, or are unattended, in any order
 * @param factor LIMITS_FACTOR
 */
export function admitMail(mail: UnprovenMail, planned: readonly PlannedMail[], factor: number, now: Date): Admission {
  const toMailbox = planned.filter(({ mailbox }) => mailbox === mail.mailbox);
  const first = !toMailbox.some(
    ({ visitorId, plannedAt }) => visitorId === mail.visitorId && plannedAt.getTime() > now.getTime() - countedMs,
  );
  const waits = [waitUntil(toMailbox, forwardingLimits.mailsToAddress, factor, now)];
  if (first) {
    const others = planned.filter((other) => other.first);
    const named = (key: "sessionId" | "network") =>
      mail[key] === null ? [] : others.filter((other) => other[key] === mail[key]);
    const unattended = mail.unattended ? others.filter((other) => other.unattended) : [];
    const toSameMailbox = others.filter(({ mailbox }) => mailbox === mail.mailbox);
    waits.push(
      waitUntil(named("sessionId"), forwardingLimits.firstMailsOfSession, factor, now),
      waitUntil(named("network"), forwardingLimits.firstMailsOfNetwork, factor, now),
      waitUntil(unattended, forwardingLimits.firstMailsOfNewSessions, factor, now),
      waitUntil(toSameMailbox, forwardingLimits.firstMailsToAddress, factor, now),
    );
  }
  const latest = Math.max(...waits.map((at) => at ?? Number.NEGATIVE_INFINITY));
  const isAdmitted = latest === Number.NEGATIVE_INFINITY;
  return { first, notBefore: isAdmitted ? null : new Date(Math.max(latest, now.getTime() + minWaitMs)) };
}

/** When fewer than the allowed number will have been planned within the limit's time, in Unix milliseconds; null: now. */
function waitUntil(counted: readonly PlannedMail[], limit: RateLimit, factor: number, now: Date): number | null {
  const windowMs = limit.seconds * 1000;
  const times = counted
    .map(({ plannedAt }) => plannedAt.getTime())
    .filter((at) => at > now.getTime() - windowMs)
    .sort((one, other) => other - one);
  const oldestThatFills = times[allowed(limit, factor) - 1];
  return oldestThatFills === undefined ? null : oldestThatFills + windowMs;
}

/**
 * An address in the form in which it is counted: nobody may multiply somebody's mailbox by upper case, or by what many
 * providers ignore after a plus sign.
 */
export function mailboxOf(address: string): string {
  const at = address.lastIndexOf("@");
  const [localPart = ""] = address.slice(0, Math.max(0, at)).split("+", 1);
  return `${localPart}${address.slice(Math.max(0, at))}`.toLowerCase();
}
