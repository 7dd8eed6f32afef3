import type { KnownAddress, Visitor } from "./visitor.entity.js";

/** The channel of the addresses that visitors type and agents enter. */
export const emailChannel = "email";

/** The visitor's address on a channel; null if none is known. */
export function visitorAddress(visitor: Pick<Visitor, "addresses">, channelId: string): KnownAddress | null {
  return visitor.addresses[channelId] ?? null;
}

/** Whether the visitor has an address that a WHEN_AWAY channel can use. */
export function isIdentified(visitor: Pick<Visitor, "addresses">, whenAwayChannelIds: readonly string[]): boolean {
  return whenAwayChannelIds.some((channelId) => visitorAddress(visitor, channelId) !== null);
}

/** An email address as guests see it: enough to recognise one's own, too little to learn someone else's. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf("@");
  const local = Array.from(email.slice(0, at));
  return `${local.length > 1 ? local[0] : ""}***${email.slice(at)}`;
}
