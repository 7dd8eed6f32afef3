import type { Services } from "../services.js";
import type { ChannelHealthState } from "./channel-health.js";
import { readChannelStates } from "./channel-state.js";

/**
 * Connects every configured channel that is not connected in this process, at the start and again at each health check.
 * Never rejects, and waits no longer than the slowest plugin may take.
 */
export async function connectChannels({ channels }: Pick<Services, "channels">): Promise<void> {
  await Promise.all(channels.all().map(({ plugin }) => channels.connect(plugin.id)));
}

/** The health of every installed channel by id, with what all processes share read anew. */
export async function readChannelHealth(services: Services): Promise<ReadonlyMap<string, ChannelHealthState>> {
  const { channels, database } = services;
  channels.share(await readChannelStates(database));
  return new Map(channels.all().map(({ plugin }) => [plugin.id, channels.health(plugin.id)]));
}
