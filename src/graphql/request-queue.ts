import { getHeapStatistics } from "node:v8";

const mebibyte = 1_048_576;
/** What an operation may need while it runs: its rows, its result and the text of its answer. */
const bytesPerOperation = 32 * mebibyte;
/** What a waiting request needs: its connection, headers and a usual body. */
const bytesPerWaiting = mebibyte / 4;

export interface RequestLimits {
  /** Operations that run at the same time. */
  readonly maxRunning: number;
  /** Those of them that are one caller's while others wait; as many again may have begun while nothing else ran. */
  readonly maxRunningPerCaller: number;
  /** Those of them that are one caller's while nobody else waits: the next to come finds a place. */
  readonly maxRunningAlone: number;
  /** Requests that wait for their turn. */
  readonly maxWaiting: number;
  /** Those of them that are one caller's. */
  readonly maxWaitingPerCaller: number;
  /** The bodies of those that wait, together. */
  readonly maxWaitingBytes: number;
  readonly maxWaitMs: number;
}

/**
 * Limits for a process with this heap and pool. More operations than four per connection to the database are no faster: they
 * hold their rows in memory for longer, and delay each other.
 */
export function requestLimits(poolSize: number, heapBytes: number): RequestLimits {
  const maxWaiting = Math.max(100, Math.min(4_000, Math.floor(heapBytes / bytesPerWaiting)));
  const maxRunning = Math.max(4, Math.min(4 * poolSize, Math.floor(heapBytes / bytesPerOperation)));
  return {
    maxRunning,
    maxRunningPerCaller: Math.floor(maxRunning / 4),
    maxRunningAlone: Math.floor((maxRunning * 3) / 4),
    maxWaiting,
    maxWaitingPerCaller: Math.floor(maxWaiting / 4),
    maxWaitingBytes: Math.max(4 * mebibyte, Math.floor(heapBytes / 16)),
    maxWaitMs: 10_000,
  };
}

/** What an event's execution may need: its rows, its result and its text, of which each recipient gets a copy. */
const bytesPerExecution = 128 * mebibyte;
/** What a waiting one needs: it holds no request. */
const bytesPerWaitingExecution = mebibyte / 64;

/** The same for the events of subscriptions. Many wait at once: one change may have a subscription on every socket. */
function eventLimits(poolSize: number, heapBytes: number): RequestLimits {
  const maxRunning = Math.max(4, Math.min(poolSize, Math.floor(heapBytes / bytesPerExecution)));
  const maxWaiting = Math.max(1_000, Math.min(100_000, Math.floor(heapBytes / bytesPerWaitingExecution)));
  return {
    maxRunning,
    maxRunningPerCaller: Math.floor(maxRunning / 2),
    maxRunningAlone: Math.floor((maxRunning * 3) / 4),
    maxWaiting,
    maxWaitingPerCaller: Math.floor(maxWaiting / 4),
    maxWaitingBytes: Math.max(4 * mebibyte, Math.floor(heapBytes / 16)),
    maxWaitMs: 10_000,
  };
}

export interface QueueLimits {
  readonly requests: RequestLimits;
  /** Of a queue of their own: a change that many subscribe to must not use up the places of requests, nor they its. */
  readonly events: RequestLimits;
}

export function queueLimits(poolSize: number, heapBytes = getHeapStatistics().heap_size_limit): QueueLimits {
  return { requests: requestLimits(poolSize, heapBytes), events: eventLimits(poolSize, heapBytes) };
}

interface Waiting {
  readonly bytes: number;
  readonly start: () => void;
}

/** To be called once, when the operation has ended. */
export type Leave = () => void;

/**
 * Lets a limited number of operations run, and others wait for their turn: one of each caller after the other, so that
 * who sends a thousand requests at once delays only their own.
 */
export class RequestQueue {
  readonly #limits: RequestLimits;
  /** Of each caller, in the order of their turns; none is empty. Sets, so that leaving a long line takes no longer. */
  readonly #lines = new Map<string, Set<Waiting>>();
  /** How many operations of each caller run; the first ones are not counted for anybody. */
  readonly #runningOf = new Map<string, number>();
  #running = 0;
  #waiting = 0;
  #waitingBytes = 0;

  constructor(limits: RequestLimits) {
    this.#limits = limits;
  }

  /** Begins an operation while few run, whoever asks; null if it has to `enter`. */
  tryEnter(): Leave | null {
    return this.#running < this.#limits.maxRunningPerCaller ? this.#start(null) : null;
  }

  /**
   * Resolves when an operation of `caller` may run, or with null when it is refused: too many wait, or it has waited too
   * long.
   * @param identify who asks; called only if several operations run already
   * @param bytes how much memory it holds while it waits
   */
  async enter(identify: () => Promise<string>, bytes: number): Promise<Leave | null> {
    const leave = this.tryEnter();
    if (leave !== null) return leave;
    if (!this.#hasRoom(bytes)) return null;
    const caller = await identify();
    if (this.#mayRun(caller)) return this.#start(caller);
    const own = this.#lines.get(caller)?.size ?? 0;
    if (!this.#hasRoom(bytes) || own >= this.#limits.maxWaitingPerCaller) return null;
    return new Promise((resolve) => {
      const waiting: Waiting = {
        bytes,
        start: () => {
          clearTimeout(timer);
          resolve(this.#start(caller));
        },
      };
      const timer = setTimeout(() => {
        this.#remove(caller, waiting);
        resolve(null);
      }, this.#limits.maxWaitMs);
      const line = this.#lines.get(caller);
      if (line === undefined) this.#lines.set(caller, new Set([waiting]));
      else line.add(waiting);
      this.#waiting += 1;
      this.#waitingBytes += bytes;
    });
  }

  #hasRoom(bytes: number): boolean {
    return this.#waiting < this.#limits.maxWaiting && this.#waitingBytes + bytes <= this.#limits.maxWaitingBytes;
  }

  #mayRun(caller: string): boolean {
    const { maxRunning, maxRunningPerCaller, maxRunningAlone } = this.#limits;
    const othersWait = this.#lines.size > (this.#lines.has(caller) ? 1 : 0);
    const share = othersWait ? maxRunningPerCaller : maxRunningAlone;
    return this.#running < maxRunning && (this.#runningOf.get(caller) ?? 0) < share;
  }

  #start(caller: string | null): Leave {
    this.#count(caller, 1);
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      this.#count(caller, -1);
      this.#startNext();
    };
  }

  #count(caller: string | null, change: 1 | -1): void {
    this.#running += change;
    if (caller === null) return;
    const own = (this.#runningOf.get(caller) ?? 0) + change;
    if (own === 0) this.#runningOf.delete(caller);
    else this.#runningOf.set(caller, own);
  }

  #startNext(): void {
    for (const [caller, [first]] of this.#lines) {
      if (first === undefined || !this.#mayRun(caller)) continue;
      this.#remove(caller, first);
      first.start();
      return;
    }
  }

  /** Moves the caller behind the others. */
  #remove(caller: string, waiting: Waiting): void {
    const line = this.#lines.get(caller);
    line?.delete(waiting);
    this.#lines.delete(caller);
    if (line !== undefined && line.size > 0) this.#lines.set(caller, line);
    this.#waiting -= 1;
    this.#waitingBytes -= waiting.bytes;
  }
}
