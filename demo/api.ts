import { type Client, createClient } from "graphql-ws";

// The shape of an answer is in the query beside its use.
// biome-ignore lint/suspicious/noExplicitAny: an answer's type is in the demo's own query
type Data = Record<string, any>;

/** Speaks to the program as a website's frontend would: over HTTP, and over a WebSocket for presence and events. */
export class Api {
  constructor(
    private readonly url: string,
    private readonly token: string | null = null,
  ) {}

  as(token: string): Api {
    return new Api(this.url, token);
  }

  async do(query: string, variables: Data = {}): Promise<Data> {
    const response = await fetch(`${this.url}/graphql`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
      },
      body: JSON.stringify({ query, variables }),
    }).catch((error: unknown) => {
      throw new Error(`Nothing answers at ${this.url}: is the program running there?`, { cause: error });
    });
    const answer = (await response.json()) as { data: Data | null; errors?: readonly { message: string }[] };
    if (answer.errors !== undefined || answer.data === null) {
      throw new Error(answer.errors?.map((error) => error.message).join("; ") ?? "The server gave no data.");
    }
    return answer.data;
  }

  /** An open page: as long as it is open, its owner is there. */
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

  /** Waits for the first event that `wanted` accepts. */
  async subscribeToChanges(query: string, wanted: (data: Data) => boolean): Promise<Data> {
    for await (const { data } of this.client.iterate<Data>({ query })) {
      if (data != null && wanted(data)) return data;
    }
    throw new Error("The connection has ended.");
  }

  async close(): Promise<void> {
    await this.client.dispose();
  }
}
