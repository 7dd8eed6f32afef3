import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute, getOperationAST } from "graphql";
import type { ChangeEvent } from "../events/events.js";
import { SlowSubscriberError } from "../events/subscriber-queue.js";
import { isGuest, type Viewer } from "../viewer.js";
import { refuseSize } from "./answer-size.js";
import type { Api } from "./api.js";
import type { FormatError } from "./format-error.js";
import { costOf } from "./query-limits.js";
import type { Socket } from "./socket.js";

/** A subscription of one socket. */
interface Subscriber {
  readonly socket: Socket;
  /** The client's id of the subscription. */
  readonly id: string;
  /** Equal for equal texts, operation names and variables. */
  readonly requestKey: string;
  /** See CheckedDocument. */
  readonly requestsAuthorOnly: boolean;
}

export interface SubscriptionArguments extends ExecutionArgs {
  readonly subscriber: Subscriber;
}

/**
 * Serves subscriptions. For each event, equal subscriptions of viewers with the same permissions are executed and
 * serialised once, however many sockets they are sent to.
 */
export class SharedResults {
  readonly #api: Api;
  readonly #format: FormatError;
  readonly #texts = new WeakMap<ChangeEvent, Map<string, Promise<string>>>();

  constructor(api: Api, format: FormatError) {
    this.#api = api;
    this.#format = format;
  }

  /** Like graphql's `subscribe`, but sends the results itself and yields none. */
  async subscribe(
    subscription: SubscriptionArguments,
  ): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    const stream = await createSourceEventStream(subscription);
    if (!(Symbol.asyncIterator in stream)) return stream;
    const events = stream[Symbol.asyncIterator]() as AsyncIterableIterator<ChangeEvent, undefined>;
    const done = { value: undefined, done: true } as const;
    let ended = false;
    const results: AsyncIterableIterator<ExecutionResult> = {
      next: async () => {
        try {
          for await (const event of events) {
            const text = await this.#resultFor(event, subscription);
            if (text !== null && !ended) subscription.subscriber.socket.send(text);
          }
        } catch (error) {
          if (!(error instanceof SlowSubscriberError)) throw error;
          subscription.subscriber.socket.closeAsTooSlow();
        }
        return done;
      },
      return: async () => {
        ended = true;
        await events.return?.();
        return done;
      },
      [Symbol.asyncIterator]() {
        return results;
      },
    };
    return results;
  }

  /** The message to send, or null when this viewer may not receive the event. */
  async #resultFor(event: ChangeEvent, subscription: SubscriptionArguments): Promise<string | null> {
    const { socket, id, requestKey, requestsAuthorOnly } = subscription.subscriber;
    await socket.checkIfStale();
    const { viewer } = socket;
    if (!socket.isOpen || !this.#api.canReceive(viewer, event)) return null;
    const results = this.#texts.get(event) ?? new Map<string, Promise<string>>();
    this.#texts.set(event, results);
    const key = `${audienceOf(viewer, requestsAuthorOnly)} ${requestKey}`;
    let text = results.get(key);
    if (text === undefined) {
      text = this.#execute(event, subscription, viewer);
      results.set(key, text);
    }
    return `{"id":${JSON.stringify(id)},"type":"next","payload":${await text}}`;
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

/** Equal for viewers who see the same in an event. All agents do, except for fields that only a message's author may see. */
function audienceOf(viewer: Viewer | null, requestsAuthorOnly: boolean): string {
  if (viewer === null) return "nobody";
  if (viewer.kind === "visitor") return `visitor:${viewer.visitorId}:${isGuest(viewer)}`;
  return requestsAuthorOnly ? `agent:${viewer.agentId}` : "staff";
}
