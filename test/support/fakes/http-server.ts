import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What to do with a request: an answer, or none: `drop` ends the connection, `hang` leaves it open. */
export type HttpAnswer =
  | {
      readonly status: number;
      readonly body?: string | Uint8Array;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | "drop"
  | "hang";

/** A server on loopback in the place of somebody else's. */
export class HttpStandIn {
  readonly #server;

  private constructor(answer: (request: HttpRequest) => HttpAnswer) {
    this.#server = createServer((incoming, response) => {
      const { method = "", url: path = "", headers } = incoming;
      buffer(incoming)
        .then((body) => this.#give(answer({ method, path, headers, body: body.toString("utf8") }), response))
        .catch((error) => response.writeHead(500).end(String(error)));
    });
  }

  static async start(answer: (request: HttpRequest) => HttpAnswer): Promise<HttpStandIn> {
    const standIn = new HttpStandIn(answer);
    standIn.#server.listen(0, "127.0.0.1");
    await once(standIn.#server, "listening");
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Nobody listens any more. May be called twice. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server.close(), "close");
    this.#server.closeAllConnections();
    await closed;
  }

  #give(answer: HttpAnswer, response: ServerResponse): void {
    if (answer === "drop") response.destroy();
    else if (answer !== "hang") response.writeHead(answer.status, answer.headers).end(answer.body);
  }
}
