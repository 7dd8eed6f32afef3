import { z } from "zod";
import { describeError } from "../../logger.js";
import type { Services } from "../../services.js";
import type { ChannelConnection, ChannelHealth } from "../channel.js";
import { withinDeadline } from "../deadline.js";
import { failure } from "../parse-inbound-events.js";
import { pauseChannel, recordHealth, resumeChannel } from "./channel-state.js";
import { connectChannels } from "./connect-channels.js";
import { readChannelHealth } from "./read-channel-health.js";

/**
 * Runs the health check of every channel. Rejected credentials pause a channel for all processes and a successful check
 * ends the pause; any other failure is only stored as the detail that agents see. Tries first to connect channels that
 * are not connected.
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

/** The failure last logged for a connection: one that lasts is logged once, and its end once, not at every check. */
const loggedFailures = new WeakMap<ChannelConnection, string>();

/** The check that is in progress on a connection: whoever asks meanwhile gets its result. */
const running = new WeakMap<ChannelConnection, Promise<ChannelHealth>>();

/**
 * Runs one channel's health check and stores the result for all processes. A plugin that throws or hangs counts as
 * failed; it never makes this reject.
 */
export function checkChannel(
  services: Services,
  channel: string,
  connection: ChannelConnection,
): Promise<ChannelHealth> {
  const known = running.get(connection);
  if (known !== undefined) return known;
  const check = runCheck(services, channel, connection).finally(() => running.delete(connection));
  running.set(connection, check);
  return check;
}

async function runCheck(services: Services, channel: string, connection: ChannelConnection): Promise<ChannelHealth> {
  const { clock, database, logger } = services;
  const health = await callHealthCheck(services, channel, connection);
  await database.transaction(async (transaction) => {
    const now = clock.now();
    transaction.publish({ type: "channelUpdated", channel });
    if (health.ok) {
      if (loggedFailures.delete(connection)) logger.info("A channel's health check succeeds again", { channel });
      await recordHealth(transaction, channel, health.detail ?? null, now);
      if (!(await resumeChannel(transaction, channel, now))) return;
      // What was queued during the pause can be sent immediately.
      transaction.publish({ type: "deliveriesQueued" });
      logger.info("A channel was resumed after a pause", { channel });
      return;
    }
    const { failure } = health;
    const { code, detail } = failure;
    if (loggedFailures.get(connection) !== detail) {
      logger.warn("A channel's health check failed", { channel, failureCode: code, detail });
      loggedFailures.set(connection, detail);
    }
    await recordHealth(transaction, channel, detail, now);
    if (code === "CREDENTIALS_INVALID") await pauseChannel(transaction, channel, detail, now);
  });
  return health;
}

async function callHealthCheck(
  services: Services,
  channel: string,
  connection: ChannelConnection,
): Promise<ChannelHealth> {
  const { healthMs } = services.channels.deadlines;
  try {
    const result = await withinDeadline(healthMs, () => connection.checkHealth(AbortSignal.timeout(healthMs)));
    return channelHealth.parse(result);
  } catch (error) {
    services.logger.error("A channel's health check threw", { channel, reason: describeError(error) });
    return { ok: false, failure: { code: "UNKNOWN", detail: `the health check failed: ${describeError(error)}` } };
  }
}

const channelHealth: z.ZodType<ChannelHealth> = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), detail: z.string().exactOptional() }),
  z.object({ ok: z.literal(false), failure }),
]);
