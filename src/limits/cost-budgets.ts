import { LRUCache } from "lru-cache";
import { allowed, type CostLimitName, costLimits } from "./limit-table.js";

/**
 * More callers than are active at once in a minute; 2 MB. When there are more, the least recent ones are forgotten: their budgets
 * are full again.
 */
const maxCallers = 20_000;
const minuteMs = 60_000;

interface Budget {
  left: number;
  /** When `left` was right, as of Date.now(). */
  atMs: number;
}

/** Counts what the operations of each caller cost, in this process: a bucket that is full at first and fills again in a minute. */
export class CostBudgets {
  readonly #factor: number;
  readonly #budgets = new LRUCache<string, Budget>({ max: maxCallers });

  /** @param factor multiplies the limits of networks */
  constructor(factor: number) {
    this.#factor = factor;
  }

  /** How much a caller may spend at once at most. */
  size(name: CostLimitName): number {
    return allowed(costLimits[name], this.#factor);
  }

  /** How many seconds it takes until `cost` can be spent, 0 if it can be now. Spends nothing. */
  secondsUntil(name: CostLimitName, key: string, cost: number): number {
    const size = this.size(name);
    const missing = cost - this.#budget(name, key, size).left;
    return missing <= 0 ? 0 : Math.max(1, Math.ceil((missing / size) * (minuteMs / 1_000)));
  }

  /** Spends, also what is not there any more. */
  spend(name: CostLimitName, key: string, cost: number): void {
    this.#budget(name, key, this.size(name)).left -= cost;
  }

  /** As it is now. */
  #budget(name: CostLimitName, key: string, size: number): Budget {
    const nowMs = Date.now();
    const caller = `${name} ${key}`;
    let budget = this.#budgets.get(caller);
    if (budget === undefined) {
      budget = { left: size, atMs: nowMs };
      this.#budgets.set(caller, budget);
    } else if (nowMs > budget.atMs) {
      budget.left = Math.min(size, budget.left + (size * (nowMs - budget.atMs)) / minuteMs);
      budget.atMs = nowMs;
    } else {
      // A clock that was set back must not stop the filling until it is there again.
      budget.atMs = nowMs;
    }
    return budget;
  }
}
