import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Stands between clients and a server on loopback, to take the server away from them and give it back. */
export class TcpProxy {
  readonly #sockets = new Set<Socket>();
  readonly #server;
  #port;
  #isSilent = false;

  private constructor(target: Address, port: number) {
    this.#port = port;
    this.#server = createServer((client) => {
      const upstream = connect(target.port, target.host);
      for (const socket of [client, upstream]) {
        this.#sockets.add(socket);
        socket.on("error", () => undefined).on("close", () => this.#sockets.delete(socket));
      }
      client.on("close", () => upstream.destroy());
      upstream.on("close", () => client.destroy());
      client.pipe(upstream).pipe(client);
      if (this.#isSilent) this.pause();
    });
  }

  /** On `port`, or a free one. */
  static async start(target: Address, port = 0): Promise<TcpProxy> {
    const proxy = new TcpProxy(target, port);
    await proxy.listen();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** Whether a client is connected. */
  get busy(): boolean {
    return this.#sockets.size > 0;
  }

  /** Ends every connection: what a restart is to a client. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Passes nothing on until `resume`: a server that is busy. */
  pause(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  /** As `pause`, and also for new connections, which are accepted and hear nothing: a network that drops every packet. */
  silence(): void {
    this.#isSilent = true;
    this.pause();
  }

  resume(): void {
    this.#isSilent = false;
    for (const socket of this.#sockets) socket.resume();
  }

  /** Refuses connections until `listen`. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.dropConnections();
    await once(this.#server, "close");
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }
}
