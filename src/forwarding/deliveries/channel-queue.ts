import { setTimeout as wait } from "node:timers/promises";
import type { DeliveryResult } from "../../channels/channel.js";
import type { Services } from "../../services.js";
import { WorkQueue } from "../../work-queue/work-queue.js";
import { attemptDelivery } from "./attempt-delivery.js";
import { type ClaimedDelivery, claimDeliveries, isClaimable } from "./claim-deliveries.js";
import type { LeaseRenewal } from "./lease-renewal.js";
import { releaseLeases } from "./leases.js";
import { readOpenChannels } from "./read-open-channels.js";
import type { DeferredReports } from "./record-results.js";
import { ResultBatches } from "./result-batches.js";

/** How many deliveries one transaction claims: the cost is mostly per transaction, not per delivery. */
const claimSize = 100;
/** Deliveries handed to a plugin at the same time when it does not say how many it can use. */
const defaultConcurrency = 10;
/** Locked rows are retried after this pause, which doubles each time, up to this many times. */
const firstLockedPauseMs = 10;
const maxLockedPauses = 6;

/** One channel's deliveries in this process: claims them, hands them to the channel and records the results. */
export class ChannelQueue {
  readonly #queue: WorkQueue<ClaimedDelivery>;
  readonly #results: ResultBatches;
  /** One for each attempt in progress. */
  readonly #aborts = new Set<AbortController>();
  #lockedPauses = 0;

  constructor(
    private readonly services: Services,
    deferred: DeferredReports,
    private readonly leases: LeaseRenewal,
    readonly channel: string,
  ) {
    this.#results = new ResultBatches(services, deferred, (delivery) => leases.remove(delivery));
    // Anything that a killed process had claimed may have been sent. On channels that do not recognise repeated sends a person
    // must review each one, so there a delivery is claimed only when a runner is free for it.
    const canRepeat = services.channels.get(channel)?.plugin.supports.idempotentSend ?? false;
    this.#queue = new WorkQueue<ClaimedDelivery>({
      concurrency: () => services.channels.get(channel)?.connection?.sendsAtOnce ?? defaultConcurrency,
      claimSize: canRepeat ? () => claimSize : (freeRunners) => freeRunners,
      claimAhead: canRepeat ? claimSize / 2 : 0,
      claim: (limit) => this.#claim(limit),
      process: (delivery) => this.#send(delivery),
      shouldClaimAgain: (found) => this.#shouldClaimAgain(found),
      flush: () => this.#results.flush(),
      release: (deliveries) => this.#release(deliveries),
      // The round may have paused or throttled the channel.
      canRunAgain: async () => (await readOpenChannels(services)).includes(channel),
    });
  }

  get isRunning(): boolean {
    return this.#queue.state !== "idle";
  }

  /**
   * Sends everything that may be sent now; call it only while the channel is open. Resolves when nothing is in progress
   * and every result is recorded. An attempt that takes long delays only its own conversation: a call during a run starts
   * whatever else is queued.
   */
  run(): Promise<void> {
    // The caller found the channel open: what halted the queue no longer applies, unless its result is not recorded yet.
    if (!this.#results.isRecording) this.#queue.resume();
    return this.#queue.run();
  }

  /** Lets attempts in progress finish within `graceMs`, aborts the rest, and releases deliveries that were not started. */
  async stop(graceMs: number): Promise<void> {
    const timer = setTimeout(() => {
      for (const abort of this.#aborts) abort.abort();
    }, graceMs);
    await this.#queue.stop();
    clearTimeout(timer);
  }

  async #claim(limit: number): Promise<ClaimedDelivery[]> {
    const claimed = await claimDeliveries(this.services, this.channel, limit);
    if (claimed.length === 0) return claimed;
    this.leases.add(claimed);
    this.#lockedPauses = 0;
    return claimed;
  }

  // The transaction that locked a row might not wake this queue when it ends, so the queue retries by itself.
  async #shouldClaimAgain(found: number): Promise<boolean> {
    if (this.#lockedPauses >= maxLockedPauses || !(await isClaimable(this.services, this.channel))) {
      this.#lockedPauses = 0;
      return false;
    }
    if (found === 0) await wait(firstLockedPauseMs * 2 ** this.#lockedPauses);
    this.#lockedPauses += 1;
    return true;
  }

  async #send(delivery: ClaimedDelivery): Promise<void> {
    const result = await attemptDelivery(this.services, delivery, this.#aborts);
    if (stopsChannel(result)) this.#queue.halt();
    this.#results.add({ delivery, result });
    if (this.#results.isFull) await this.#results.hasRoom();
  }

  async #release(deliveries: readonly ClaimedDelivery[]): Promise<void> {
    for (const delivery of deliveries) this.leases.remove(delivery);
    await releaseLeases(this.services, deliveries);
  }
}

/** Whether recording this result pauses or throttles the channel: its credentials were refused, or it asked to wait. */
function stopsChannel(result: DeliveryResult): boolean {
  if (result.outcome !== "retry") return false;
  const { code } = result.failure;
  return code === "CREDENTIALS_INVALID" || (code === "RATE_LIMITED" && result.afterMs !== undefined);
}
