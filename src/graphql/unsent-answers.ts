import type { ServerResponse } from "node:http";
import { getHeapStatistics } from "node:v8";

/** The answers that clients may leave unread, together. */
export function maxUnsentBytes(heapBytes = getHeapStatistics().heap_size_limit): number {
  return Math.max(16 * 1_048_576, Math.floor(heapBytes / 8));
}

/**
 * Bounds the memory of answers that were made but not read yet. Beyond the limit the largest is given up, so that a client
 * who asks for much and reads nothing loses its answers, rather than others their service.
 */
export class UnsentAnswers {
  readonly #sizes = new Map<ServerResponse, number>();
  #bytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** To be called before an answer is written to `response`. */
  add(response: ServerResponse, bytes: number): void {
    this.#sizes.set(response, bytes);
    this.#bytes += bytes;
    response.once("close", () => this.#remove(response));
    while (this.#bytes > this.maxBytes) this.#giveUpLargest();
  }

  #giveUpLargest(): void {
    const [largest] = [...this.#sizes].reduce((one, other) => (other[1] > one[1] ? other : one));
    this.#remove(largest);
    largest.destroy();
  }

  #remove(response: ServerResponse): void {
    this.#bytes -= this.#sizes.get(response) ?? 0;
    this.#sizes.delete(response);
  }
}
