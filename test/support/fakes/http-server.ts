import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface HttpRequest {
  readonly method: string;
  /** With the query, as it came. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What to do with a request: an answer, or none: `drop` ends the connection, `hang` leaves it open until `release`. */
export type HttpAnswer =
  | {
      readonly status: number;
      readonly body?: string | Uint8Array;
      readonly headers?: Readonly<Record<string, string>>;
      /** Called once it has been given. */
      readonly afterwards?: () => unknown;
    }
  | "drop"
  | "hang";

/** A server on loopback in the place of somebody else's. */
export class FakeHttpServer {
  readonly #server;
  #hanging: ServerResponse[] = [];
  #port = 0;

  private constructor(answer: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>) {
    this.#server = createServer((incoming, response) => {
      const { method = "", url: path = "", headers } = incoming;
      buffer(incoming)
        .then(async (body) =>
          this.#give(await answer({ method, path, headers, body: body.toString("utf8") }), response),
        )
        // A fault of the fake's own must be seen.
        .catch((error) => response.headersSent || response.writeHead(599).end(String(error)));
    });
  }

  /** `port` 0: a free one. */
  static async start(
    answer: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>,
    port = 0,
  ): Promise<FakeHttpServer> {
    const server = new FakeHttpServer(answer);
    server.#port = port;
    await server.listen();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Again after `stop`, on the port that it had. */
  async listen(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Ends the connections that hang. */
  release(): void {
    for (const response of this.#hanging.splice(0)) response.destroy();
  }

  /** Nobody listens any more. May be called twice. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#hanging = [];
    const closed = once(this.#server.close(), "close");
    this.#server.closeAllConnections();
    await closed;
  }

  #give(answer: HttpAnswer, response: ServerResponse): void {
    if (answer === "drop") response.destroy();
    else if (answer === "hang") this.#hanging.push(response);
    else {
      response.writeHead(answer.status, answer.headers).end(answer.body);
      answer.afterwards?.();
    }
  }
}
