import { allowed, type ConcurrencyLimitName, concurrencyLimits } from "./limit-table.js";

/** To be called once, when what was let in has ended. */
export type Leave = () => void;

/** Counts how much there is at the same time for each key, in this process. */
export class ConcurrencyLimit {
  /** Such as "at most 20 subscriptions per visitor", for the errors of those who have too much. */
  readonly description: string;
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  /** @param factor multiplies the limits of networks */
  constructor(name: ConcurrencyLimitName, factor: number) {
    const limit = concurrencyLimits[name];
    this.#max = allowed(limit, factor);
    const per = limit.by === "all" ? "for all together" : `per ${limit.by}`;
    this.description = `at most ${this.#max.toLocaleString("en")} ${limit.what} ${per}`;
  }

  /** Counts `amount` more of this key until the returned function is called; null if that would be too much. */
  enter(key: string, amount = 1): Leave | null {
    const count = (this.#counts.get(key) ?? 0) + amount;
    if (count > this.#max) return null;
    this.#counts.set(key, count);
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      const left = (this.#counts.get(key) ?? 0) - amount;
      if (left > 0) this.#counts.set(key, left);
      else this.#counts.delete(key);
    };
  }
}
