import { setTimeout as wait } from "node:timers/promises";
import type { DeliveryResult } from "../../channels/channel.js";
import { describeError } from "../../logger.js";
import type { Services } from "../../services.js";
import { readReadyChannels } from "../due/read-facts.js";
import { type ClaimedDelivery, claimDeliveries, isClaimable, leaseMs } from "./claim-deliveries.js";
import { reclaimExpiredLeases, releaseLeases, renewLeases } from "./leases.js";
import { type Attempted, type DeferredReports, recordResults } from "./record-results.js";
import { saveProgress } from "./save-progress.js";
import { readThrottledChannels } from "./throttled-channels.js";

/** What one transaction claims, and what one records: either costs by the transaction more than by the delivery. */
const claimSize = 100;
const recordSize = 50;
/** Deliveries handed to a plugin at the same time when it does not say how many it can use. */
const usualSenders = 10;
/** A plugin gets this long for one attempt, well within the lease. */
const attemptMs = 45_000;
/** Results wait for company while more is being sent: this long, or until there are enough. */
const recordAfterMs = 100;
/**
 * While so many wait for the batch before them to be recorded, nothing more is sent: they are what a process that is
 * killed now has sent without its being known, and what is then repeated under the same reference.
 */
const maxUnrecorded = recordSize;
/** What was locked is looked at again so soon, each time twice as late, so often; then it waits for the next call. */
const lookAgainAfterMs = 10;
const lookAgainTimes = 6;
/** With growing pauses of half a second, 8 attempts take 14 seconds: within the lease. */
const recordAttempts = 8;

/**
 * Claims QUEUED deliveries, hands them to their channels and records the results, a lane for each channel, so that a
 * slow or limited one holds up no other. `work` runs once through what can be sent now; jobs and events call it.
 */
export class DeliveryWorker {
  readonly #lanes = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  /** Of the lanes that run: puts idle senders to work. */
  readonly #wake = new Map<string, () => void>();
  readonly #runsInProgress = new Map<string, ClaimedDelivery>();
  /** Of the attempts in hand. */
  readonly #aborts = new Set<AbortController>();
  #renewal: NodeJS.Timeout | null = null;
  #stopping = false;

  constructor(
    private readonly services: Services,
    private readonly deferred: DeferredReports,
  ) {}

  /** Sends everything that is queued and may be sent now; resolves when nothing of it is left in hand. */
  async work(): Promise<void> {
    if (this.#stopping) return;
    await reclaimExpiredLeases(this.services);
    await Promise.all((await this.#readOpenChannels()).map((channel) => this.#enter(channel)));
  }

  /** As `work`, without waiting for the sending: so that the next call finds what has become possible meanwhile. */
  async begin(): Promise<void> {
    if (this.#stopping) return;
    await reclaimExpiredLeases(this.services);
    for (const channel of await this.#readOpenChannels()) {
      const begun = this.#lanes.has(channel);
      const lane = this.#enter(channel);
      // Whoever began a lane tells of its failure.
      if (begun) continue;
      lane.catch((error: unknown) =>
        this.services.logger.error("delivering failed", { channel, cause: describeError(error) }),
      );
    }
  }

  /** Takes nothing new, lets attempts in hand finish within `graceMs`, aborts the rest and releases what was not begun. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    const timer = setTimeout(() => {
      for (const abort of this.#aborts) abort.abort();
    }, graceMs);
    await Promise.allSettled(this.#lanes.values());
    clearTimeout(timer);
    if (this.#renewal !== null) clearInterval(this.#renewal);
  }

  // One lane a channel: a call that comes while it runs makes it look at once, and once more before it ends.
  #enter(channel: string): Promise<void> {
    const running = this.#lanes.get(channel);
    if (running !== undefined) {
      this.#again.add(channel);
      this.#wake.get(channel)?.();
      return running;
    }
    const lane = this.#run(channel);
    this.#lanes.set(channel, lane);
    return lane;
  }

  async #run(channel: string): Promise<void> {
    try {
      do {
        this.#again.delete(channel);
        await this.#drain(channel);
        // The round may have paused or limited the channel.
      } while (this.#again.has(channel) && !this.#stopping && (await this.#readOpenChannels()).includes(channel));
    } finally {
      this.#lanes.delete(channel);
    }
  }

  // Those that may be handed something now.
  async #readOpenChannels(): Promise<string[]> {
    const { database, clock } = this.services;
    const query = database.query.bind(database);
    const throttled = await readThrottledChannels(query, clock.now());
    return (await readReadyChannels(this.services, query)).filter((channel) => !throttled.has(channel));
  }

  async #drain(channel: string): Promise<void> {
    const installed = this.services.channels.get(channel);
    const senderCount = installed?.connection?.sendsAtOnce ?? usualSenders;
    // What a process has claimed when it is killed may have been sent: where a repetition is not recognised, somebody has to
    // decide about each, so nothing is claimed there before a sender is free for it.
    const ahead = installed?.plugin.supports.idempotentSend ?? false;
    let attempting = 0;
    const waiting: ClaimedDelivery[] = [];
    const results = new ResultBatches(this.services, this.deferred, (delivery) =>
      this.#runsInProgress.delete(delivery.leaseToken),
    );
    const senders = new Set<Promise<void>>();
    const failures: unknown[] = [];
    let claiming: Promise<void> | null = null;
    let exhausted = false;
    let calls = 0;
    let lookedAgain = 0;
    // Claims ahead while others are being sent: the next batch is there before the last one ends.
    const claim = (): Promise<void> => {
      if (claiming !== null) return claiming;
      const wanted = ahead ? claimSize : senderCount - attempting;
      const calledBefore = calls;
      claiming = claimDeliveries(this.services, channel, wanted)
        .then(async (claimed) => {
          for (const delivery of claimed) this.#take(delivery);
          waiting.push(...claimed);
          if (claimed.length > 0) lookedAgain = 0;
          if (claimed.length === wanted || calls !== calledBefore) return;
          if (lookedAgain < lookAgainTimes && (await isClaimable(this.services, channel))) {
            if (claimed.length === 0) await wait(lookAgainAfterMs * 2 ** lookedAgain);
            lookedAgain += 1;
            return;
          }
          // A plugin's fault may have paused or limited the channel meanwhile: the next round asks again.
          exhausted = calls === calledBefore;
        })
        .finally(() => {
          claiming = null;
        });
      return claiming;
    };
    const send = async (): Promise<void> => {
      while (!this.#stopping) {
        const delivery = waiting.shift();
        if (delivery === undefined) {
          if (exhausted || results.channelStopped) return;
          await claim();
          continue;
        }
        if (results.channelStopped) {
          waiting.push(delivery);
          return;
        }
        // Ahead of need; when it fails, the sender that needs it fails in its place.
        if (ahead && waiting.length < claimSize / 2 && !exhausted) claim().catch(() => undefined);
        attempting += 1;
        const result = await this.#attempt(delivery);
        attempting -= 1;
        await results.add({ delivery, result });
      }
    };
    // An attempt that takes long holds up nothing but its own conversation: whatever else is queued finds a sender.
    const wake = (): void => {
      calls += 1;
      exhausted = false;
      results.resume();
      while (senders.size < senderCount && !this.#stopping) {
        const sender: Promise<void> = send()
          .catch((error: unknown) => void failures.push(error))
          .finally(() => senders.delete(sender));
        senders.add(sender);
      }
    };
    this.#wake.set(channel, wake);
    wake();
    while (senders.size > 0) await Promise.all(senders);
    this.#wake.delete(channel);
    const [recorded] = await Promise.allSettled([results.finish(), claiming]);
    for (const delivery of waiting) this.#runsInProgress.delete(delivery.leaseToken);
    await releaseLeases(this.services, waiting);
    if (recorded.status === "rejected") failures.push(recorded.reason);
    if (failures.length > 0) throw failures[0];
  }

  #take(delivery: ClaimedDelivery): void {
    this.#runsInProgress.set(delivery.leaseToken, delivery);
    this.#renewal ??= setInterval(() => void this.#renew(), leaseMs / 3).unref();
  }

  async #renew(): Promise<void> {
    try {
      await renewLeases(this.services, [...this.#runsInProgress.keys()]);
    } catch (error) {
      this.services.logger.warn("leases could not be renewed", { cause: describeError(error) });
    }
  }

  async #attempt(delivery: ClaimedDelivery): Promise<DeliveryResult> {
    const { channels, logger } = this.services;
    const connection = channels.get(delivery.channel)?.connection;
    if (connection == null) {
      return { outcome: "retry", failure: { code: "UNAVAILABLE", detail: "The channel is not connected." } };
    }
    // AbortSignal.any and AbortSignal.timeout would do, for five times the cost and what they leave to the collector.
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), attemptMs);
    this.#aborts.add(abort);
    const progress = saveProgress(this.services, delivery);
    try {
      return await orUncertainOnAbort(
        connection.deliver({ ...delivery.outbound, saveProgress: progress }, abort.signal),
        abort.signal,
      );
    } catch (error) {
      logger.error("a channel plugin threw instead of classifying", {
        channel: delivery.channel,
        delivery: delivery.id,
        cause: describeError(error),
      });
      return { outcome: "uncertain", failure: { code: "UNKNOWN", detail: "The channel failed without saying how." } };
    } finally {
      clearTimeout(timer);
      this.#aborts.delete(abort);
    }
  }
}

/** Gathers results for a few milliseconds and records them together, one batch after the other. */
class ResultBatches {
  #waiting: Attempted[] = [];
  #recording: Promise<void> | null = null;
  /** Ends the wait for company. */
  #gather: (() => void) | null = null;
  #failures: unknown[] = [];
  /** The channel's credentials were refused, or it asked to wait: no more attempts in this run. */
  channelStopped = false;

  constructor(
    private readonly services: Services,
    private readonly deferred: DeferredReports,
    private readonly done: (delivery: ClaimedDelivery) => void,
  ) {}

  /** The channel may be used again, so whoever asks has read; what has just stopped it must be recorded before. */
  resume(): void {
    if (this.#recording === null) this.channelStopped = false;
  }

  /** Resolves once there is room for another result; `finish` tells when all are recorded. Rejects when some cannot be. */
  async add(attempted: Attempted): Promise<void> {
    const { result } = attempted;
    if (result.outcome === "retry") {
      const { code } = result.failure;
      if (code === "CREDENTIALS_INVALID" || (code === "RATE_LIMITED" && result.afterMs !== undefined)) {
        this.channelStopped = true;
      }
    }
    this.#waiting.push(attempted);
    this.#recording ??= this.#record();
    if (this.#waiting.length >= recordSize) this.#gather?.();
    while (this.#waiting.length >= maxUnrecorded) await this.#recording;
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  /** Resolves once all are recorded: no more company is coming. */
  async finish(): Promise<void> {
    while (this.#recording !== null) {
      this.#gather?.();
      await this.#recording;
    }
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  async #record(): Promise<void> {
    if (this.#waiting.length < recordSize) {
      await new Promise<void>((gathered) => {
        const timer = setTimeout(gathered, recordAfterMs);
        this.#gather = () => {
          clearTimeout(timer);
          gathered();
        };
      });
      this.#gather = null;
    }
    const batch = this.#waiting;
    this.#waiting = [];
    try {
      await this.#persist(batch);
    } catch (error) {
      this.#failures.push(error);
    }
    for (const { delivery } of batch) this.done(delivery);
    this.#recording = this.#waiting.length > 0 ? this.#record() : null;
  }

  // What was sent must not be forgotten because the database was away for a moment: while the lease lasts, try again.
  async #persist(batch: readonly Attempted[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await recordResults(this.services, this.deferred, batch);
      } catch (error) {
        this.services.logger.warn("results could not be recorded", { cause: describeError(error), attempt });
        if (attempt === recordAttempts) throw error;
        await wait(attempt * 500);
      }
    }
  }
}

// A plugin that ignores its signal must not hold the lane: what it did is unknown.
async function orUncertainOnAbort(result: Promise<DeliveryResult>, signal: AbortSignal): Promise<DeliveryResult> {
  const graceMs = 2_000;
  let timer: NodeJS.Timeout | undefined;
  let listener: (() => void) | undefined;
  const abandoned = new Promise<DeliveryResult>((resolve) => {
    listener = () => {
      timer = setTimeout(
        () =>
          resolve({
            outcome: "uncertain",
            failure: { code: "TIMED_OUT", detail: "The channel did not answer in time." },
          }),
        graceMs,
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
