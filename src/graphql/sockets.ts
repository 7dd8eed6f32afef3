import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { getHeapStatistics } from "node:v8";
import { CloseCode, handleProtocols, makeServer } from "graphql-ws";
import { v7 } from "uuid";
import { type WebSocket, WebSocketServer } from "ws";
import { refuseJson } from "../http/refuse-json.js";
import type { Leave } from "../limits/concurrency-limit.js";
import { networkOf } from "../limits/network-of.js";
import { describeError } from "../logger.js";
import type { Api } from "./api.js";
import { ByteBudget } from "./byte-budget.js";
import { Socket } from "./socket.js";
import type { RefusedUpgrade, SocketLimits } from "./socket-limits.js";
import type { ProtocolOptions } from "./socket-protocol.js";
import { wantsWebSocket } from "./wants-web-socket.js";

export const graphqlPath = "/graphql";
/** Three times the longest operation and the longest message. Whoever sends more takes time from others before anything is checked. */
export const maxRequestBytes = 262_144;
/** Of `connection_init`, in bytes: a token and what clients send beside it. */
const maxInitBytes = 16_384;

/** More than the largest message takes in chunks of the smallest usual packets, and in frames of 1 KiB. */
const maxChunks = 4_096;
const maxFragments = 1_024;

/** A crashed browser is noticed within two of these. */
const pingEveryMs = 12_000;
const checkSessionsEveryMs = 60_000;
const stopWithinMs = 1_000;

/** How long the closing handshake may take. */
const closingMs = 2_000;

/** Without the ping's payload: nobody needs it back, and it may be large. */
const pong = '{"type":"pong"}';

export interface Sockets {
  /** How many sockets are open. */
  count(): number;
  /** Accepts no more connections and closes the open ones. */
  stop(): Promise<void>;
}

/** Serves `graphql-transport-ws` on the HTTP server's `/graphql`, and reports connections to presence. */
export function openSockets(api: Api, server: Server, options: ProtocolOptions, limits: SocketLimits): Sockets {
  const sockets = new Set<Socket>();
  const budget = new ByteBudget<Socket>(maxHeldBytes(), (socket) => {
    api.logger.warn("A socket holds too much memory and is terminated", { connectionId: socket.id });
    socket.terminate();
  });
  const protocol = makeServer(options);
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: maxRequestBytes,
    maxBufferedChunks: maxChunks,
    maxFragments,
    // Missing in the types of ws, as of 8.18.
    ...{ closeTimeout: closingMs },
    // A frame of some KB can hold a thousand times as much.
    perMessageDeflate: false,
    // One message of each socket in turn, rather than all that have arrived on one.
    allowSynchronousEvents: false,
    handleProtocols,
  });
  let stopped: (() => void) | null = null;

  const accept = (webSocket: WebSocket, request: IncomingMessage): void => {
    const socket = new Socket(v7(), api.clientAddress(request), webSocket, api, budget);
    sockets.add(socket);
    request.socket.on("data", (chunk: Buffer) => {
      socket.receivedChunk(chunk.length);
      if (!socket.isOpen) return;
      if (limits.isTooMuch(socket, chunk.length)) socket.closeAsFlooding();
      else if (socket.unfinishedBytes > maxInitBytes && !socket.isIdentified) socket.closeAsTooLarge();
    });
    const receivedControl = (payload: Buffer): void => {
      socket.receivedControl(payload.length);
      if (socket.isOpen && limits.isTooOften(socket)) socket.closeAsFlooding();
    };
    webSocket.on("ping", receivedControl);
    webSocket.on("pong", receivedControl);
    const closed = protocol.opened(
      {
        protocol: webSocket.protocol,
        send: (text) => socket.send(text),
        close: (code, reason) => socket.close(code ?? CloseCode.InternalServerError, reason ?? ""),
        onPing: () => socket.send(pong),
        onMessage: (listener) => {
          webSocket.on("message", (data: Buffer) => {
            socket.receivedMessage();
            // ws goes on reading while it closes.
            if (!socket.isOpen) return;
            if (limits.isTooOften(socket)) return socket.closeAsFlooding();
            if (data.length > maxInitBytes && !socket.isIdentified) return socket.closeAsTooLarge();
            const text = String(data);
            const refusal = refuseJson(text);
            if (refusal === null) void receive(socket, () => listener(text));
            else socket.close(CloseCode.BadRequest, refusal);
          });
        },
      },
      { socket },
    );
    // After an error (a frame that is too large, a broken connection) ws closes the socket itself.
    webSocket.on("error", (error) => api.logger.debug("A socket failed", { error: describeError(error) }));
    webSocket.once("close", (code, reason) => {
      sockets.delete(socket);
      if (socket.viewer !== null) api.presence.close(socket.id, socket.lastSeenAt);
      void closed(code, String(reason));
      if (sockets.size === 0) stopped?.();
    });
  };

  const receive = async (socket: Socket, handle: () => Promise<void>): Promise<void> => {
    try {
      await handle();
    } catch (error) {
      api.logger.error("A socket's message could not be handled", { error: describeError(error) });
      socket.close(CloseCode.InternalServerError, "Internal server error.");
    }
  };

  const upgrade = (request: IncomingMessage, connection: Duplex, head: Buffer): void => {
    const admitted = admit(request);
    if (typeof admitted !== "function") refuse(connection, admitted);
    else {
      connection.once("close", admitted);
      // ws expects the one protocol that was chosen from what the client offers.
      if (wantsWebSocket(request)) request.headers.upgrade = "websocket";
      webSockets.handleUpgrade(request, connection, head, accept);
    }
  };

  // The Origin is not looked at: a socket has no rights but those of the token in its first message, which only a page that knows it can send.
  const admit = (request: IncomingMessage): Leave | RefusedUpgrade => {
    if (stopped !== null) return { status: "503 Service Unavailable", retryAfterSeconds: null };
    if (request.url?.split("?")[0] !== graphqlPath) return { status: "404 Not Found", retryAfterSeconds: null };
    return limits.open(networkOf(api.clientAddress(request)));
  };
  server.on("upgrade", upgrade);

  const pings = setInterval(() => {
    for (const socket of sockets) socket.ping();
  }, pingEveryMs).unref();
  const checks = setInterval(() => void checkSessions(api, sockets), checkSessionsEveryMs).unref();
  const stopListening = api.events.listen("sessionsEnded", ({ sessionIds }) => {
    const ended = new Set(sessionIds);
    for (const socket of sockets) {
      if (socket.viewer !== null && ended.has(socket.viewer.sessionId))
        socket.close(CloseCode.Forbidden, "Session ended");
    }
  });

  const stopListeningToChanges = api.events.listen("sessionsChanged", ({ sessionIds }) => {
    const changed = new Set(sessionIds);
    for (const socket of sockets) {
      if (socket.viewer !== null && changed.has(socket.viewer.sessionId)) socket.markStale();
    }
  });

  const stopListeningToNetworks = api.events.listen("networksBlocked", () => {
    for (const socket of sockets) {
      if (!api.mayConnect(socket.viewer, socket.remoteAddress)) socket.close(CloseCode.Forbidden, "Network blocked");
    }
  });

  return {
    count: () => sockets.size,
    stop: async () => {
      const allClosed = new Promise<void>((resolve) => {
        stopped = resolve;
      });
      clearInterval(pings);
      clearInterval(checks);
      stopListening();
      stopListeningToChanges();
      stopListeningToNetworks();
      for (const socket of sockets) socket.close(1001, "Going away");
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.terminate();
      }, stopWithinMs).unref();
      if (sockets.size > 0) await allClosed;
      clearTimeout(timer);
    },
  };
}

function refuse(connection: Duplex, { status, retryAfterSeconds }: RefusedUpgrade): void {
  const retryAfter = retryAfterSeconds === null ? "" : `Retry-After: ${retryAfterSeconds}\r\n`;
  connection.on("error", () => connection.destroy());
  // A client that does not close its side must not keep the connection.
  connection.once("finish", () => connection.destroy());
  connection.end(`HTTP/1.1 ${status}\r\n${retryAfter}Connection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** What all sockets together may hold: frames that clients leave unread, and messages that they do not finish. */
function maxHeldBytes(): number {
  return Math.max(16 * 1_048_576, Math.floor(getHeapStatistics().heap_size_limit / 16));
}

/** Sessions expire, and end in other processes. Checked one after the other, to spread the load. */
async function checkSessions(api: Api, sockets: ReadonlySet<Socket>): Promise<void> {
  try {
    for (const socket of [...sockets]) await socket.check();
  } catch (error) {
    api.logger.warn("The sessions of open sockets could not be checked", { error: describeError(error) });
  }
}
