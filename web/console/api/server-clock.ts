import { type ReadonlySignal, signal } from "@preact/signals";

/** What tells the time on this device: the first goes on steadily, the second may be wrong and may jump. */
export interface DeviceClocks {
  /** Milliseconds since some moment. */
  readonly steady: () => number;
  /** Milliseconds since 1970. */
  readonly wall: () => number;
}

const deviceClocks: DeviceClocks = { steady: () => performance.now(), wall: () => Date.now() };

/** The steady clock stands still while some devices sleep; by more than this, what was computed from it is wrong. */
const maxDriftMs = 2_000;

/**
 * The server's time, as of the answers that say it (`asOf`): this device's clock may be wrong by a day. An answer takes a while to
 * arrive, so the one that took the shortest is nearest to the truth.
 */
export class ServerClock {
  readonly #clocks: DeviceClocks;
  #offset: number | null = null;
  #drift: number | null = null;
  readonly #now = signal(0);
  /** The server's time in milliseconds, as of the last `tick`. */
  readonly now: ReadonlySignal<number> = this.#now;

  constructor(clocks: DeviceClocks = deviceClocks) {
    this.#clocks = clocks;
    this.tick();
  }

  /** @param asOf the server's time as ISO 8601, in an answer that has just come */
  observe(asOf: string): void {
    const offset = Date.parse(asOf) - this.#clocks.steady();
    if (Number.isNaN(offset) || (this.#offset !== null && offset <= this.#offset)) return;
    this.#offset = offset;
    this.tick();
  }

  /** The server's time now, in milliseconds; this device's until an answer has come. */
  read(): number {
    return this.#offset === null ? this.#clocks.wall() : this.#clocks.steady() + this.#offset;
  }

  tick(): void {
    this.#now.value = this.read();
  }

  /** Whether the device has slept since the last call: then the next answer counts, however long it took. */
  hasSlept(): boolean {
    const drift = this.#clocks.wall() - this.#clocks.steady();
    const hasSlept = this.#drift !== null && drift - this.#drift > maxDriftMs;
    this.#drift = drift;
    if (hasSlept) this.#offset = null;
    return hasSlept;
  }
}
