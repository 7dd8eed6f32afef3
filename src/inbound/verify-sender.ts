import { isDeepStrictEqual } from "node:util";
import type { ChannelPlugin, InboundSender } from "../channels/channel.js";
import type { Json } from "../json.js";

/** Why the sender of a message is not considered to be the visitor. */
export const SenderDoubt = {
  NO_SENDER: "NO_SENDER",
  OTHER_SENDER: "OTHER_SENDER",
  NOT_AUTHENTICATED: "NOT_AUTHENTICATED",
} as const;
export type SenderDoubt = keyof typeof SenderDoubt;

/**
 * Checks that a message was sent by the visitor: from one of the visitor's addresses, and authenticated. Returns null if
 * it was, otherwise the doubt. `addresses`: the visitor's address on this channel, and those of the conversation's
 * deliveries.
 */
export function verifySender(
  plugin: Pick<ChannelPlugin, "address">,
  sender: InboundSender,
  addresses: readonly Json[],
): SenderDoubt | null {
  if (sender.address === "") return "NO_SENDER";
  const parsed = plugin.address.safeParse(sender.address);
  if (!parsed.success || !addresses.some((address) => isSameAddress(address, parsed.data))) return "OTHER_SENDER";
  return sender.authenticated ? null : "NOT_AUTHENTICATED";
}

// Case-insensitive: no mail provider gives two people addresses that differ only in case.
function isSameAddress(a: Json, b: unknown): boolean {
  if (typeof a === "string" && typeof b === "string") return a.toLowerCase() === b.toLowerCase();
  return isDeepStrictEqual(a, b);
}

/** A sentence about the doubt, for agents. */
export function explainDoubt(doubt: SenderDoubt): string {
  switch (doubt) {
    case "NO_SENDER":
      return "The email has no sender address.";
    case "OTHER_SENDER":
      return "It was sent from an address that is not the visitor's.";
    case "NOT_AUTHENTICATED":
      return "It claims to come from the visitor's address, but that could not be verified.";
  }
}
