import type { KnownAddress, Visitor } from "./visitor.entity.js";

// For how long a doing shows that the visitor is there although no connection does.
const interactionMs = 60_000;

type Presence = Pick<Visitor, "connected" | "lastInteractionAt" | "departedAt">;

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
  if (visitor.lastInteractionAt === null) return false;
  if (visitor.departedAt !== null && visitor.departedAt >= visitor.lastInteractionAt) return false;
  return now.getTime() < visitor.lastInteractionAt.getTime() + interactionMs;
}

/** The last sign of life: when the last connection closed or the last doing. Null while online or before any visit. */
export function leftAt(visitor: Presence, now: Date): Date | null {
  if (isOnline(visitor, now)) return null;
  const { lastInteractionAt, departedAt } = visitor;
  if (lastInteractionAt === null || departedAt === null) return lastInteractionAt ?? departedAt;
  return new Date(Math.max(lastInteractionAt.getTime(), departedAt.getTime()));
}

/** Has an address that a WHEN_AWAY channel can use. */
export function isIdentified(visitor: Pick<Visitor, "addresses">, whenAwayChannelIds: readonly string[]): boolean {
  return whenAwayChannelIds.some((channelId) => visitorAddress(visitor, channelId) !== null);
}
