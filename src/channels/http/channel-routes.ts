import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { describeWait, limitRequest } from "../../limits/limit-request.js";
import { describeError } from "../../logger.js";
import type { Services } from "../../services.js";
import type { ChannelConnection } from "../channel.js";
import { DeadlineError, withinDeadline } from "../deadline.js";
import type { InstalledChannel } from "../registry/channel-registry.js";
import { matchRoute } from "./match-route.js";
import { BodyReader } from "./read-body.js";
import { isSendable, rawPath, sendResponse, toWebRequest } from "./web-request.js";

/** For pages, and for webhooks of channels that set no limit of their own. */
const defaultBodyLimitBytes = 1_048_576;
const maxBufferedBytes = 256 * 1_048_576;
const webhookPaths = ["/webhooks/:channel", "/webhooks/:channel/*"];

/**
 * Serves `/webhooks/:channel` and the paths below it, a plugin's own pages under `/channels/:channel/`, and its short
 * routes at the root. Handlers are looked up for each request, so that channels may connect after the server has
 * started to listen.
 */
export function registerChannelRoutes(fastify: FastifyInstance, services: Services): void {
  void fastify.register(async (scope) => {
    const bodies = new BodyReader(maxBufferedBytes);
    parseBodiesAsBytes(scope, services, bodies);
    scope.setErrorHandler<FastifyError>((error, _request, reply) => {
      const status = error.statusCode ?? 500;
      // The rest of the body is still arriving and will not be read.
      if (status === 413 || status === 503) reply.header("connection", "close");
      if (status < 500 || status === 503) return refuse(reply, status, error.message);
      services.logger.error("A channel's response could not be sent", { reason: describeError(error) });
      return refuse(reply, 500, "Internal server error");
    });

    for (const path of webhookPaths) {
      scope.all<{ Params: { channel: string } }>(path, async (request, reply) => {
        try {
          return await serveWebhook(services, request, reply);
        } finally {
          bodies.release(request.body);
        }
      });
    }

    const page = async (request: FastifyRequest<{ Params: { channel: string } }>, reply: FastifyReply) => {
      const path = pathBelow(request);
      const connected = findConnected(services, request.params.channel, reply);
      return connected === null ? reply : servePage(services, connected, path, request, reply);
    };
    scope.all<{ Params: { channel: string } }>("/channels/:channel", page);
    scope.all<{ Params: { channel: string } }>("/channels/:channel/*", page);

    const shortPage = async (request: FastifyRequest<{ Params: { segment: string } }>, reply: FastifyReply) => {
      const connected = connectedOf(services.channels.findByShortRoute(request.params.segment));
      if (connected === null) return reply.callNotFound();
      return servePage(services, connected, rawPath(request).slice(1), request, reply);
    };
    scope.all<{ Params: { segment: string } }>("/:segment", shortPage);
    scope.all<{ Params: { segment: string } }>("/:segment/*", shortPage);
  });
}

/** Signatures cover the raw bytes, so bodies are never parsed, whatever the content type. */
function parseBodiesAsBytes(scope: FastifyInstance, services: Services, bodies: BodyReader): void {
  const pages = new BodyReader(maxBufferedBytes);
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", async (request: FastifyRequest, payload: IncomingMessage) => {
    if (webhookPaths.includes(request.routeOptions.url ?? ""))
      return bodies.read(payload, webhookLimit(services, request.params));
    const body = await pages.read(payload, defaultBodyLimitBytes);
    pages.release(body);
    return body;
  });
  // Fastify would reject a malformed content type before the plugin sees the request.
  scope.addHook("onRequest", async (request) => {
    request.headers = { "content-type": "application/octet-stream" };
  });
}

function webhookLimit(services: Services, parameters: unknown): number {
  const { channel } = parameters as { readonly channel: string };
  return connectedOf(services.channels.get(channel))?.connection.webhookBodyLimitBytes ?? defaultBodyLimitBytes;
}

function serveWebhook(
  services: Services,
  request: FastifyRequest<{ Params: { channel: string } }>,
  reply: FastifyReply,
): unknown {
  const connected = findConnected(services, request.params.channel, reply);
  if (connected === null) return reply;
  const { id, connection } = connected;
  const path = pathBelow(request);
  if (path === "") {
    if (connection.handleWebhook === undefined) return refuse(reply, 404, `Channel "${id}" has no webhook.`);
    return handle(services, id, "webhook", request, reply, async (webRequest) =>
      connection.handleWebhook?.(webRequest),
    );
  }
  const route = matchRoute(connection.webhooks ?? {}, path);
  if (route === null) return refuse(reply, 404, `Channel "${id}" has no such webhook.`);
  return handle(services, id, `webhook ${route.pattern}`, request, reply, (webRequest) =>
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
  services: Services,
  { id, connection }: Connected,
  path: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const route = matchRoute(connection.routes ?? {}, path);
  if (route === null) return refuse(reply, 404, `Channel "${id}" has no such page.`);
  const seconds = await limitRequest(services, request.raw, "pagesOfNetwork");
  if (seconds > 0) {
    const { headers, message } = describeWait(seconds);
    return refuse(reply.headers(headers), 429, message);
  }
  return handle(services, id, route.pattern, request, reply, (webRequest) =>
    route.handler(webRequest, route.parameters),
  );
}

/** Calls a plugin's handler and sends its response. Its errors are logged and never shown to the client. */
async function handle(
  services: Services,
  channel: string,
  route: string,
  request: FastifyRequest,
  reply: FastifyReply,
  handler: (request: Request) => Promise<unknown>,
): Promise<unknown> {
  if (!["GET", "HEAD", "POST"].includes(request.method)) {
    reply.header("allow", "GET, HEAD, POST");
    return refuse(reply, 405, `${request.method} is not allowed here.`);
  }
  const abort = new AbortController();
  try {
    const webRequest = toWebRequest(request, services.config.publicUrl, abort.signal);
    const response = await withinDeadline(services.channels.deadlines.handleMs, () => handler(webRequest));
    if (!isSendable(response)) throw new TypeError("the plugin returned no Response that can be sent");
    return await sendResponse(request, reply, response);
  } catch (error) {
    const late = error instanceof DeadlineError;
    if (late) abort.abort(error);
    services.logger.error("A channel failed to respond", { channel, route, reason: describeError(error) });
    return refuse(reply, late ? 504 : 500, `Channel "${channel}" failed to respond: try again later.`);
  }
}

function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ statusCode: status, error: STATUS_CODES[status] ?? "Error", message });
}
