import { allowed, type ConcurrencyLimitName, concurrencyLimits } from "./limit-table.js";

/** To be called once, when what was let in has ended. */
export type Leave = () => void;

/** Counts how much there is at the same time for each key, in this process. */
export class ConcurrencyLimit {
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  /** @param factor multiplies the limits of networks */
  constructor(name: ConcurrencyLimitName, factor: number) {
    this.#max = allowed(concurrencyLimits[name], factor);
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
