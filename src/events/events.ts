import { EventEmitter } from "node:events";
import { SubscriberQueue } from "./subscriber-queue.js";

/**
 * What changed, by ids only, so that an event can be passed between processes. `conversationId` and `visitorId` decide who
 * may receive it; for the others, the type alone does.
 */
export type ChangeEvent =
  | {
      readonly type: "messageAdded";
      readonly conversationId: string;
      readonly visitorId: string;
      readonly messageId: string;
    }
  | {
      readonly type: "messageUpdated";
      readonly conversationId: string;
      readonly visitorId: string;
      readonly messageId: string;
    }
  | { readonly type: "conversationUpdated"; readonly conversationId: string; readonly visitorId: string }
  | {
      readonly type: "deliveryUpdated";
      readonly conversationId: string;
      readonly visitorId: string;
      readonly deliveryId: string;
    }
  | {
      readonly type: "typing";
      readonly conversationId: string;
      readonly visitorId: string;
      /** Null: the visitor. */
      readonly agentId: string | null;
      /** Until then they are shown as typing, unless another event comes. */
      readonly endsAt: Date;
    }
  | { readonly type: "contactFormUpdated" }
  | { readonly type: "countsUpdated" }
  | { readonly type: "agentUpdated"; readonly agentId: string }
  | { readonly type: "channelUpdated"; readonly channel: string }
  | { readonly type: "forwardingPreferenceUpdated" }
  | { readonly type: "inboundEmailUpdated"; readonly inboundEmailId: string }
  | { readonly type: "sessionsEnded"; readonly sessionIds: readonly string[] }
  /** What their owner may do has changed. */
  | { readonly type: "sessionsChanged"; readonly sessionIds: readonly string[] }
  | { readonly type: "networksBlocked" }
  | { readonly type: "sessionActive"; readonly sessionId: string }
  | { readonly type: "deliveriesQueued" }
  | { readonly type: "originalKept"; readonly channel: string };

export type ChangeType = ChangeEvent["type"];
export type ChangeOf<Type extends ChangeType> = Extract<ChangeEvent, { type: Type }>;

/** Which events a subscriber receives: those of one conversation, of one visitor, or all. */
export type Scope = { readonly conversationId: string } | { readonly visitorId: string } | "all";

/** Carries changes from the operations that commit them to subscribers, within this process. */
export class Events {
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  publish(event: ChangeEvent): void {
    this.#emitter.emit(topic(event.type, "all"), event);
    if ("conversationId" in event) {
      this.#emitter.emit(topic(event.type, { conversationId: event.conversationId }), event);
      this.#emitter.emit(topic(event.type, { visitorId: event.visitorId }), event);
    }
  }

  /** Receives events from the moment of the call; `return()` unsubscribes. All subscribers get the same event object. */
  subscribe<Type extends ChangeType>(type: Type, scope: Scope): AsyncIterableIterator<ChangeOf<Type>, undefined> {
    return new SubscriberQueue<ChangeOf<Type>>((push) => this.#attach(topic(type, scope), push));
  }

  /** Calls `listener` for every event of a type, after `publish` has returned. Returns a function that unsubscribes. */
  listen<Type extends ChangeType>(type: Type, listener: (event: ChangeOf<Type>) => void): () => void {
    return this.#attach<ChangeOf<Type>>(topic(type, "all"), (event) => queueMicrotask(() => listener(event)));
  }

  #attach<Change extends ChangeEvent>(topic: string, listener: (event: Change) => void): () => void {
    this.#emitter.on(topic, listener);
    return () => void this.#emitter.off(topic, listener);
  }
}

function topic(type: ChangeType, scope: Scope): string {
  if (scope === "all") return type;
  return "conversationId" in scope
    ? `${type}:conversation:${scope.conversationId}`
    : `${type}:visitor:${scope.visitorId}`;
}
