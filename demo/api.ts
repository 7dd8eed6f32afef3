import { type Client, createClient } from "graphql-ws";

// The shape of a result is visible in the query where it is used.
// biome-ignore lint/suspicious/noExplicitAny: a result's type is in the demo's own query
type Data = Record<string, any>;

/** A GraphQL client like a website's frontend: over HTTP, and over a WebSocket for presence and events. */
export class Api {
  constructor(
    private readonly url: string,
    private readonly token: string | null = null,
  ) {}

  withToken(token: string): Api {
    return new Api(this.url, token);
  }

  async request(query: string, variables: Data = {}): Promise<Data> {
    const response = await fetch(`${this.url}/graphql`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
      },
      body: JSON.stringify({ query, variables }),
    }).catch((error: unknown) => {
      throw new Error(`${this.url} cannot be reached: is Afterchat running there?`, { cause: error });
    });
    const { data, errors } = (await response.json()) as { data: Data | null; errors?: readonly { message: string }[] };
    if (errors !== undefined || data === null) {
      throw new Error(errors?.map((error) => error.message).join("; ") ?? "The server returned no data.");
    }
    return data;
  }

  /** Opens a page. Its owner is present while it is open. */
  connect(): Promise<Page> {
    return new Promise((resolve, reject) => {
      const client = createClient({
        url: `${this.url.replace(/^http/, "ws")}/graphql`,
        lazy: false,
        retryAttempts: 0,
        connectionParams: this.token === null ? {} : { authorization: `Bearer ${this.token}` },
        onNonLazyError: reject,
        on: { connected: () => resolve(new Page(client)) },
      });
    });
  }
}

export class Page {
  constructor(private readonly client: Client) {}

  /** Subscribes, and resolves with the first event that matches. */
  async waitForEvent(query: string, matches: (data: Data) => boolean): Promise<Data> {
    for await (const { data } of this.client.iterate<Data>({ query })) {
      if (data != null && matches(data)) return data;
    }
    throw new Error("The connection was closed.");
  }

  async close(): Promise<void> {
    await this.client.dispose();
  }
}
