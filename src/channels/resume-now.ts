import { badUserInput, conflict, notFound, stillPaused } from "../errors.js";
import type { Services } from "../services.js";
import type { ChannelHealth } from "./channel.js";
import { checkChannel } from "./check-channels.js";
import { readChannelHealth } from "./connect-channels.js";
import { webChannel } from "./website.js";

/**
 * Asks a paused channel at once whether sending would work, instead of at the next health check, five minutes away at
 * most. If so the pause ends for every process, and the queue goes on. A channel that is not paused is left as it is.
 * @throws NOT_FOUND for a channel that is not installed, BAD_USER_INPUT for the website, CONFLICT when it has no settings
 * or stays paused: then `reason` and `detail` are what the vendor said
 */
export async function resumeNow(services: Services, id: string): Promise<void> {
  const { channels } = services;
  if (id === webChannel) throw badUserInput("channel", "The website is never paused: name another channel.");
  const installed = channels.get(id);
  if (installed === undefined) throw notFound("channel");
  const { plugin } = installed;
  // A channel that this process could not connect is shown as paused too.
  await channels.connect(id);
  const before = (await readChannelHealth(services)).get(id);
  if (before?.status === "NOT_CONFIGURED") {
    throw conflict(`${plugin.name} is not configured: set its variables, then start the program again.`);
  }
  if (before?.status === "READY") return;
  const { connection } = installed;
  const failure =
    connection === null
      ? ({ code: "UNAVAILABLE", detail: before?.detail ?? "not connected" } as const)
      : failureOf(await checkChannel(services, id, connection));
  if (failure === null) return;
  throw stillPaused(`${plugin.name} stays paused: ${failure.detail}`, failure);
}

function failureOf(health: ChannelHealth) {
  return health.ok ? null : health.failure;
}
