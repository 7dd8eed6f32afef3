import { concurrencyLimits } from "../limits/limit-table.js";
import type { Services } from "../services.js";
import { WorkQueue } from "../work-queue/work-queue.js";
import { type ClaimedOriginal, claimOriginal, type OriginalSize } from "./claim-original.js";

const attempts = { small: concurrencyLimits.smallOriginals.max, large: concurrencyLimits.largeOriginals.max } as const;

/** One claimed original, and its place in the order in which they are applied. */
export interface Slot {
  readonly claimed: ClaimedOriginal;
  /** Resolves once those before it are done: what a visitor wrote first is shown first. */
  readonly mayApply: Promise<void>;
  done(): void;
}

/** One channel's originals of one size in this process: interpreted a few at the same time, applied in the order they came. */
export class InboundQueue {
  readonly #queue: WorkQueue<Slot>;
  #last: Promise<void> = Promise.resolve();

  /** `attempt` interprets and applies one original. */
  constructor(
    private readonly services: Services,
    private readonly channel: string,
    private readonly size: OriginalSize,
    private readonly attempt: (slot: Slot) => Promise<void>,
  ) {
    this.#queue = new WorkQueue<Slot>({
      concurrency: () => attempts[size],
      claimSize: () => 1,
      claimAhead: 0,
      claim: () => this.#claim(),
      process: (slot) => this.#process(slot),
      // Stopped during the claim: the attempt has been counted, so it is made.
      release: async (slots) => void (await Promise.all(slots.map((slot) => this.#process(slot)))),
    });
  }

  /**
   * Interprets everything that may be interpreted now. Resolves when nothing is in progress; rejects when something could
   * not even be recorded as failed.
   */
  run(): Promise<void> {
    return this.#queue.run();
  }

  /** Claims nothing more; resolves when what was in progress has ended. */
  stop(): Promise<void> {
    return this.#queue.stop();
  }

  async #claim(): Promise<readonly Slot[]> {
    const claimed = await claimOriginal(this.services, this.channel, this.size);
    if (claimed === null) return [];
    const mayApply = this.#last;
    const done = Promise.withResolvers<void>();
    this.#last = done.promise;
    return [{ claimed, mayApply, done: done.resolve }];
  }

  async #process(slot: Slot): Promise<void> {
    try {
      await this.attempt(slot);
    } finally {
      slot.done();
    }
  }
}
