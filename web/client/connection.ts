import { type Client, createClient } from "graphql-ws/client";
import { backoff } from "./backoff.js";
import type { Operation } from "./operations.js";
import { ChatError } from "./request.js";

/** A subscription, and what becomes of its events. */
export interface Subscribing {
  readonly text: string;
  readonly receive: (data: never) => void;
}

export function subscribing<Data, Variables>(
  { text }: Operation<Data, Variables>,
  receive: (data: Data) => void,
): Subscribing {
  return { text, receive: receive as (data: never) => void };
}

export interface ConnectionParts {
  readonly url: string;
  readonly webSocket: unknown;
  /** The token to connect with; it may begin a session. Rejects when the server cannot be reached. */
  readonly token: () => Promise<string>;
  readonly subscriptions: readonly Subscribing[];
  /** It is connected and has subscribed. What happened until now has to be read. */
  readonly connected: () => void;
  /** It is not connected any more, or could not connect. `isLost`: for the first time since it was connected. */
  readonly disconnected: (isLost: boolean) => void;
  /** The token is not valid any more. */
  readonly sessionEnded: () => void;
}

const closeCodes = { normal: 1000, forbidden: 4403, viewerChanged: 4205 };
/** The server pings too, but only the server notices when its pings are lost. */
const pingEveryMs = 15_000;
const pongWithinMs = 5_000;
const readWithinMs = 20_000;

/**
 * Keeps a WebSocket connected for as long as it is not closed, however often it is cut. The client of graphql-ws could do so
 * itself, but gives up on some close codes, and does not say when the events of a new connection begin.
 */
export class Connection {
  readonly #parts: ConnectionParts;
  #client: Client | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #failures = 0;
  #isConnected = false;
  #isConnecting = false;
  #isClosed = true;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Connects at once, without waiting for the next attempt: the device is online or awake again. */
  open(): void {
    this.#isClosed = false;
    if (this.#client !== null || this.#isConnecting) return;
    this.#clearTimer();
    void this.#connect();
  }

  /**
   * Executes a query on the connection, after what was subscribed on it: an event is either received or part of the result.
   * Rejects when the connection ends first.
   */
  read<Data, Variables>({ text }: Operation<Data, Variables>, variables: Variables): Promise<Data> {
    return new Promise((resolve, reject) => {
      const fail = (message = "The connection has ended.") => reject(new ChatError("UNREACHABLE", message));
      if (this.#client === null) return fail();
      const timer = setTimeout(() => {
        fail("No answer came.");
        end();
      }, readWithinMs);
      const end = this.#client.subscribe<Data>(
        { query: text, variables: variables as Record<string, unknown> },
        {
          next: ({ data, errors }) => (errors || data == null ? fail(errors?.[0]?.message) : resolve(data)),
          error: () => {
            clearTimeout(timer);
            fail();
          },
          complete: () => {
            clearTimeout(timer);
            fail();
          },
        },
      );
    });
  }

  /** All that was missed is read: the next cut is the first one again. */
  succeeded(): void {
    this.#failures = 0;
  }

  /** Ends the connection, for the next attempt to begin after a while. */
  reconnect(): void {
    if (this.#isConnected) this.#client?.terminate();
  }

  close(): void {
    this.#isClosed = true;
    this.#clearTimer();
    this.#end(this.#client);
  }

  /** Connects anew, with the token of now. */
  reopen(): void {
    this.close();
    this.#failures = 0;
    this.open();
  }

  async #connect(): Promise<void> {
    this.#isConnecting = true;
    const token = await this.#parts.token().catch(() => null);
    this.#isConnecting = false;
    if (this.#isClosed) return;
    if (token === null) this.#retry(backoff(this.#failures), false);
    else this.#client = this.#createClient(token);
  }

  #createClient(token: string): Client {
    const { url, webSocket, subscriptions } = this.#parts;
    let pong: ReturnType<typeof setTimeout> | undefined;
    const client = createClient({
      url,
      ...(webSocket !== undefined && { webSocketImpl: webSocket }),
      connectionParams: { authorization: `Bearer ${token}` },
      lazy: false,
      retryAttempts: 0,
      keepAlive: pingEveryMs,
      onNonLazyError: () => {},
      on: {
        connected: () => {
          if (this.#client !== client) return;
          for (const { text, receive } of subscriptions) {
            client.subscribe(
              { query: text },
              {
                // An event whose rows could not be read is missing: it has to be read like all that came while there was no connection.
                next: ({ data, errors }) => (errors || data == null ? client.terminate() : receive(data as never)),
                // The end of the connection is reported by `closed`; a subscription that is refused must not be missing silently.
                error: () => client.terminate(),
                complete: () => {},
              },
            );
          }
          this.#isConnected = true;
          this.#parts.connected();
        },
        ping: (isReceived) => {
          if (!isReceived) pong = setTimeout(() => client.terminate(), pongWithinMs);
        },
        pong: (isReceived) => {
          if (isReceived) clearTimeout(pong);
        },
        closed: (event) => {
          clearTimeout(pong);
          this.#closed(client, (event as { code?: number }).code ?? 0);
        },
        error: () => {},
      },
    });
    return client;
  }

  #closed(client: Client, code: number): void {
    if (this.#client !== client) return;
    const wasConnected = this.#isConnected;
    this.#end(client);
    if (code === closeCodes.forbidden) this.#parts.sessionEnded();
    const isExpected = code === closeCodes.forbidden || code === closeCodes.viewerChanged;
    this.#retry(wasConnected && isExpected ? 0 : backoff(this.#failures), wasConnected);
  }

  #retry(waitMs: number, wasConnected: boolean): void {
    this.#failures += 1;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#connect();
    }, waitMs);
    this.#parts.disconnected(wasConnected);
  }

  #end(client: Client | null): void {
    this.#client = null;
    this.#isConnected = false;
    // It rejects if the connection fails before it is there to be closed.
    client?.dispose()?.catch(() => {});
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
