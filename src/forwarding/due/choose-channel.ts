import type { KnownAddress } from "../../visitors/visitor.entity.js";

export interface ChosenAddress extends KnownAddress {
  readonly channel: string;
}

type Addresses = Readonly<Record<string, KnownAddress>>;

/** The first WHEN_AWAY channel, in CHANNELS' order, for which the visitor has an address; null when there is none. */
export function chooseChannel(whenAwayChannels: readonly string[], addresses: Addresses): ChosenAddress | null {
  for (const channel of whenAwayChannels) {
    const chosen = addressOn(channel, addresses);
    if (chosen !== null) return chosen;
  }
  return null;
}

/** Where a conversation stands between its own channel and the WHEN_AWAY ones. */
export interface Ways {
  /** The conversation's own: the website, or the channel that it came from. */
  readonly channel: string;
  readonly whenAwayChannels: readonly string[];
  readonly addresses: Addresses;
  /** Replies that are to be forwarded; of a conversation that came from a channel, those which that one has given up. */
  readonly pendingReplies: number;
  /** What is QUEUED or SENDING: a forwarding, a reply on its way through the conversation's own channel, or nothing. */
  readonly open: "forwarding" | "direct" | "nothing";
}

/**
 * The channel and address by which the conversation's replies go on from here, as agents see it: the visitor who wrote
 * through a channel is answered there, and only what that channel has given up goes by a WHEN_AWAY one.
 */
export function chooseWay(ways: Ways): ChosenAddress | null {
  const { channel, whenAwayChannels, addresses, pendingReplies, open } = ways;
  const forwarded = channel === "web" || open === "forwarding" || (open === "nothing" && pendingReplies > 0);
  if (forwarded) return chooseChannel(whenAwayChannels, addresses);
  return addressOn(channel, addresses) ?? chooseChannel(whenAwayChannels, addresses);
}

function addressOn(channel: string, addresses: Addresses): ChosenAddress | null {
  const known = Object.hasOwn(addresses, channel) ? addresses[channel] : undefined;
  return known === undefined ? null : { channel, ...known };
}
