import WebSocket, { type ClientOptions } from "ws";

/** How a socket ended. */
export interface Ended {
  readonly code: number;
  readonly reason: string;
}

/** A message of graphql-ws. */
export interface SocketMessage {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A WebSocket that sends what no client library would. */
export class RawSocket {
  /** All messages that it has received. */
  readonly received: SocketMessage[] = [];
  readonly ended: Promise<Ended>;
  #arrived = Promise.withResolvers<void>();

  private constructor(readonly webSocket: WebSocket) {
    webSocket.on("message", (data) => {
      this.received.push(JSON.parse(String(data)));
      this.#arrived.resolve();
      this.#arrived = Promise.withResolvers();
    });
    // Followed by its close.
    webSocket.on("error", () => undefined);
    this.ended = new Promise((resolve) => {
      webSocket.once("close", (code, reason) => {
        this.#arrived.resolve();
        resolve({ code, reason: String(reason) });
      });
    });
  }

  /** Opens a socket and sends nothing. @throws an error with the HTTP status if it is refused */
  static async open(url: string, options: ClientOptions = {}): Promise<RawSocket> {
    const webSocket = new WebSocket(`${url.replace(/^http/, "ws")}/graphql`, "graphql-transport-ws", options);
    const socket = new RawSocket(webSocket);
    await new Promise<void>((opened, refused) => {
      webSocket.once("open", opened);
      webSocket.once("error", refused);
    });
    return socket;
  }

  /** Opens a socket and waits for its acknowledgement, or for its end. */
  static async connect(url: string, token: string | null, options: ClientOptions = {}): Promise<RawSocket> {
    const socket = await RawSocket.open(url, options);
    socket.send({ type: "connection_init", ...(token && { payload: { authorization: `Bearer ${token}` } }) });
    await socket.until(({ type }) => type === "connection_ack");
    return socket;
  }

  /** Goes on reading, but keeps nothing of it any more: for the many large messages of an attack. */
  discard(): void {
    this.webSocket.removeAllListeners("message");
    this.received.length = 0;
  }

  get isOpen(): boolean {
    return this.webSocket.readyState === WebSocket.OPEN;
  }

  send(message: object): void {
    this.webSocket.send(JSON.stringify(message));
  }

  subscribe(id: string, query: string, variables: object = {}): void {
    this.send({ id, type: "subscribe", payload: { query, variables } });
  }

  /** The first message that `wanted` accepts, as soon as it is there; null if the socket ends without one. */
  async until(wanted: (message: SocketMessage) => boolean): Promise<SocketMessage | null> {
    for (;;) {
      const found = this.received.find(wanted);
      if (found !== undefined) return found;
      if (this.webSocket.readyState === WebSocket.CLOSED) return null;
      await Promise.race([this.#arrived.promise, this.ended]);
    }
  }

  async close(): Promise<Ended> {
    this.webSocket.terminate();
    return this.ended;
  }
}
