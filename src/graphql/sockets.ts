import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { GraphQLError, type GraphQLSchema } from "graphql";
import {
  CloseCode,
  type Context,
  handleProtocols,
  makeServer,
  type ServerOptions,
  type SubscribePayload,
} from "graphql-ws";
import { v7 } from "uuid";
import { type WebSocket, WebSocketServer } from "ws";
import { UserError, unauthenticated } from "../errors.js";
import { describeError } from "../logger.js";
import type { Services } from "../services.js";
import { createContext, readBearerToken, resolveToken } from "./context.js";
import { Documents } from "./documents.js";
import type { FormatError } from "./format-error.js";
import { SharedResults, type SubscriptionArguments } from "./shared-results.js";
import { Socket } from "./socket.js";

export const graphqlPath = "/graphql";
export const largestRequestBytes = 1_048_576;

const initWaitMs = 10_000;
/** A browser that crashed is noticed within two of these. */
const pingEveryMs = 12_000;
const checkSessionsEveryMs = 60_000;
/** Far more than any client opens on one connection. */
const mostOperations = 100;
const stopWithinMs = 1_000;

interface Extra {
  readonly socket: Socket;
}
type ConnectionParams = Record<string, unknown> | undefined;
type SocketContext = Context<ConnectionParams, Extra>;
type ProtocolOptions = ServerOptions<ConnectionParams, Extra>;

export interface Sockets {
  /** How many sockets are open. */
  count(): number;
  /** Takes no more connections and ends those that are open. */
  stop(): Promise<void>;
}

/** Serves `graphql-transport-ws` on the HTTP server's `/graphql`, and tells presence who is connected. */
export function openSockets(services: Services, schema: GraphQLSchema, server: Server, format: FormatError): Sockets {
  const sockets = new Set<Socket>();
  const protocol = makeServer(protocolOptions(services, schema, format));
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: largestRequestBytes,
    handleProtocols,
  });
  let stopped: (() => void) | null = null;

  const accept = (webSocket: WebSocket, request: IncomingMessage): void => {
    const socket = new Socket(v7(), request.socket.remoteAddress ?? "", webSocket, services);
    sockets.add(socket);
    const closed = protocol.opened(
      {
        protocol: webSocket.protocol,
        send: (text) => socket.send(text),
        close: (code, reason) => socket.close(code ?? CloseCode.InternalServerError, reason ?? ""),
        onMessage: (listener) => {
          webSocket.on("message", (data) => void receive(socket, () => listener(String(data))));
        },
      },
      { socket },
    );
    // What ws reports here (a frame too large, a broken connection) it follows by closing the socket itself.
    webSocket.on("error", (error) => services.logger.debug("A socket failed", { error: describeError(error) }));
    webSocket.once("close", (code, reason) => {
      sockets.delete(socket);
      if (socket.viewer !== null) services.presence.close(socket.id);
      void closed(code, String(reason));
      if (sockets.size === 0) stopped?.();
    });
  };

  const receive = async (socket: Socket, handle: () => Promise<void>): Promise<void> => {
    try {
      await handle();
    } catch (error) {
      services.logger.error("A socket's message could not be handled", { error: describeError(error) });
      socket.close(CloseCode.InternalServerError, "Something went wrong on our side.");
    }
  };

  const upgrade = (request: IncomingMessage, connection: Duplex, head: Buffer): void => {
    if (stopped !== null) refuse(connection, "503 Service Unavailable");
    else if (request.url?.split("?")[0] !== graphqlPath) refuse(connection, "404 Not Found");
    else webSockets.handleUpgrade(request, connection, head, accept);
  };
  server.on("upgrade", upgrade);

  const pings = setInterval(() => {
    for (const socket of sockets) socket.ping();
  }, pingEveryMs).unref();
  const checks = setInterval(() => void checkSessions(services, sockets), checkSessionsEveryMs).unref();
  const stopListening = services.events.listen("sessionsEnded", ({ sessionIds }) => {
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

/** Sessions expire, and end in other processes: one after the other, so that it never presses. */
async function checkSessions(services: Services, sockets: ReadonlySet<Socket>): Promise<void> {
  try {
    for (const socket of [...sockets]) await socket.check();
  } catch (error) {
    services.logger.warn("The sessions of open sockets could not be checked", { error: describeError(error) });
  }
}

function protocolOptions(services: Services, schema: GraphQLSchema, format: FormatError): ProtocolOptions {
  const documents = new Documents(schema);
  const shared = new SharedResults(services, format);
  return {
    connectionInitWaitTimeout: initWaitMs,
    onConnect: (context) => identify(services, context),
    onSubscribe: (context, id, payload) => prepare({ services, schema, documents }, context, id, payload),
    subscribe: (args) => shared.subscribe(args as SubscriptionArguments),
    onNext: (_context, _id, _payload, _args, { data, errors }) => ({
      data: data ?? null,
      ...(errors && { errors: errors.map(format) }),
    }),
    onError: (_context, _id, _payload, errors) => errors.map(format),
  };
}

/** False closes the socket with 4403. */
async function identify(services: Services, { connectionParams, extra: { socket } }: SocketContext): Promise<boolean> {
  try {
    const token = readBearerToken(connectionParams?.authorization);
    const viewer = await resolveToken(services, token);
    if (!socket.isOpen) return false;
    socket.belongTo(viewer, token);
    if (viewer !== null) services.presence.open(socket.id, viewer);
    return true;
  } catch (error) {
    if (error instanceof GraphQLError) return false;
    throw error;
  }
}

interface Api {
  readonly services: Services;
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
}

async function prepare(
  { services, schema, documents }: Api,
  { extra: { socket }, subscriptions }: SocketContext,
  id: string,
  payload: SubscribePayload,
): Promise<SubscriptionArguments | readonly GraphQLError[]> {
  if (Object.keys(subscriptions).length > mostOperations) {
    return [new UserError("CONFLICT", `One connection carries at most ${mostOperations} operations at a time.`)];
  }
  await socket.check();
  if (!socket.isOpen) return [unauthenticated("This session has ended.")];
  const checked = documents.check(payload.query);
  if (!("document" in checked)) return checked;
  const variableValues = payload.variables ?? {};
  const operationName = payload.operationName ?? null;
  return {
    schema,
    document: checked.document,
    operationName,
    variableValues,
    contextValue: createContext(services, socket.viewer, socket.remoteAddress),
    subscriber: {
      socket,
      id,
      question: `${checked.key} ${operationName ?? ""} ${JSON.stringify(variableValues)}`,
      asksAuthorOnly: checked.asksAuthorOnly,
    },
  };
}
