import { once } from "node:events";
import { request as httpRequest, type OutgoingHttpHeaders } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";

/** A client that writes whatever a test wants, from an address of its own: 127.0.0.2, 127.0.0.3, … are others to a server here. */
export class RawPeer {
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  #received = "";

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => undefined).on("data", (chunk: Buffer) => (this.#received += chunk.toString("latin1")));
    this.#closed = new Promise((resolve) => socket.once("close", () => resolve()));
  }

  static async connect(port: number, from: string): Promise<RawPeer> {
    const socket = connect({ port, host: "127.0.0.1", localAddress: from });
    const peer = new RawPeer(socket);
    await peer.#next("connect");
    return peer;
  }

  /** What the server has written so far. */
  get received(): string {
    return this.#received;
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && !this.#socket.readableEnded;
  }

  /** Resolves when the server takes more, or has closed the connection. */
  async write(bytes: string | Buffer): Promise<void> {
    if (this.#socket.writable && !this.#socket.write(bytes)) await this.#next("drain");
  }

  /** Writes these bytes whenever the server writes those. */
  answer(expected: string, bytes: Buffer): void {
    this.#socket.on("data", (chunk: Buffer) => {
      if (chunk.includes(expected, 0, "latin1") && this.#socket.writable) this.#socket.write(bytes);
    });
  }

  /** Resolves when the server has written this, or closed the connection. */
  async until(expected: string): Promise<void> {
    while (this.isOpen && !this.#received.includes(expected)) {
      await this.#next("data", "end");
    }
  }

  /** Writes one byte at a time until the server closes the connection: how long that took, in milliseconds. */
  async trickle(everyMs: number, byte = "x"): Promise<number> {
    const beganAt = performance.now();
    const timer = setInterval(() => this.#socket.writable && this.#socket.write(byte), everyMs);
    await this.#next("end");
    clearInterval(timer);
    this.#socket.destroy();
    return performance.now() - beganAt;
  }

  async close(): Promise<void> {
    this.#socket.destroy();
    await this.#closed;
  }

  /** Resolves at one of these events, or when the connection is closed. */
  async #next(...events: readonly string[]): Promise<void> {
    const happened = Promise.withResolvers<void>();
    for (const event of events) this.#socket.once(event, happened.resolve);
    await Promise.race([happened.promise, this.#closed]);
    for (const event of events) this.#socket.off(event, happened.resolve);
  }
}

/** Posts from an address of its own; the status and the text of the answer. */
export async function postFrom(
  from: string,
  url: string,
  headers: OutgoingHttpHeaders,
  body: string | Buffer,
): Promise<{ readonly status: number; readonly text: string }> {
  const request = httpRequest(url, { method: "POST", localAddress: from, agent: false, headers });
  request.end(body);
  const [response] = await once(request, "response");
  return { status: response.statusCode, text: await text(response) };
}
