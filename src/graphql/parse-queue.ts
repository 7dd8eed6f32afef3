/** In characters of the texts that wait: what they hold in memory meanwhile. */
const maxWaiting = 8_000_000;
/** Of one network. */
const maxWaitingOfNetwork = 2_000_000;

interface Line {
  characters: number;
  readonly waiting: { readonly characters: number; readonly start: () => void }[];
}

/**
 * Lets one text be parsed and validated in each turn of the event loop, one of each network after the other. Many that arrive at
 * once, and take long, would otherwise be read one after the other while nobody else is answered.
 */
export class ParseQueue {
  readonly #lines = new Map<string, Line>();
  #characters = 0;

  /**
   * Whether so much waits that a text from a socket should not. Requests of HTTP always may: they have waited in a queue of their own.
   * @param network whose text it is, see `networkOf`
   */
  isFull(network: string, characters: number): boolean {
    const own = this.#lines.get(network)?.characters ?? 0;
    return this.#characters + characters > maxWaiting || own + characters > maxWaitingOfNetwork;
  }

  /** Resolves when the text may be read. @param network whose text it is */
  next(network: string, characters: number): Promise<void> {
    if (this.#lines.size === 0) setImmediate(() => this.#startNext());
    const line = this.#lines.get(network) ?? { characters: 0, waiting: [] };
    this.#lines.set(network, line);
    this.#characters += characters;
    line.characters += characters;
    return new Promise((start) => void line.waiting.push({ characters, start }));
  }

  #startNext(): void {
    const [first] = this.#lines;
    if (first === undefined) return;
    const [network, line] = first;
    this.#lines.delete(network);
    const text = line.waiting.shift();
    if (text !== undefined) {
      this.#characters -= text.characters;
      line.characters -= text.characters;
      text.start();
    }
    // Behind the others.
    if (line.waiting.length > 0) this.#lines.set(network, line);
    if (this.#lines.size > 0) setImmediate(() => this.#startNext());
  }
}
