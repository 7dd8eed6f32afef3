import type { KnownAddress } from "../../visitors/visitor.entity.js";

export interface ChosenAddress extends KnownAddress {
  readonly channel: string;
}

type Addresses = Readonly<Record<string, KnownAddress>>;

/** The first WHEN_AWAY channel, in the order of CHANNELS, for which the visitor has an address; null if there is none. */
export function chooseChannel(whenAwayChannels: readonly string[], addresses: Addresses): ChosenAddress | null {
  for (const channel of whenAwayChannels) {
    const chosen = addressOn(channel, addresses);
    if (chosen !== null) return chosen;
  }
  return null;
}

/** What decides whether a conversation's own channel or a WHEN_AWAY channel sends its next replies. */
export interface ReplyRouting {
  /** The conversation's own channel: the website, or the channel that it came from. */
  readonly channel: string;
  readonly whenAwayChannels: readonly string[];
  readonly addresses: Addresses;
  /** Replies to forward; on a channel other than the website, those that this channel could not deliver. */
  readonly pendingReplies: number;
  /** What is QUEUED or SENDING: a forwarding, a reply through the conversation's own channel, or nothing. */
  readonly open: "forwarding" | "direct" | "nothing";
}

/**
 * The channel and address that the conversation's next replies are sent to, as shown to agents: a visitor who wrote through
 * a channel is answered there, and only what that channel could not deliver is forwarded by a WHEN_AWAY one.
 */
export function chooseReplyAddress(routing: ReplyRouting): ChosenAddress | null {
  const { channel, whenAwayChannels, addresses, pendingReplies, open } = routing;
  const isForwarded = channel === "web" || open === "forwarding" || (open === "nothing" && pendingReplies > 0);
  if (isForwarded) return chooseChannel(whenAwayChannels, addresses);
  return addressOn(channel, addresses) ?? chooseChannel(whenAwayChannels, addresses);
}

function addressOn(channel: string, addresses: Addresses): ChosenAddress | null {
  const known = Object.hasOwn(addresses, channel) ? addresses[channel] : undefined;
  return known === undefined ? null : { channel, ...known };
}
