import type { Visitor } from "./visitor.entity.js";

// For how long a visitor without a connection counts as online after an interaction.
const interactionMs = 60_000;

type Presence = Pick<Visitor, "connected" | "lastInteractionAt" | "departedAt">;

/**
 * Whether the visitor is connected, or has interacted within the last minute and not left since. The SQL function
 * `away_from` implements the same rule.
 */
export function isOnline(visitor: Presence, now: Date): boolean {
  if (visitor.connected) return true;
  if (visitor.lastInteractionAt === null) return false;
  if (visitor.departedAt !== null && visitor.departedAt >= visitor.lastInteractionAt) return false;
  return now.getTime() < visitor.lastInteractionAt.getTime() + interactionMs;
}

/** When the last connection closed, or the last interaction if that was later. Null while online or before any visit. */
export function leftAt(visitor: Presence, now: Date): Date | null {
  if (isOnline(visitor, now)) return null;
  const { lastInteractionAt, departedAt } = visitor;
  if (lastInteractionAt === null || departedAt === null) return lastInteractionAt ?? departedAt;
  return new Date(Math.max(lastInteractionAt.getTime(), departedAt.getTime()));
}
