import { setTimeout as wait } from "node:timers/promises";
import { describeError } from "../../logger.js";
import type { Services } from "../../services.js";
import type { ClaimedDelivery } from "./claim-deliveries.js";
import { type DeferredReports, type DeliveryAttempt, recordResults } from "./record-results.js";

/** How many results one transaction records: the cost is mostly per transaction, not per delivery. */
const batchSize = 50;
/** An incomplete batch waits this long for more results. */
const maxBatchDelayMs = 100;
/**
 * With this many results waiting for the batch before them, nothing more is sent: they are what a process that is killed
 * now has sent without having recorded it, and what is then repeated under the same reference.
 */
const maxUnrecorded = batchSize;
/** With delays that grow by half a second, 8 attempts take 14 seconds: within the lease. */
const maxRecordAttempts = 8;

/** Collects results for a few milliseconds and records them together, one batch after the other. */
export class ResultBatches {
  #waiting: DeliveryAttempt[] = [];
  #recording: Promise<void> | null = null;
  /** Records the incomplete batch now; null while none is being collected. */
  #completeBatch: (() => void) | null = null;
  #failures: unknown[] = [];

  /** `onRecorded` is called for each delivery once its result is recorded, or could not be. */
  constructor(
    private readonly services: Services,
    private readonly deferred: DeferredReports,
    private readonly onRecorded: (delivery: ClaimedDelivery) => void,
  ) {}

  /** True from the first result that is added until all are recorded. */
  get isRecording(): boolean {
    return this.#recording !== null;
  }

  /** True: wait for `hasRoom` before the next delivery is sent. */
  get isFull(): boolean {
    return this.#waiting.length >= maxUnrecorded;
  }

  /** Adds a result, to be recorded soon. Throws when an earlier one of this round could not be recorded. */
  add(attempt: DeliveryAttempt): void {
    this.#waiting.push(attempt);
    this.#recording ??= this.#record();
    if (this.#waiting.length >= batchSize) this.#completeBatch?.();
    this.#throwFailure();
  }

  /** Resolves once there is room for another result. Rejects when an earlier one could not be recorded. */
  async hasRoom(): Promise<void> {
    while (this.isFull) await this.#recording;
    this.#throwFailure();
  }

  /** Records what is left without waiting for more; ends the round. Rejects when a result of it could not be recorded. */
  async flush(): Promise<void> {
    while (this.#recording !== null) {
      this.#completeBatch?.();
      await this.#recording;
    }
    const [failure] = this.#failures.splice(0);
    if (failure !== undefined) throw failure;
  }

  #throwFailure(): void {
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  async #record(): Promise<void> {
    if (this.#waiting.length < batchSize) await this.#collect();
    const batch = this.#waiting;
    this.#waiting = [];
    try {
      await this.#persist(batch);
    } catch (error) {
      this.#failures.push(error);
    }
    for (const { delivery } of batch) this.onRecorded(delivery);
    this.#recording = this.#waiting.length > 0 ? this.#record() : null;
  }

  async #collect(): Promise<void> {
    await new Promise<void>((complete) => {
      const timer = setTimeout(complete, maxBatchDelayMs);
      this.#completeBatch = () => {
        clearTimeout(timer);
        complete();
      };
    });
    this.#completeBatch = null;
  }

  // What was sent must not be forgotten because the database was unavailable for a moment: retry while the lease lasts.
  async #persist(batch: readonly DeliveryAttempt[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await recordResults(this.services, this.deferred, batch);
      } catch (error) {
        this.services.logger.warn("results could not be recorded", { cause: describeError(error), attempt });
        if (attempt === maxRecordAttempts) throw error;
        await wait(attempt * 500);
      }
    }
  }
}
