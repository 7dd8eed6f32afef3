import type { KnownAddress, Visitor } from "./visitor.entity.js";

// For how long a doing shows that the visitor is there although no connection does.
const doingMs = 60_000;

type Presence = Pick<Visitor, "connected" | "lastDoingAt" | "departedAt">;

/** The visitor's address on a channel; null when none is known. */
export function visitorAddress(visitor: Pick<Visitor, "addresses">, channelId: string): KnownAddress | null {
  return visitor.addresses[channelId] ?? null;
}

/** An email address as guests see it: enough to recognise one's own, too little to learn another's. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf("@");
  const local = Array.from(email.slice(0, at));
  return `${local.length > 1 ? local[0] : ""}***${email.slice(at)}`;
}

/** Connected, or did something within the last minute and has not left since. `away_from` in the schema says the same. */
export function isOnline(visitor: Presence, now: Date): boolean {
  if (visitor.connected) return true;
  if (visitor.lastDoingAt === null) return false;
  if (visitor.departedAt !== null && visitor.departedAt >= visitor.lastDoingAt) return false;
  return now.getTime() < visitor.lastDoingAt.getTime() + doingMs;
}

/** The last sign of life: when the last connection closed or the last doing. Null while online or before any visit. */
export function leftAt(visitor: Presence, now: Date): Date | null {
  if (isOnline(visitor, now)) return null;
  const { lastDoingAt, departedAt } = visitor;
  if (lastDoingAt === null || departedAt === null) return lastDoingAt ?? departedAt;
  return new Date(Math.max(lastDoingAt.getTime(), departedAt.getTime()));
}

/** Has an address that a WHEN_AWAY channel can use. */
export function isIdentified(visitor: Pick<Visitor, "addresses">, whenAwayChannelIds: readonly string[]): boolean {
  return whenAwayChannelIds.some((channelId) => visitorAddress(visitor, channelId) !== null);
}
