/**
 * Limits the memory for emails that this process is receiving: a hundred large emails at the same time must not crash
 * it. When the budget is used up, further emails are refused temporarily.
 */
export class MemoryBudget {
  #availableBytes: number;

  constructor(bytes: number) {
    this.#availableBytes = bytes;
  }

  /** False: not enough is available. What was reserved must be released. */
  reserve(bytes: number): boolean {
    if (bytes > this.#availableBytes) return false;
    this.#availableBytes -= bytes;
    return true;
  }

  release(bytes: number): void {
    this.#availableBytes += bytes;
  }
}
