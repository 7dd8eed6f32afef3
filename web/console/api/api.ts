import { type ReadonlySignal, signal } from "@preact/signals";
import {
  type AnyVariables,
  Client,
  type CombinedError,
  type ExecutionResult,
  fetchExchange,
  mapExchange,
  type OperationResult,
  subscriptionExchange,
  type TypedDocumentNode,
} from "@urql/core";
import { Connection } from "../../client/connection.js";
import { ChatError } from "../../client/request.js";
import { type Actor, createCache } from "./cache.js";
import * as operations from "./operations.js";
import type { ServerClock } from "./server-clock.js";

/** What the server tells by itself. */
const subscriptions = {
  conversationUpdated: operations.conversationUpdated,
  messageAdded: operations.messageAdded,
  messageUpdated: operations.messageUpdated,
  typing: operations.typing,
  deliveryUpdated: operations.deliveryUpdated,
  countsUpdated: operations.countsUpdated,
  agentUpdated: operations.agentUpdated,
  channelUpdated: operations.channelUpdated,
  forwardingPreferenceUpdated: operations.forwardingPreferenceUpdated,
  inboundEmailUpdated: operations.inboundEmailUpdated,
} as const;

/** Agents may not subscribe to them. */
const adminsOnly: ReadonlySet<string> = new Set<EventName>(["inboundEmailUpdated"]);

type DataOf<Document> = Document extends TypedDocumentNode<infer Data, never> ? Data : never;
export type Events = {
  readonly [Name in keyof typeof subscriptions]: DataOf<(typeof subscriptions)[Name]>[Name &
    keyof DataOf<(typeof subscriptions)[Name]>];
};
type EventName = keyof Events;

export interface ApiParts {
  readonly token: string;
  readonly clock: ServerClock;
  readonly actor: () => Actor | null;
  /** The token is not valid any more. */
  readonly sessionEnded: () => void;
}

/** An answer that has not come by then is not expected any more. */
const timeoutMs = 20_000;

/** The GraphQL API, as an agent: queries and mutations by HTTP, and one socket for all that happens. */
export class Api {
  readonly client: Client;
  readonly #parts: ApiParts;
  #connection: Connection | null = null;
  /** What receives the events of each subscription, by its text. */
  readonly #sinks = new Map<string, (result: ExecutionResult) => void>();
  readonly #listeners = new Map<EventName | "connected", Set<(event: never) => void>>();
  readonly #isConnected = signal(false);
  readonly #lostAt = signal<number | null>(null);
  /** Whether what happens is heard. */
  readonly isConnected: ReadonlySignal<boolean> = this.#isConnected;
  /** Since when it is not, in milliseconds of the server's time; null while it is, and before the first time. */
  readonly lostAt: ReadonlySignal<number | null> = this.#lostAt;

  constructor(parts: ApiParts) {
    this.#parts = parts;
    const { token, clock } = parts;
    this.client = new Client({
      url: "/graphql",
      preferGetMethod: false,
      fetchOptions: () => ({ headers: { authorization: `Bearer ${token}` } }),
      fetch: (input, init) => {
        const timeout = AbortSignal.timeout(timeoutMs);
        const signal = AbortSignal.any([timeout, ...(init?.signal ? [init.signal] : [])]);
        return fetch(input, { ...init, signal });
      },
      exchanges: [
        createCache(parts.actor, () => new Date(clock.read())),
        mapExchange({
          onResult: ({ data, error }) => {
            observeTimes(data, clock);
            if (error !== undefined && toProblem(error).code === "UNAUTHENTICATED") parts.sessionEnded();
          },
        }),
        fetchExchange,
        subscriptionExchange({
          // Called at once; it is subscribed to a moment later.
          forwardSubscription: ({ query = "" }) => {
            this.#sinks.set(query, () => {});
            return {
              subscribe: (sink) => {
                this.#sinks.set(query, (result) => sink.next(result));
                return { unsubscribe: () => this.#sinks.delete(query) };
              },
            };
          },
        }),
      ],
    });
  }

  get token(): string {
    return this.#parts.token;
  }

  /** Begins to hear what happens. `isAdmin`: also what only admins may hear. */
  open({ isAdmin }: { readonly isAdmin: boolean }): void {
    for (const name of Object.keys(subscriptions) as EventName[])
      if (isAdmin || !adminsOnly.has(name)) this.#hear(name);
    const { token, clock, sessionEnded } = this.#parts;
    const connection = new Connection({
      url: socketUrl(),
      webSocket: undefined,
      token: () => Promise.resolve(token),
      subscriptions: [...this.#sinks.keys()].map((text) => ({
        text,
        receive: (data: never) => this.#sinks.get(text)?.({ data }),
      })),
      connected: () => {
        this.#isConnected.value = true;
        this.#lostAt.value = null;
        connection.succeeded();
        this.#emit("connected", undefined as never);
      },
      disconnected: (isLost) => {
        this.#isConnected.value = false;
        if (isLost) this.#lostAt.value = clock.read();
      },
      sessionEnded,
    });
    this.#connection = connection;
    connection.open();
  }

  /** Reads again on a new connection: something may have been missed. */
  reconnect(): void {
    this.#connection?.reconnect();
    this.#connection?.open();
  }

  close(): void {
    this.#connection?.close();
  }

  /** Calls back for each event of a kind, or each time the socket was connected anew and what was missed is to be read. */
  on<Name extends EventName>(name: Name, listener: (event: Events[Name]) => void): () => void;
  on(name: "connected", listener: () => void): () => void;
  on(name: EventName | "connected", listener: (event: never) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Asks the server, whatever the cache holds. @throws {ChatError} */
  async read<Data, Variables extends AnyVariables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    const result = await this.client.query(document, variables, { requestPolicy: "network-only" }).toPromise();
    return this.#dataOf(result);
  }

  /** @throws {ChatError} */
  async change<Data, Variables extends AnyVariables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    const result = await this.client.mutation(document, variables).toPromise();
    return this.#dataOf(result);
  }

  #dataOf<Data>({ data, error }: OperationResult<Data>): Data {
    if (error === undefined && data != null) return data;
    throw toProblem(error);
  }

  #hear<Name extends EventName>(name: Name): void {
    const document = subscriptions[name] as unknown as TypedDocumentNode<
      Record<string, Events[Name]>,
      Record<string, never>
    >;
    this.client.subscription(document, {}).subscribe(({ data }) => {
      if (data?.[name] !== undefined) this.#emit(name, data[name] as never);
    });
  }

  #emit(name: EventName | "connected", event: never): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(event);
  }
}

/** What went wrong, with the server's code; UNREACHABLE if no answer came. */
export function toProblem(error: CombinedError | undefined): ChatError {
  const [first] = error?.graphQLErrors ?? [];
  if (first === undefined) return new ChatError("UNREACHABLE", error?.message ?? "No answer came.");
  const { code = "BAD_REQUEST", ...details } = first.extensions ?? {};
  return new ChatError(String(code), first.message, details);
}

/** Every `asOf` in an answer says the server's time. */
function observeTimes(data: unknown, clock: ServerClock): void {
  if (typeof data !== "object" || data === null) return;
  for (const [name, value] of Object.entries(data)) {
    if (name === "asOf" && typeof value === "string") clock.observe(value);
    else observeTimes(value, clock);
  }
}

function socketUrl(): string {
  const url = new URL("/graphql", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
}
