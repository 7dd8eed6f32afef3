import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { networkOf } from "../limits/network-of.js";

export interface ConnectionLimits {
  /** For one network. */
  readonly ofNetwork: number;
  /** For all together. */
  readonly all: number;
}

/** How many requests of each connection are in progress; the connections that were idle for longest come first. */
type Connections = Map<Socket, number>;

/**
 * Bounds the connections that are not WebSockets. When a network has too many, its longest idle one is closed, and without an idle
 * one the new connection gets 429. When there are too many altogether, that is done to the network that has the most.
 * @param isProxy whether the address belongs to a proxy, which speaks for many networks
 */
export function limitConnections(
  server: Server,
  limits: ConnectionLimits,
  isProxy: (address: string) => boolean,
): void {
  const networks = new Map<string, Connections>();
  const joined = new WeakMap<Socket, { readonly own: Connections; readonly leave: () => void }>();
  let count = 0;

  /** Closes the one of these that was idle for longest, else the newest: the one that has just come, if it is among them. */
  const giveUpOne = (connections: Connections, newest: Socket): void => {
    const others = [...connections].filter(([socket]) => socket !== newest);
    const idle = others.find(([, busy]) => busy === 0)?.[0];
    const socket = idle ?? (connections.has(newest) ? newest : others.at(-1)?.[0]) ?? newest;
    joined.get(socket)?.leave();
    if (socket === newest) refuse(socket);
    else socket.destroy();
  };

  server.on("connection", (socket: Socket) => {
    const address = socket.remoteAddress ?? "";
    const network = networkOf(address);
    const own = networks.get(network) ?? new Map<Socket, number>();
    networks.set(network, own);
    own.set(socket, 0);
    count += 1;
    const leave = () => {
      if (!own.delete(socket)) return;
      count -= 1;
      if (own.size === 0 && networks.get(network) === own) networks.delete(network);
    };
    socket.once("close", leave);
    joined.set(socket, { own, leave });
    if (own.size > limits.ofNetwork && !isProxy(address)) giveUpOne(own, socket);
    else if (count > limits.all) giveUpOne(largest(networks), socket);
  });

  server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    const own = joined.get(socket)?.own;
    const busy = own?.get(socket);
    if (own === undefined || busy === undefined) return;
    own.set(socket, busy + 1);
    response.once("close", () => {
      const left = (own.get(socket) ?? 0) - 1;
      // Moves it behind the others.
      if (own.delete(socket)) own.set(socket, Math.max(0, left));
    });
  });

  // Sockets are limited by themselves.
  server.on("upgrade", ({ socket }: IncomingMessage) => joined.get(socket)?.leave());
}

function largest(networks: ReadonlyMap<string, Connections>): Connections {
  let found: Connections = new Map();
  for (const connections of networks.values()) if (connections.size > found.size) found = connections;
  return found;
}

const message = "Too many connections of your network at the same time: close some, or try again later.";
const body = JSON.stringify({ statusCode: 429, error: "Too Many Requests", message });
const response = [
  "HTTP/1.1 429 Too Many Requests",
  "Content-Type: application/json",
  `Content-Length: ${body.length}`,
  "Retry-After: 10",
  "Connection: close",
  "",
  body,
].join("\r\n");

function refuse(socket: Socket): void {
  socket.end(response, () => socket.destroy());
}
