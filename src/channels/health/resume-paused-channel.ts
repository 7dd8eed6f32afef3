import { stillPaused } from "../../errors.js";
import type { Services } from "../../services.js";
import type { ChannelHealth } from "../channel.js";
import { checkChannel } from "./check-channels.js";
import { findCheckable } from "./find-checkable.js";
import { readChannelHealth } from "./read-channel-health.js";

/**
 * Checks a paused channel immediately rather than at the next scheduled health check, up to five minutes later. If it
 * is healthy, the pause ends for every process and the queue is sent. Does nothing to a channel that is not paused.
 * @throws NOT_FOUND for a channel that is not installed, BAD_USER_INPUT for the website, CONFLICT when it is not
 * configured or stays paused: `reason` and `detail` are then what the vendor reported
 */
export async function resumePausedChannel(services: Services, id: string): Promise<void> {
  const { plugin, connection } = await findCheckable(services, id);
  // A channel that this process could not connect is also shown as PAUSED.
  const before = (await readChannelHealth(services)).get(id);
  if (before?.status === "READY") return;
  const failure =
    connection === null
      ? ({ code: "UNAVAILABLE", detail: before?.detail ?? "not connected" } as const)
      : failureOf(await checkChannel(services, id, connection));
  if (failure === null) return;
  throw stillPaused(`${plugin.name} is still paused: ${failure.detail}`, failure);
}

function failureOf(health: ChannelHealth) {
  return health.ok ? null : health.failure;
}
