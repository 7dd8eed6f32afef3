import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { CloseCode, handleProtocols, makeServer } from "graphql-ws";
import { v7 } from "uuid";
import { type WebSocket, WebSocketServer } from "ws";
import { describeError } from "../logger.js";
import type { Api } from "./api.js";
import { refuseJson } from "./refuse-json.js";
import { Socket } from "./socket.js";
import type { ProtocolOptions } from "./socket-protocol.js";
import { wantsWebSocket } from "./wants-web-socket.js";

export const graphqlPath = "/graphql";
export const maxRequestBytes = 1_048_576;

/** A crashed browser is noticed within two of these. */
const pingEveryMs = 12_000;
const checkSessionsEveryMs = 60_000;
const stopWithinMs = 1_000;

export interface Sockets {
  /** How many sockets are open. */
  count(): number;
  /** Accepts no more connections and closes the open ones. */
  stop(): Promise<void>;
}

/** Serves `graphql-transport-ws` on the HTTP server's `/graphql`, and reports connections to presence. */
export function openSockets(api: Api, server: Server, options: ProtocolOptions): Sockets {
  const sockets = new Set<Socket>();
  const protocol = makeServer(options);
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: maxRequestBytes,
    handleProtocols,
  });
  let stopped: (() => void) | null = null;

  const accept = (webSocket: WebSocket, request: IncomingMessage): void => {
    const socket = new Socket(v7(), api.clientAddress(request), webSocket, api);
    sockets.add(socket);
    const closed = protocol.opened(
      {
        protocol: webSocket.protocol,
        send: (text) => socket.send(text),
        close: (code, reason) => socket.close(code ?? CloseCode.InternalServerError, reason ?? ""),
        onMessage: (listener) => {
          webSocket.on("message", (data) => {
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
    if (stopped !== null) refuse(connection, "503 Service Unavailable");
    else if (request.url?.split("?")[0] !== graphqlPath) refuse(connection, "404 Not Found");
    else {
      // ws expects the one protocol that was chosen from what the client offers.
      if (wantsWebSocket(request)) request.headers.upgrade = "websocket";
      webSockets.handleUpgrade(request, connection, head, accept);
    }
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

  return {
    count: () => sockets.size,
    stop: async () => {
      const allClosed = new Promise<void>((resolve) => {
        stopped = resolve;
      });
      clearInterval(pings);
      clearInterval(checks);
      stopListening();
      for (const socket of sockets) socket.close(1001, "Going away");
      const impatience = setTimeout(() => {
        for (const socket of sockets) socket.terminate();
      }, stopWithinMs).unref();
      if (sockets.size > 0) await allClosed;
      clearTimeout(impatience);
    },
  };
}

function refuse(connection: Duplex, status: string): void {
  connection.on("error", () => connection.destroy());
  connection.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Sessions expire, and end in other processes. Checked one after the other, to spread the load. */
async function checkSessions(api: Api, sockets: ReadonlySet<Socket>): Promise<void> {
  try {
    for (const socket of [...sockets]) await socket.check();
  } catch (error) {
    api.logger.warn("The sessions of open sockets could not be checked", { error: describeError(error) });
  }
}
