import { emailChannel } from "../../visitors/visitor-address.js";
import { ForwardingMode } from "../forwarding-preference.entity.js";
import { WhenAway } from "../when-away.js";
import { chooseChannel } from "./choose-channel.js";

/** What decides how answers reach a visitor who has left. */
export interface WhenAwayFacts {
  readonly mode: ForwardingMode;
  /** In the order of CHANNELS. */
  readonly whenAwayChannels: readonly string[];
  /** The channels that are configured, connected and not paused. */
  readonly readyChannels: ReadonlySet<string>;
  readonly addresses: Parameters<typeof chooseChannel>[1];
  /** Channels on whose address nothing is sent any more, after bounces or a complaint. */
  readonly suppressedChannels: readonly string[];
  /** Of all email, or of email about the conversation. */
  readonly optedOut: boolean;
  /** Blocked by staff, or erased. */
  readonly unreachable: boolean;
}

/**
 * What may be promised to a visitor about answers that come after they have left: EMAIL only if one would be sent, as
 * `decideForwarding` decides it. Answers through another channel are not promised: that channel shows them by itself.
 */
export function decideWhenAway(facts: WhenAwayFacts): WhenAway {
  const { whenAwayChannels, readyChannels } = facts;
  if (facts.unreachable || facts.mode === ForwardingMode.NOTHING) return WhenAway.CHAT_ONLY;
  const chosen = chooseChannel(whenAwayChannels, facts.addresses);
  const channel = chosen?.channel ?? emailChannel;
  if (channel !== emailChannel || !whenAwayChannels.includes(channel) || !readyChannels.has(channel))
    return WhenAway.CHAT_ONLY;
  if (chosen === null) return WhenAway.NO_ADDRESS;
  if (facts.optedOut) return WhenAway.OPTED_OUT;
  return facts.suppressedChannels.includes(channel) ? WhenAway.UNREACHABLE : WhenAway.EMAIL;
}
