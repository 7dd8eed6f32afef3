import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute } from "graphql";
import type { ChangeEvent } from "../events/events.js";
import { SlowSubscriberError } from "../events/subscriber-queue.js";
import { isGuest, type Viewer } from "../viewer.js";
import type { Api } from "./api.js";
import type { FormatError } from "./format-error.js";
import type { Socket } from "./socket.js";

/** A subscription as one socket asked for it. */
interface Subscriber {
  readonly socket: Socket;
  /** The client's id of the subscription. */
  readonly id: string;
  /** Equal for equal texts, operation names and variables. */
  readonly question: string;
  /** See CheckedDocument. */
  readonly asksAuthorOnly: boolean;
}

export interface SubscriptionArguments extends ExecutionArgs {
  readonly subscriber: Subscriber;
}

/**
 * Serves subscriptions. An event is executed once for all who asked the same and may see the same, and serialised once:
 * with a thousand widgets or agents open, the rest is sending bytes.
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

  /** The message to send, or null when this viewer may not hear of the event. */
  async #resultFor(event: ChangeEvent, subscription: SubscriptionArguments): Promise<string | null> {
    const { socket, id, question, asksAuthorOnly } = subscription.subscriber;
    await socket.checkNowAndThen();
    const { viewer } = socket;
    if (!socket.isOpen || !this.#api.canReceive(viewer, event)) return null;
    const results = this.#texts.get(event) ?? new Map<string, Promise<string>>();
    this.#texts.set(event, results);
    const key = `${audienceOf(viewer, asksAuthorOnly)} ${question}`;
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
    return JSON.stringify({ data, ...(errors && { errors: errors.map(this.#format) }) });
  }
}

/** Viewers who see the same in an event. Agents do, but for what is shown to a message's author alone. */
function audienceOf(viewer: Viewer | null, asksAuthorOnly: boolean): string {
  if (viewer === null) return "nobody";
  if (viewer.kind === "visitor") return `visitor:${viewer.visitorId}:${isGuest(viewer)}`;
  return asksAuthorOnly ? `agent:${viewer.agentId}` : "staff";
}
