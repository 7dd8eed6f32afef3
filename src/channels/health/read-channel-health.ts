import type { Services } from "../../services.js";
import type { ChannelHealthState } from "./channel-health.js";
import { readChannelStates } from "./channel-state.js";

/** The health of every installed channel by id, after rereading what all processes share. */
export async function readChannelHealth(services: Services): Promise<ReadonlyMap<string, ChannelHealthState>> {
  const { channels, database } = services;
  channels.setSharedStates(await readChannelStates(database));
  return new Map(channels.all().map(({ plugin }) => [plugin.id, channels.health(plugin.id)]));
}
