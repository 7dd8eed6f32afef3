import type { Services } from "../../services.js";

/**
 * Connects every configured channel that is not connected yet, or one of them, and publishes that its health may have
 * changed. Never rejects.
 */
export async function connectChannels({ channels, events }: Services, id?: string): Promise<void> {
  const tried = id === undefined ? await channels.connectAll() : (await channels.connect(id)) === "tried" ? [id] : [];
  for (const channel of tried) events.publish({ type: "channelUpdated", channel });
}
