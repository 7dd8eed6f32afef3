import { STATUS_CODES } from "node:http";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type BodyReader, BodyRejectedError, type ReceivedBody } from "../../http/body-reader.js";
import { describeWait, limitRequest } from "../../limits/limit-request.js";
import { describeError } from "../../logger.js";
import type { Services } from "../../services.js";
import type { ChannelConnection } from "../channel.js";
import { DeadlineError, withinDeadline } from "../deadline.js";
import type { InstalledChannel } from "../registry/channel-registry.js";
import { matchRoute } from "./match-route.js";
import { isSendable, rawPath, sendResponse, toWebRequest } from "./web-request.js";

/** For pages, and for webhooks of channels that set no limit of their own. */
const defaultBodyLimitBytes = 1_048_576;
const webhookPaths = ["/webhooks/:channel", "/webhooks/:channel/*"];

/**
 * Serves `/webhooks/:channel` and the paths below it, a plugin's own pages under `/channels/:channel/`, and its short
 * routes at the root. Handlers are looked up for each request, so that channels may connect after the server has
 * started to listen.
 */
export function registerChannelRoutes(fastify: FastifyInstance, services: Services, bodies: BodyReader): void {
  const server: ChannelServer = { services, bodies, streams: new Set() };
  void fastify.register(async (scope) => {
    // A response may be a stream that goes on for as long as somebody reads it: closing would wait for that.
    scope.addHook("preClose", async () => {
      for (const end of server.streams) end();
    });
    leaveBodiesUnread(scope);
    scope.setErrorHandler<FastifyError>((error, _request, reply) => {
      const status = error.statusCode ?? 500;
      if (status < 500) return refuse(reply, status, error.message);
      services.logger.error("A channel's response could not be sent", { reason: describeError(error) });
      return refuse(reply, 500, "Internal server error");
    });

    for (const path of webhookPaths) {
      scope.all<{ Params: { channel: string } }>(path, async (request, reply) => serveWebhook(server, request, reply));
    }

    const page = async (request: FastifyRequest<{ Params: { channel: string } }>, reply: FastifyReply) => {
      const path = pathBelow(request);
      const connected = findConnected(services, request.params.channel, reply);
      return connected === null ? reply : servePage(server, connected, path, request, reply);
    };
    scope.all<{ Params: { channel: string } }>("/channels/:channel", page);
    scope.all<{ Params: { channel: string } }>("/channels/:channel/*", page);

    const shortPage = async (request: FastifyRequest<{ Params: { segment: string } }>, reply: FastifyReply) => {
      const connected = connectedOf(services.channels.findByShortRoute(request.params.segment));
      if (connected === null) return reply.callNotFound();
      return servePage(server, connected, rawPath(request).slice(1), request, reply);
    };
    scope.all<{ Params: { segment: string } }>("/:segment", shortPage);
    scope.all<{ Params: { segment: string } }>("/:segment/*", shortPage);
  });
}

interface ChannelServer {
  readonly services: Services;
  readonly bodies: BodyReader;
  /** Ask for the end of each response that is being sent. */
  readonly streams: Set<() => void>;
}

/** Signatures cover the raw bytes, so bodies are never parsed, whatever the content type; plugins read them. */
function leaveBodiesUnread(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
  // Fastify would reject a malformed content type before the plugin sees the request.
  scope.addHook("onRequest", async (request) => {
    request.headers = { "content-type": "application/octet-stream" };
  });
}

function serveWebhook(
  server: ChannelServer,
  request: FastifyRequest<{ Params: { channel: string } }>,
  reply: FastifyReply,
): unknown {
  const connected = findConnected(server.services, request.params.channel, reply);
  if (connected === null) return reply;
  const { id, connection } = connected;
  const path = pathBelow(request);
  const limitBytes = connection.webhookBodyLimitBytes ?? defaultBodyLimitBytes;
  const readBody = () => server.bodies.read(request.raw, `webhooks of ${id}`, limitBytes);
  const called = { server, channel: id, request, reply, readBody };
  if (path === "") {
    if (connection.handleWebhook === undefined) return refuse(reply, 404, `Channel "${id}" has no webhook.`);
    return handle({ ...called, route: "webhook" }, async (webRequest) => connection.handleWebhook?.(webRequest));
  }
  const route = matchRoute(connection.webhooks ?? {}, path);
  if (route === null) return refuse(reply, 404, `Channel "${id}" has no such webhook.`);
  return handle({ ...called, route: `webhook ${route.pattern}` }, (webRequest) =>
    route.handler(webRequest, route.parameters),
  );
}

/** The path below `/webhooks/<id>/` or `/channels/<id>/`, still encoded. */
function pathBelow(request: FastifyRequest): string {
  return rawPath(request).split("/").slice(3).join("/");
}

interface Connected {
  readonly id: string;
  readonly connection: ChannelConnection;
}

function connectedOf(installed: InstalledChannel | undefined): Connected | null {
  if (installed === undefined || installed.connection === null) return null;
  return { id: installed.plugin.id, connection: installed.connection };
}

/** The channel, or null after replying with the reason. */
function findConnected(services: Services, id: string, reply: FastifyReply): Connected | null {
  const installed = services.channels.get(id);
  const connected = connectedOf(installed);
  if (connected !== null) return connected;
  if (installed === undefined) refuse(reply, 404, `There is no channel "${id}".`);
  else if (services.channels.health(id).status === "NOT_CONFIGURED")
    refuse(reply, 503, `Channel "${id}" is not configured.`);
  else refuse(reply, 503, `Channel "${id}" is not connected: try again later.`);
  return null;
}

async function servePage(
  server: ChannelServer,
  { id, connection }: Connected,
  path: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const route = matchRoute(connection.routes ?? {}, path);
  if (route === null) return refuse(reply, 404, `Channel "${id}" has no such page.`);
  const seconds = await limitRequest(server.services, request.raw, "pagesOfNetwork");
  if (seconds > 0) {
    const { headers, message } = describeWait(seconds);
    return refuse(reply.headers(headers), 429, message);
  }
  const readBody = () => server.bodies.read(request.raw, `pages of ${id}`, defaultBodyLimitBytes);
  return handle({ server, channel: id, route: route.pattern, request, reply, readBody }, (webRequest) =>
    route.handler(webRequest, route.parameters),
  );
}

interface Called {
  readonly server: ChannelServer;
  readonly channel: string;
  /** As the plugin declared it. */
  readonly route: string;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly readBody: () => Promise<ReceivedBody>;
}

/** Calls a plugin's handler and sends its response. Its errors are logged and never shown to the client. */
async function handle(
  { server, channel, route, request, reply, readBody }: Called,
  handler: (request: Request) => Promise<unknown>,
): Promise<unknown> {
  if (!["GET", "HEAD", "POST"].includes(request.method)) {
    reply.header("allow", "GET, HEAD, POST");
    return refuse(reply, 405, `${request.method} is not allowed here.`);
  }
  const { services } = server;
  const abort = new AbortController();
  let release = () => {};
  let hasEnded = false;
  const rejections: BodyRejectedError[] = [];
  try {
    const response = await withinDeadline(services.channels.deadlines.handleMs, async (uncounted) => {
      const read = async () => {
        try {
          const body = await uncounted(readBody);
          if (hasEnded) body.release();
          else release = body.release;
          return body.chunks;
        } catch (error) {
          if (error instanceof BodyRejectedError) rejections.push(error);
          throw error;
        }
      };
      return handler(toWebRequest(request, services.config.publicUrl, abort.signal, read));
    });
    // Whatever the plugin makes of a body that it could not read.
    if (rejections[0] !== undefined) throw rejections[0];
    if (!isSendable(response)) throw new TypeError("the plugin returned no Response that can be sent");
    endStream(abort, reply, server.streams);
    return await sendResponse(request, reply, response);
  } catch (error) {
    if (rejections[0] !== undefined) return refuseBody(reply, rejections[0]);
    const late = error instanceof DeadlineError;
    if (late) abort.abort(error);
    services.logger.error("A channel failed to respond", { channel, route, reason: describeError(error) });
    return refuse(reply, late ? 504 : 500, `Channel "${channel}" failed to respond: try again later.`);
  } finally {
    hasEnded = true;
    release();
  }
}

/** Aborts once the client has gone, or has got all of the response, or the server closes. */
function endStream(abort: AbortController, { raw }: FastifyReply, streams: ChannelServer["streams"]): void {
  const { socket } = raw;
  const end = () => {
    // Else the connection would be kept for another request, and closing would wait for that.
    raw.once("finish", () => socket?.destroySoon());
    abort.abort();
  };
  const leave = () => {
    streams.delete(end);
    abort.abort();
  };
  streams.add(end);
  if (raw.closed) leave();
  else raw.once("close", leave);
}

function refuseBody(reply: FastifyReply, { statusCode, message }: BodyRejectedError): FastifyReply {
  // The rest of the body is still arriving and will not be read.
  return refuse(reply.header("connection", "close"), statusCode, message);
}

function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ statusCode: status, error: STATUS_CODES[status] ?? "Error", message });
}
