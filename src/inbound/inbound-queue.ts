import type { Services } from "../services.js";
import { type ClaimedOriginal, claimOriginal } from "./claim-original.js";

/** Originals of one channel that are interpreted at the same time: each may be 25 MB, or wait for DNS. */
const attemptsPerChannel = 3;

/** One claimed original, and its place in the order in which they are applied. */
export interface Slot {
  readonly claimed: ClaimedOriginal;
  /** Resolves once those before it are done: what somebody wrote first is shown first. */
  readonly mayApply: Promise<void>;
  over(): void;
}

export interface Slots {
  /** Null when none is left that may be interpreted now. */
  next(): Promise<Slot | null>;
}

/** A channel's originals on their way through this process: a few at the same time, applied in the order they came. */
export class InboundQueue implements Slots {
  readonly #drains = new Set<Promise<void>>();
  #again = false;
  #claiming: Promise<unknown> = Promise.resolve();
  #last: Promise<void> = Promise.resolve();

  /** `drain` goes through turns until there is none. */
  constructor(
    private readonly drain: (turns: Slots) => Promise<void>,
    private readonly services: Services,
    private readonly channel: string,
  ) {}

  /** There may be something to claim. */
  wake(): void {
    // All are busy: whichever finds nothing more looks once again.
    this.#again = this.#drains.size === attemptsPerChannel;
    if (this.#again) return;
    const drain = this.drain(this).finally(() => {
      this.#drains.delete(drain);
      if (this.#again) this.wake();
    });
    // Whoever waits for the lane hears of it.
    drain.catch(() => undefined);
    this.#drains.add(drain);
  }

  /** Resolves once nothing is in hand; rejects when something could not even be recorded as failed. */
  async idle(): Promise<void> {
    while (this.#drains.size > 0) await Promise.all(this.#drains);
  }

  next(): Promise<Slot | null> {
    const turn = this.#claiming.then(() => this.#claim());
    this.#claiming = turn.catch(() => undefined);
    return turn;
  }

  async #claim(): Promise<Slot | null> {
    let claimed: ClaimedOriginal | null = null;
    do {
      this.#again = false;
      claimed = await claimOriginal(this.services, this.channel);
    } while (claimed === null && this.#again);
    if (claimed === null) return null;
    // Where one was, there may be more.
    this.wake();
    const mayApply = this.#last;
    const done = Promise.withResolvers<void>();
    this.#last = done.promise;
    return { claimed, mayApply, over: done.resolve };
  }
}
