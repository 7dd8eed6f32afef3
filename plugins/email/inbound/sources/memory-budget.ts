/**
 * How much of mails that are still coming in this process holds at once. Whoever gets no more refuses its mail for now:
 * a hundred large mails at the same time must not take the whole program down.
 */
export class MemoryBudget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** False: there is not so much left. What was taken must be given back. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#left += bytes;
  }
}
