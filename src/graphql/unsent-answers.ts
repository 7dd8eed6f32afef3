import type { ServerResponse } from "node:http";
import { getHeapStatistics } from "node:v8";
import { ByteBudget } from "./byte-budget.js";

/** The answers that clients may leave unread, together. */
export function maxUnsentBytes(heapBytes = getHeapStatistics().heap_size_limit): number {
  return Math.max(16 * 1_048_576, Math.floor(heapBytes / 8));
}

/** Bounds the memory of answers that were made but not read yet: beyond the limit the largest is given up. */
export class UnsentAnswers {
  readonly #budget: ByteBudget<ServerResponse>;

  constructor(maxBytes: number) {
    this.#budget = new ByteBudget(maxBytes, (response) => response.destroy());
  }

  /** To be called before an answer is written to `response`; and `remove` when that is closed. */
  add(response: ServerResponse, bytes: number): void {
    this.#budget.set(response, bytes);
  }

  remove(response: ServerResponse): void {
    this.#budget.set(response, 0);
  }
}
