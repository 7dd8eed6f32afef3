import type { KnownAddress } from "../visitors/visitor.entity.js";

export interface ChosenAddress extends KnownAddress {
  readonly channel: string;
}

/** The first WHEN_AWAY channel, in CHANNELS' order, for which the visitor has an address; null when there is none. */
export function chooseChannel(
  whenAwayChannels: readonly string[],
  addresses: Readonly<Record<string, KnownAddress>>,
): ChosenAddress | null {
  for (const channel of whenAwayChannels) {
    const known = Object.hasOwn(addresses, channel) ? addresses[channel] : undefined;
    if (known !== undefined) return { channel, ...known };
  }
  return null;
}
