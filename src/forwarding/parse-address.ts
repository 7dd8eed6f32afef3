import type { Json } from "../channels/channel.js";
import { badUserInput } from "../errors.js";
import type { Services } from "../services.js";
import type { KnownAddress } from "../visitors/visitor.entity.js";

/**
 * An address in the form that its channel stores, checked by the channel's own schema.
 * @throws BAD_USER_INPUT with `field` when the channel is not installed or refuses the address
 */
export function parseAddress(services: Services, channelId: string, field: string, value: unknown): Json {
  const plugin = services.channels.get(channelId)?.plugin;
  if (plugin === undefined) throw badUserInput(field, `There is no channel "${channelId}" here: add it to CHANNELS.`);
  const parsed = plugin.address.safeParse(value);
  if (!parsed.success) throw badUserInput(field, parsed.error.issues[0]?.message ?? "This is not an address.");
  return parsed.data as Json;
}

/** An address with the text that people read. */
export function knownAddress(services: Services, channelId: string, address: Json): KnownAddress {
  return {
    address,
    shown: services.channels.get(channelId)?.plugin.describeAddress(address) ?? JSON.stringify(address),
  };
}
