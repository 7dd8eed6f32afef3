/** In characters of the texts that wait: what they hold in memory meanwhile. */
const maxWaiting = 8_000_000;
/** Of one network. */
const maxWaitingOfNetwork = 2_000_000;
/** What operations may cost to be executed as they come, in the same turn of the event loop; 1,000 take some 5 ms of a core. */
const mostPerTurn = 2_000;

interface Line {
  characters: number;
  readonly waiting: { readonly characters: number; readonly start: () => void }[];
}

/**
 * Lets work that blocks the event loop begin one piece in each of its turns, of each network after the other: texts are parsed and
 * validated, expensive operations are executed. Many that arrive at once would otherwise follow each other while nobody else is
 * answered.
 */
export class TurnQueue {
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

  /** Resolves when the work may begin. @param network whose it is  @param characters of the text that waits */
  next(network: string, characters: number): Promise<void> {
    if (this.#lines.size === 0) setImmediate(() => this.#startNext());
    const line = this.#lines.get(network) ?? { characters: 0, waiting: [] };
    this.#lines.set(network, line);
    this.#characters += characters;
    line.characters += characters;
    return new Promise((start) => void line.waiting.push({ characters, start }));
  }

  /** The same for an operation that is about to be executed, at once if it is cheap. @param cost see `costOf` */
  async nextFor(network: string, cost: number): Promise<void> {
    if (cost > mostPerTurn) await this.next(network, 0);
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
