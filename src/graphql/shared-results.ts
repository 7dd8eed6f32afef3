import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute, getOperationAST } from "graphql";
import { LRUCache } from "lru-cache";
import { serviceUnavailable } from "../errors.js";
import type { ChangeEvent } from "../events/events.js";
import { SlowSubscriberError } from "../events/subscriber-queue.js";
import { isGuest, type Viewer } from "../viewer.js";
import { refuseSize } from "./answer-size.js";
import type { Api } from "./api.js";
import type { FormatError } from "./format-error.js";
import { costOf } from "./query-limits.js";
import { retryAfterSeconds } from "./refusals.js";
import type { RequestQueue } from "./request-queue.js";
import type { Socket } from "./socket.js";

/** How much text of results is kept for subscribers who come to an event later than others, in bytes. */
const maxKeptBytes = 8_000_000;
const maxKeptResultBytes = 500_000;
/** Of a result beside its text. */
const bytesOfEntry = 500;

/** A subscription of one socket. */
interface Subscriber {
  readonly socket: Socket;
  /** The client's id of the subscription. */
  readonly id: string;
  /** Equal for equal texts, operation names and variables. */
  readonly requestKey: string;
  /** See CheckedDocument. */
  readonly requestsAuthorOnly: boolean;
  /** To be called when the operation has ended: it is counted until then. */
  readonly end: () => void;
}

export interface SubscriptionArguments extends ExecutionArgs {
  readonly subscriber: Subscriber;
}

/** Of an event that was not executed for a subscriber, because too many others wait. */
const missed = Symbol("missed");

/** What equal subscriptions get for an event. */
interface SharedResult {
  readonly text: Promise<string | typeof missed>;
  /** Who waits for it; null once it is there. */
  recipients: Set<Socket> | null;
}

/**
 * Serves subscriptions. Their events are executed in turn, one of each agent and of each network of visitors after the other, so that an event
 * with thousands of subscriptions delays only their own. For each event, equal subscriptions of viewers with the same permissions are executed and
 * serialised once, however many sockets they are sent to.
 */
export class SharedResults {
  readonly #api: Api;
  readonly #format: FormatError;
  readonly #queue: RequestQueue;
  readonly #results = new WeakMap<ChangeEvent, Map<string, SharedResult>>();
  /** The results that are finished, each with what forgets it. */
  readonly #kept = new LRUCache<SharedResult, () => void>({
    maxSize: maxKeptBytes,
    maxEntrySize: maxKeptResultBytes,
    dispose: (forget) => forget(),
  });

  constructor(api: Api, format: FormatError, queue: RequestQueue) {
    this.#api = api;
    this.#format = format;
    this.#queue = queue;
  }

  /** Like graphql's `subscribe`, but sends the results itself and yields none. */
  async subscribe(
    subscription: SubscriptionArguments,
  ): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    const { socket, end } = subscription.subscriber;
    let stream: AsyncIterable<unknown> | ExecutionResult;
    try {
      stream = await this.#begin(subscription);
    } catch (error) {
      end();
      throw error;
    }
    if (!(Symbol.asyncIterator in stream)) {
      end();
      return stream;
    }
    // Each event has a context of its own; this one would stay in memory until the subscription ends.
    Object.assign(subscription, { contextValue: undefined });
    const events = stream[Symbol.asyncIterator]() as AsyncIterableIterator<ChangeEvent, undefined>;
    const done = { value: undefined, done: true } as const;
    let ended = false;
    const results: AsyncIterableIterator<ExecutionResult> = {
      next: async () => {
        try {
          const pending: Promise<void>[] = [];
          let last = Promise.resolve();
          for await (const event of events) {
            last = this.#deliver(event, subscription, last, () => ended);
            // Ends the loop, and the subscription with this error: nothing may be sent after an event that failed.
            last.catch(() => events.return?.());
            pending.push(last);
            if (pending.length >= eventsAtOnce(socket)) await pending.shift();
          }
          await last;
        } catch (error) {
          if (!(error instanceof SlowSubscriberError)) throw error;
          socket.closeAsTooSlow();
        } finally {
          end();
        }
        return done;
      },
      return: async () => {
        ended = true;
        end();
        await events.return?.();
        return done;
      },
      [Symbol.asyncIterator]() {
        return results;
      },
    };
    return results;
  }

  /** Starting reads from the database, too. */
  async #begin(subscription: SubscriptionArguments): Promise<AsyncIterable<unknown> | ExecutionResult> {
    const { socket, requestKey } = subscription.subscriber;
    const leave = await this.#queue.enter(async () => lineOf(socket), requestKey.length);
    if (leave === null) return { errors: [serviceUnavailable(retryAfterSeconds)] };
    try {
      return await createSourceEventStream(subscription);
    } finally {
      leave();
    }
  }

  /**
   * Sends what the subscription gets for an event, after what it got for those `before`. In a call of its own: what a suspended function
   * has last read stays in memory, for each subscription until the next event.
   */
  async #deliver(
    event: ChangeEvent,
    subscription: SubscriptionArguments,
    before: Promise<void>,
    hasEnded: () => boolean,
  ): Promise<void> {
    const text = await this.#resultFor(event, subscription);
    await before;
    if (text === null || hasEnded()) return;
    const { socket } = subscription.subscriber;
    if (text === missed) socket.closeAsMissing();
    else socket.send(text);
  }

  /** The message to send; null when this viewer may not receive the event. */
  async #resultFor(event: ChangeEvent, subscription: SubscriptionArguments): Promise<string | typeof missed | null> {
    const { socket, id, requestKey, requestsAuthorOnly } = subscription.subscriber;
    await socket.checkIfStale();
    const { viewer } = socket;
    if (!socket.isOpen || !this.#api.canReceive(viewer, event)) return null;
    const results = this.#results.get(event) ?? new Map<string, SharedResult>();
    this.#results.set(event, results);
    const key = `${audienceOf(viewer, requestsAuthorOnly)} ${requestKey}`;
    let result = results.get(key);
    if (result === undefined) {
      result = this.#share(event, subscription, () => results.delete(key));
      results.set(key, result);
    }
    result.recipients?.add(socket);
    const text = await result.text;
    return text === missed ? missed : `{"id":${JSON.stringify(id)},"type":"next","payload":${text}}`;
  }

  /** Executes an event, and calls `forget` when nobody can share the result any more. */
  #share(event: ChangeEvent, subscription: SubscriptionArguments, forget: () => void): SharedResult {
    const recipients = new Set<Socket>();
    const text = this.#executeInTurn(event, subscription, recipients);
    const result: SharedResult = { text, recipients };
    const keep = (text: string | typeof missed): void => {
      result.recipients = null;
      const size = text === missed ? Number.POSITIVE_INFINITY : bytesOfEntry + 2 * text.length;
      if (size > maxKeptResultBytes) forget();
      else this.#kept.set(result, forget, { size });
    };
    text.then(keep, forget);
    return result;
  }

  async #executeInTurn(
    event: ChangeEvent,
    subscription: SubscriptionArguments,
    recipients: ReadonlySet<Socket>,
  ): Promise<string | typeof missed> {
    const { socket } = subscription.subscriber;
    const { viewer } = socket;
    const leave = await this.#queue.enter(async () => lineOf(socket), 0);
    if (leave === null) return missed;
    try {
      // When all who waited for it have gone, it is for nobody.
      if (![...recipients].some(({ isOpen }) => isOpen)) return missed;
      return await this.#execute(event, subscription, viewer);
    } finally {
      leave();
    }
  }

  async #execute(event: ChangeEvent, subscription: SubscriptionArguments, viewer: Viewer | null): Promise<string> {
    const contextValue = this.#api.createContext(viewer, "");
    const { subscriber: _, ...operation } = subscription;
    const { data, errors } = await execute({ ...operation, rootValue: event, contextValue });
    const result = { data, ...(errors && { errors: errors.map(this.#format) }) };
    const refusal = refuseSize(result, costOf(getOperationAST(operation.document, operation.operationName)));
    return JSON.stringify(refusal === null ? result : { data: null, errors: [this.#format(refusal)] });
  }
}

/**
 * How many events of a subscription are executed at the same time. They are sent in their order in any case. An agent receives
 * what all visitors cause together; a visitor's own events are few.
 */
function eventsAtOnce({ viewer }: Socket): number {
  return viewer?.kind === "agent" ? 10 : 1;
}

/** Who shares one line of the queue: anybody can begin many sessions, but not on many networks. */
function lineOf({ viewer, network }: Socket): string {
  return viewer?.kind === "agent" ? viewer.agentId : network;
}

/**
 * Equal for viewers who see the same in an event. All agents of a role do, except for fields that only a message's author may see.
 */
function audienceOf(viewer: Viewer | null, requestsAuthorOnly: boolean): string {
  if (viewer === null) return "nobody";
  if (viewer.kind === "visitor") return `visitor:${viewer.visitorId}:${isGuest(viewer)}`;
  return requestsAuthorOnly ? `agent:${viewer.agentId}:${viewer.role}` : viewer.role;
}
