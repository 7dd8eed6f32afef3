import { badUserInput, conflict, notFound } from "../../errors.js";
import type { Services } from "../../services.js";
import type { InstalledChannel } from "../registry/channel-registry.js";
import { webChannel } from "../web-channel.js";
import { connectChannels } from "./connect-channels.js";

/**
 * The installed channel with this id, after trying to connect it if it is not connected.
 * @throws NOT_FOUND for a channel that is not installed, BAD_USER_INPUT for the website, CONFLICT when it is not configured
 */
export async function findCheckable(services: Services, id: string): Promise<InstalledChannel> {
  const { channels } = services;
  if (id === webChannel) throw badUserInput("channel", "The website is never paused: choose another channel.");
  const installed = channels.get(id);
  if (installed === undefined) throw notFound("channel");
  await connectChannels(services, id);
  if (channels.health(id).status === "NOT_CONFIGURED") {
    throw conflict(
      `${installed.plugin.name} is not configured: set its environment variables, then restart Afterchat.`,
    );
  }
  return installed;
}
