import { z } from "zod";
import { describeError } from "../logger.js";
import type { Services } from "../services.js";
import type { ChannelConnection, ChannelHealth } from "./channel.js";
import { pauseChannel, recordHealth, resumeChannel } from "./channel-state.js";
import { connectChannels, readChannelHealth } from "./connect-channels.js";
import { withinDeadline } from "./deadline.js";
import { failure } from "./inbound-event.js";

/**
 * Asks every channel whether sending would work: refused credentials pause it for all processes, a good answer ends the
 * pause, anything else is kept as the detail that agents see. Channels that could not be connected are tried again first.
 */
export async function checkChannels(services: Services): Promise<void> {
  await connectChannels(services);
  await Promise.all(
    services.channels.all().map(async ({ plugin, connection }) => {
      if (connection !== null) await checkChannel(services, plugin.id, connection);
    }),
  );
  await readChannelHealth(services);
}

/** What was logged last of a connection that fails: asked every few minutes, it is told once, and once more when it is over. */
const told = new WeakMap<ChannelConnection, string>();

/**
 * Asks one channel and keeps what it said, for all processes. Never rejects for what a plugin does: one that throws or
 * hangs has failed.
 */
export async function checkChannel(
  services: Services,
  channel: string,
  connection: ChannelConnection,
): Promise<ChannelHealth> {
  const { clock, database, logger } = services;
  const health = await askHealth(services, channel, connection);
  await database.transaction(async (transaction) => {
    const now = clock.now();
    if (health.ok) {
      if (told.delete(connection)) logger.info("A channel's health check is good again", { channel });
      await recordHealth(transaction, channel, health.detail ?? null, now);
      if (!(await resumeChannel(transaction, channel, now))) return;
      // What was queued during the pause may go at once.
      transaction.publish({ type: "deliveriesQueued" });
      logger.info("A channel goes on after a pause", { channel });
      return;
    }
    const { failure } = health;
    const { code, detail } = failure;
    if (told.get(connection) !== detail) {
      logger.warn("A channel's health check failed", { channel, failureCode: code, detail });
      told.set(connection, detail);
    }
    await recordHealth(transaction, channel, detail, now);
    if (code === "CREDENTIALS_INVALID") await pauseChannel(transaction, channel, detail, now);
  });
  return health;
}

async function askHealth(services: Services, channel: string, connection: ChannelConnection): Promise<ChannelHealth> {
  const { healthMs } = services.channels.deadlines;
  try {
    const given = await withinDeadline(healthMs, () => connection.checkHealth(AbortSignal.timeout(healthMs)));
    return channelHealth.parse(given);
  } catch (error) {
    services.logger.error("A channel's health check threw", { channel, reason: describeError(error) });
    return { ok: false, failure: { code: "UNKNOWN", detail: `the health check failed: ${describeError(error)}` } };
  }
}

const channelHealth: z.ZodType<ChannelHealth> = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), detail: z.string().exactOptional() }),
  z.object({ ok: z.literal(false), failure }),
]);
