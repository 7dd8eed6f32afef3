/** Requests of HTTP wait in a queue before; this bounds what sockets hold in memory meanwhile. */
const maxWaiting = 100;

/**
 * Lets one text be parsed and validated in each turn of the event loop. Many that arrive at once, and take long, would otherwise be
 * read one after the other while nobody else is answered.
 */
export class LoopTurns {
  readonly #waiting: (() => void)[] = [];

  /** Whether so many wait that no more should. */
  get isFull(): boolean {
    return this.#waiting.length >= maxWaiting;
  }

  /** Resolves when the next text may be read, in the order of the calls. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) this.#startInNextTurn();
    });
  }

  #startInNextTurn(): void {
    setImmediate(() => {
      this.#waiting.shift()?.();
      if (this.#waiting.length > 0) this.#startInNextTurn();
    });
  }
}
