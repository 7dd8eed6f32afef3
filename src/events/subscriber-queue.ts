/** Thrown to a subscriber that fell so far behind that its queue was discarded. */
export class SlowSubscriberError extends Error {
  constructor() {
    super("The subscriber fell behind: it must subscribe again and read what it missed.");
    this.name = "SlowSubscriberError";
  }
}

/** Far above any burst that a subscriber catches up with: a queue this long means that it has stopped reading. */
const maxQueue = 5000;

/**
 * Buffers what is published for one subscriber until it reads. Unlike a Repeater it buffers from its construction on, so
 * nothing is lost before the first read, and a slow subscriber never causes an error in the publisher.
 */
export class SubscriberQueue<Change> implements AsyncIterableIterator<Change, undefined> {
  #changes: Change[] = [];
  #reader: PromiseWithResolvers<IteratorResult<Change, undefined>> | null = null;
  #state: "open" | "ended" | "fell behind" = "open";
  readonly #detach: () => void;

  constructor(attach: (push: (change: Change) => void) => () => void) {
    this.#detach = attach((change) => this.#push(change));
  }

  #push(change: Change): void {
    if (this.#reader !== null) {
      this.#reader.resolve({ value: change, done: false });
      this.#reader = null;
    } else if (this.#changes.push(change) > maxQueue) {
      this.#finish("fell behind");
    }
  }

  next(): Promise<IteratorResult<Change, undefined>> {
    if (this.#state === "fell behind") return Promise.reject(new SlowSubscriberError());
    if (this.#state === "ended") return Promise.resolve({ value: undefined, done: true });
    const change = this.#changes.shift();
    if (change !== undefined) return Promise.resolve({ value: change, done: false });
    this.#reader ??= Promise.withResolvers();
    return this.#reader.promise;
  }

  return(): Promise<IteratorResult<Change, undefined>> {
    this.#finish("ended");
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(state: "ended" | "fell behind"): void {
    this.#state = state;
    this.#changes = [];
    this.#detach();
    this.#reader?.resolve({ value: undefined, done: true });
    this.#reader = null;
  }
}
