import { isDeepStrictEqual } from "node:util";
import type { ChannelPlugin, InboundSender } from "../channels/channel.js";
import type { Json } from "../json.js";

/** Why a sender is not taken for the visitor. */
export const SenderDoubt = {
  NO_SENDER: "NO_SENDER",
  OTHER_SENDER: "OTHER_SENDER",
  NOT_AUTHENTICATED: "NOT_AUTHENTICATED",
} as const;
export type SenderDoubt = keyof typeof SenderDoubt;

/**
 * Whether a message was sent by the visitor: from an address that the conversation's replies go or went to, and proven
 * to come from there. Null: it was. `known`: the visitor's address on this channel and those of the deliveries.
 */
export function verifySender(
  plugin: Pick<ChannelPlugin, "address">,
  sender: InboundSender,
  known: readonly Json[],
): SenderDoubt | null {
  if (sender.address === "") return "NO_SENDER";
  const address = plugin.address.safeParse(sender.address);
  if (!address.success || !known.some((one) => isSame(one, address.data))) return "OTHER_SENDER";
  return sender.authenticated ? null : "NOT_AUTHENTICATED";
}

// Letter case is not told apart: no mail provider gives two people addresses that differ in nothing else.
function isSame(one: Json, other: unknown): boolean {
  if (typeof one === "string" && typeof other === "string") return one.toLowerCase() === other.toLowerCase();
  return isDeepStrictEqual(one, other);
}

/** The doubt in a sentence for agents. */
export function explainDoubt(doubt: SenderDoubt): string {
  switch (doubt) {
    case "NO_SENDER":
      return "The email names no sender.";
    case "OTHER_SENDER":
      return "It was sent from an address that is not the visitor's.";
    case "NOT_AUTHENTICATED":
      return "It names the visitor's address as its sender, but nothing proves that it came from there.";
  }
}
