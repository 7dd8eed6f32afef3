/** In characters. Shorter texts, as most are, take about a millisecond at most. */
const short = 1_000;

/**
 * Lets one long text be parsed in each turn of the event loop, a request's JSON or an operation with its validation, which
 * may take 10 ms: however many come at the same time, everybody else waits for one of them at most.
 */
export class LongTexts {
  readonly #waiting: (() => void)[] = [];

  /** Resolves when the text may be read, which is then to be done without waiting for anything else. */
  async turnOf(text: string): Promise<void> {
    if (text.length <= short) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) this.#takeTurn();
    });
  }

  #takeTurn(): void {
    setImmediate(() => {
      this.#waiting.shift()?.();
      if (this.#waiting.length > 0) this.#takeTurn();
    });
  }
}
