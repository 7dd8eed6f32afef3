import { type Client, createClient } from "graphql-ws";
import WebSocket from "ws";

export interface GraphqlError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: {
    readonly code: string;
    readonly field?: string;
    readonly reason?: string;
    readonly [key: string]: unknown;
  };
}

// The shape of an answer is the query's: tests read what they asked for.
// biome-ignore lint/suspicious/noExplicitAny: an answer's type is in the test's own query
export type Data = Record<string, any>;

export interface Answer {
  readonly data: Data | null;
  readonly errors?: readonly GraphqlError[];
}

/** Speaks to a running program as a frontend does: HTTP for queries and mutations, a WebSocket for subscriptions. */
export class GraphqlClient {
  constructor(
    readonly url: string,
    readonly token: string | null = null,
    /** Of every request, as a proxy sets them. */
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  as(token: string | null): GraphqlClient {
    return new GraphqlClient(this.url, token, this.headers);
  }

  /** The same through a proxy, for a client with this address. */
  from(address: string): GraphqlClient {
    return new GraphqlClient(this.url, this.token, { ...this.headers, "x-forwarded-for": address });
  }

  /** The whole answer, errors included. */
  async ask(query: string, variables: Data = {}): Promise<Answer> {
    const response = await fetch(`${this.url}/graphql`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...this.headers,
        ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
      },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  }

  /** The data of an operation that must succeed. */
  async do(query: string, variables: Data = {}): Promise<Data> {
    const answer = await this.ask(query, variables);
    if (answer.errors !== undefined || answer.data === null) {
      throw new Error(`Unexpected errors: ${JSON.stringify(answer.errors)}`);
    }
    return answer.data;
  }

  /** The error of an operation that must fail with exactly one. */
  async fail(query: string, variables: Data = {}): Promise<GraphqlError> {
    const answer = await this.ask(query, variables);
    const [error] = answer.errors ?? [];
    if (error === undefined) throw new Error(`An error was expected, not ${JSON.stringify(answer.data)}`);
    return error;
  }

  /** An agent's client. */
  async signIn(email: string, password: string): Promise<GraphqlClient> {
    const { signIn } = await this.do("mutation ($input: SignInInput!) { signIn(input: $input) { token } }", {
      input: { email, password },
    });
    return this.as(signIn.token);
  }

  /** A visitor's client. */
  async startSession(input: Data = {}): Promise<GraphqlClient> {
    const { startSession } = await this.do(
      "mutation ($input: StartSessionInput!) { startSession(input: $input) { token } }",
      { input },
    );
    return this.as(startSession.token);
  }

  /** Opens a connection that stays until it is closed: presence. Resolves once the server has acknowledged it. */
  async connect(): Promise<Connection> {
    const connection = new Connection(this.url, this.token, this.headers);
    await connection.acknowledged();
    return connection;
  }
}

/** A graphql-ws connection with the subscriptions on it. */
export class Connection {
  readonly #client: Client;
  readonly #acknowledged: Promise<void>;
  readonly #closed: Promise<{ code: number; reason: string }>;

  constructor(url: string, token: string | null, headers: Readonly<Record<string, string>> = {}) {
    const acknowledged = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<{ code: number; reason: string }>();
    acknowledged.promise.catch(() => undefined);
    this.#acknowledged = acknowledged.promise;
    this.#closed = closed.promise;
    this.#client = createClient({
      url: `${url.replace(/^http/, "ws")}/graphql`,
      webSocketImpl: class extends WebSocket {
        constructor(address: string, protocols: string | string[]) {
          super(address, protocols, { headers });
        }
      },
      lazy: false,
      retryAttempts: 0,
      ...(token === null ? {} : { connectionParams: { authorization: `Bearer ${token}` } }),
      onNonLazyError: () => undefined,
      on: {
        connected: () => acknowledged.resolve(),
        closed: (event) => {
          const { code, reason } = event as { code: number; reason: string };
          acknowledged.reject(new Error(`The server closed the connection: ${code} ${reason}`));
          closed.resolve({ code, reason });
        },
      },
    });
  }

  acknowledged(): Promise<void> {
    return this.#acknowledged;
  }

  /** How the connection ended, once it has. */
  closed(): Promise<{ code: number; reason: string }> {
    return this.#closed;
  }

  /** Subscribes; `next()` of what is returned waits for an event. */
  subscribe(query: string, variables: Data = {}): Subscription {
    return new Subscription(this.#client.iterate({ query, variables }) as AsyncIterableIterator<Answer>);
  }

  /** Ends the connection as a closing page does. */
  async close(): Promise<void> {
    await this.#client.dispose();
    await this.#closed;
  }

  /** Ends it as a crashed browser does: no goodbye. */
  terminate(): void {
    this.#client.terminate();
  }
}

export class Subscription {
  constructor(private readonly events: AsyncIterableIterator<Answer>) {}

  /** The next event's answer; fails after some seconds without one. */
  async next(): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("No event came within 5 seconds")), 5_000);
    });
    try {
      const { value, done } = await Promise.race([this.events.next(), late]);
      if (done === true) throw new Error("The subscription has ended");
      return value as Answer;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The next event that `wanted` accepts. */
  async until(wanted: (data: Data) => boolean): Promise<Data> {
    for (;;) {
      const { data } = await this.next();
      if (data !== null && wanted(data)) return data;
    }
  }

  async end(): Promise<void> {
    await this.events.return?.();
  }
}
