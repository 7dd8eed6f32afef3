import { describeError } from "../../logger.js";
import type { Services } from "../../services.js";
import { ChannelQueue } from "./channel-queue.js";
import { LeaseRenewal } from "./lease-renewal.js";
import { reclaimExpiredLeases } from "./leases.js";
import { readOpenChannels } from "./read-open-channels.js";
import type { DeferredReports } from "./record-results.js";

/**
 * Sends QUEUED deliveries, with a queue for each channel, so that a slow or throttled one delays no other. Jobs and events
 * call it.
 */
export class DeliveryWorker {
  readonly #queues = new Map<string, ChannelQueue>();
  readonly #leases: LeaseRenewal;
  #isStopping = false;

  constructor(
    private readonly services: Services,
    private readonly deferred: DeferredReports,
  ) {
    this.#leases = new LeaseRenewal(services);
  }

  /** Sends everything that is queued and may be sent now; resolves when none of it is in progress. */
  async work(): Promise<void> {
    await Promise.all((await this.#openQueues()).map((queue) => queue.run()));
  }

  /** As `work`, without waiting for the sending: so that the next call can start what has become possible meanwhile. */
  async wake(): Promise<void> {
    for (const queue of await this.#openQueues()) {
      const wasRunning = queue.isRunning;
      const run = queue.run();
      // The caller that started the run reports its failure.
      if (wasRunning) continue;
      run.catch((error: unknown) =>
        this.services.logger.error("delivering failed", { channel: queue.channel, cause: describeError(error) }),
      );
    }
  }

  /** Starts nothing new, lets attempts in progress finish within `graceMs`, aborts the rest, releases what was not started. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    await Promise.all([...this.#queues.values()].map((queue) => queue.stop(graceMs)));
    this.#leases.stop();
  }

  /** The queues of the channels that may be handed deliveries now; none once the worker is stopped. */
  async #openQueues(): Promise<ChannelQueue[]> {
    if (this.#isStopping) return [];
    await reclaimExpiredLeases(this.services);
    const channels = await readOpenChannels(this.services);
    // If `stop` was called meanwhile, it would not stop a new queue.
    return this.#isStopping ? [] : channels.map((channel) => this.#queueOf(channel));
  }

  #queueOf(channel: string): ChannelQueue {
    const queue = this.#queues.get(channel) ?? new ChannelQueue(this.services, this.deferred, this.#leases, channel);
    this.#queues.set(channel, queue);
    return queue;
  }
}
