/** What one sender holds of the memory until `close`. */
export interface MemoryShare {
  /** Counts this many bytes more; false, and nothing is counted, if that is too much: then drop what is held, and `close`. */
  add(bytes: number): boolean;
  /** Gives everything back. May be called again. */
  close(): void;
}

interface Held {
  readonly group: string;
  readonly network: string;
  readonly giveUp: () => void;
  bytes: number;
}

/**
 * Shares memory among senders whom nobody knows yet. Whoever is alone may use all of it; once it is full, the one who holds the
 * most gives way: of the group with the most bytes, the network with the most bytes, and of this network the share that was opened
 * last, so that the earlier ones come to an end. Therefore many half-sent bodies harm only those of their own sender.
 */
export class MemoryShares {
  readonly #maxBytes: number;
  /** In the order in which they were opened. */
  readonly #shares = new Set<Held>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * @param group what must not take the places of the others, such as a channel
   * @param network who sends, see `networkOf`
   * @param giveUp drops what is held, because others need the memory; the share is closed already
   */
  open(group: string, network: string, giveUp: () => void): MemoryShare {
    const held: Held = { group, network, giveUp, bytes: 0 };
    this.#shares.add(held);
    return {
      add: (bytes) => this.#shares.has(held) && this.#add(held, bytes),
      close: () => this.#close(held),
    };
  }

  #add(held: Held, bytes: number): boolean {
    this.#count(held, bytes);
    while (this.#bytes > this.#maxBytes) {
      const last = this.#lastOfLargest();
      if (last === held || last === null) {
        this.#count(held, -bytes);
        return false;
      }
      this.#close(last);
      last.giveUp();
    }
    return true;
  }

  #lastOfLargest(): Held | null {
    const group = largest(this.#shares, (held) => held.group);
    const ofGroup = [...this.#shares].filter((held) => held.group === group && held.bytes > 0);
    const network = largest(ofGroup, (held) => held.network);
    return ofGroup.findLast((held) => held.network === network) ?? null;
  }

  #count(held: Held, bytes: number): void {
    held.bytes += bytes;
    this.#bytes += bytes;
  }

  #close(held: Held): void {
    if (!this.#shares.delete(held)) return;
    this.#bytes -= held.bytes;
  }
}

/** The key under which most bytes are held. */
function largest(shares: Iterable<Held>, keyOf: (held: Held) => string): string | null {
  const sums = new Map<string, number>();
  for (const held of shares) sums.set(keyOf(held), (sums.get(keyOf(held)) ?? 0) + held.bytes);
  let found: string | null = null;
  for (const [key, bytes] of sums) if (found === null || bytes > (sums.get(found) ?? 0)) found = key;
  return found;
}
