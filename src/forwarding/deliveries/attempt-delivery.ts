import type { DeliveryResult } from "../../channels/channel.js";
import { describeError } from "../../logger.js";
import type { Services } from "../../services.js";
import type { ClaimedDelivery } from "./claim-deliveries.js";
import { saveProgress } from "./save-progress.js";

/** A plugin gets this long for one attempt, well within the lease. */
const attemptMs = 45_000;
/** A plugin whose attempt was aborted gets this long to return a result. */
const abortGraceMs = 2_000;

/**
 * Hands a delivery to its channel; never rejects. `aborts` holds the attempt's controller while it is in progress, so that
 * the caller can abort it.
 */
export async function attemptDelivery(
  services: Services,
  delivery: ClaimedDelivery,
  aborts: Set<AbortController>,
): Promise<DeliveryResult> {
  const connection = services.channels.get(delivery.channel)?.connection;
  if (connection == null) {
    return { outcome: "retry", failure: { code: "UNAVAILABLE", detail: "The channel is not connected." } };
  }
  // AbortSignal.any and AbortSignal.timeout would cost five times as much, and more garbage collection.
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), attemptMs);
  aborts.add(abort);
  try {
    const outbound = { ...delivery.outbound, saveProgress: saveProgress(services, delivery) };
    return await orUncertainOnAbort(connection.deliver(outbound, abort.signal), abort.signal);
  } catch (error) {
    services.logger.error("a channel plugin threw instead of returning an outcome", {
      channel: delivery.channel,
      delivery: delivery.id,
      cause: describeError(error),
    });
    return { outcome: "uncertain", failure: { code: "UNKNOWN", detail: "The channel failed without saying how." } };
  } finally {
    clearTimeout(timer);
    aborts.delete(abort);
  }
}

// A plugin that ignores its signal must not block the queue: what it did is unknown.
async function orUncertainOnAbort(result: Promise<DeliveryResult>, signal: AbortSignal): Promise<DeliveryResult> {
  let timer: NodeJS.Timeout | undefined;
  let listener: (() => void) | undefined;
  const abandoned = new Promise<DeliveryResult>((resolve) => {
    listener = () => {
      timer = setTimeout(
        () =>
          resolve({
            outcome: "uncertain",
            failure: { code: "TIMED_OUT", detail: "The channel did not respond in time." },
          }),
        abortGraceMs,
      );
    };
    signal.addEventListener("abort", listener, { once: true });
  });
  try {
    return await Promise.race([result, abandoned]);
  } finally {
    clearTimeout(timer);
    if (listener !== undefined) signal.removeEventListener("abort", listener);
    result.catch(() => undefined);
  }
}
