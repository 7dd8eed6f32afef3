/**
 * Bounds the memory that many occupy together. Beyond the limit the one that occupies most is given up, so that whoever takes much
 * loses it, rather than others their service.
 */
export class ByteBudget<Holder extends object> {
  readonly #sizes = new Map<Holder, number>();
  #bytes = 0;

  /** @param giveUp must free what the holder occupies at once */
  constructor(
    private readonly maxBytes: number,
    private readonly giveUp: (largest: Holder) => void,
  ) {}

  /** To be called when what a holder occupies has changed. */
  set(holder: Holder, bytes: number): void {
    this.#bytes += bytes - (this.#sizes.get(holder) ?? 0);
    if (bytes === 0) this.#sizes.delete(holder);
    else this.#sizes.set(holder, bytes);
    while (this.#bytes > this.maxBytes) this.#giveUpLargest();
  }

  #giveUpLargest(): void {
    const [largest] = [...this.#sizes].reduce((one, other) => (other[1] > one[1] ? other : one));
    this.set(largest, 0);
    this.giveUp(largest);
  }
}
