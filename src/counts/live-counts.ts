import { isDeepStrictEqual } from "node:util";
import type { ChangeType } from "../events/events.js";
import type { Services } from "../services.js";
import type { Counts } from "./counts.js";
import type { SharedCounts } from "./read-counts.js";

/** After these, counts may be others. */
const changes: readonly ChangeType[] = [
  "messageAdded",
  "conversationUpdated",
  "deliveryUpdated",
  "channelUpdated",
  "forwardingPreferenceUpdated",
];
const leastPauseMs = 1_000;
/** Reading takes at most this share of the time, however many conversations there are. */
const share = 0.05;

/**
 * The counts of this process: read when somebody asks, and again while somebody listens and something has changed, at most once a second
 * and in at most a twentieth of the time. All agents share what is read. docs/decisions/43 says why they are not kept in the database.
 */
export class LiveCounts {
  readonly #services: Pick<Services, "events" | "logger">;
  readonly #read: () => Promise<SharedCounts>;
  readonly #stops: readonly (() => void)[];
  #last: SharedCounts | null = null;
  #reading: Promise<SharedCounts> | null = null;
  #isChanged = true;
  #nextReadAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #listeners = 0;
  #isClosed = false;

  constructor(services: Pick<Services, "events" | "logger">, read: () => Promise<SharedCounts>) {
    this.#services = services;
    this.#read = read;
    this.#stops = changes.map((type) => services.events.listen(type, () => this.#changed()));
  }

  /** The counts for an agent: those of a moment ago if they cannot have changed, or were read too recently. */
  async countsFor(agentId: string): Promise<Counts> {
    const isRecent = this.#last !== null && (!this.#isChanged || performance.now() < this.#nextReadAt);
    const counts = isRecent && this.#last !== null ? this.#last : await this.#readOnce();
    return { ...counts.shared, mine: counts.mine.get(agentId) ?? 0 };
  }

  /** Publishes `countsUpdated` from now on whenever the counts have changed, until the returned function is called. */
  listen(): () => void {
    this.#listeners += 1;
    this.#schedule();
    return () => {
      this.#listeners -= 1;
      if (this.#listeners === 0) this.#clearTimer();
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#clearTimer();
    for (const stop of this.#stops) stop();
    await this.#reading?.catch(() => {});
  }

  #changed(): void {
    this.#isChanged = true;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#listeners === 0 || !this.#isChanged || this.#timer !== null || this.#isClosed) return;
    const wait = Math.max(0, this.#nextReadAt - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#update();
    }, wait);
  }

  async #update(): Promise<void> {
    const before = this.#last;
    try {
      const counts = await this.#readOnce();
      if (!isDeepStrictEqual(before, counts)) this.#services.events.publish({ type: "countsUpdated" });
    } catch (error) {
      this.#services.logger.warn("The counts could not be read", { error });
    }
    this.#schedule();
  }

  #readOnce(): Promise<SharedCounts> {
    this.#reading ??= this.#readNow().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #readNow(): Promise<SharedCounts> {
    const begun = performance.now();
    // What changes while they are read is counted the next time.
    this.#isChanged = false;
    try {
      this.#last = await this.#read();
      return this.#last;
    } catch (error) {
      this.#isChanged = true;
      throw error;
    } finally {
      const took = performance.now() - begun;
      this.#nextReadAt = performance.now() + Math.max(leastPauseMs, took / share);
    }
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
