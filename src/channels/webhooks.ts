import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { describeError } from "../logger.js";
import type { Services } from "../services.js";
import type { ChannelConnection } from "./channel.js";
import type { InstalledChannel } from "./channel-registry.js";
import { DeadlineError, withinDeadline } from "./deadline.js";
import { matchRoute } from "./http/match-route.js";
import { BodyReader } from "./http/read-body.js";
import { isSendable, rawPath, sendResponse, toWebRequest } from "./http/web-request.js";

/** Of a page, and of a webhook whose channel says nothing else. */
const bodyLimitBytes = 1_048_576;
const maxBytesAtOnce = 256 * 1_048_576;
const webhookPaths = ["/webhooks/:channel", "/webhooks/:channel/*"];

/**
 * Serves `/webhooks/:channel` and what is below it, a plugin's own pages under `/channels/:channel/` and their short names
 * at the root. What is served is looked up by request, so that channels may connect later than the server listens.
 */
export function registerChannelRoutes(fastify: FastifyInstance, services: Services): void {
  void fastify.register(async (scope) => {
    const bodies = new BodyReader(maxBytesAtOnce);
    keepBodiesRaw(scope, services, bodies);
    scope.setErrorHandler<FastifyError>((error, _request, reply) => {
      const status = error.statusCode ?? 500;
      // The rest of the body is still coming, and nobody reads it.
      if (status === 413 || status === 503) reply.header("connection", "close");
      if (status < 500 || status === 503) return refuse(reply, status, error.message);
      services.logger.error("A channel's answer could not be sent", { reason: describeError(error) });
      return refuse(reply, 500, "Something went wrong here.");
    });

    for (const path of webhookPaths) {
      scope.all<{ Params: { channel: string } }>(path, async (request, reply) => {
        try {
          return await answerWebhook(services, request, reply);
        } finally {
          bodies.giveBack(request.body);
        }
      });
    }

    const page = async (request: FastifyRequest<{ Params: { channel: string } }>, reply: FastifyReply) => {
      const path = pathBelow(request);
      const connected = findConnected(services, request.params.channel, reply);
      return connected === null ? reply : answerPage(services, connected, path, request, reply);
    };
    scope.all<{ Params: { channel: string } }>("/channels/:channel", page);
    scope.all<{ Params: { channel: string } }>("/channels/:channel/*", page);

    const shortPage = async (request: FastifyRequest<{ Params: { segment: string } }>, reply: FastifyReply) => {
      const connected = connectedOf(services.channels.byShortRoute(request.params.segment));
      if (connected === null) return reply.callNotFound();
      return answerPage(services, connected, rawPath(request).slice(1), request, reply);
    };
    scope.all<{ Params: { segment: string } }>("/:segment", shortPage);
    scope.all<{ Params: { segment: string } }>("/:segment/*", shortPage);
  });
}

/** Signatures are over bytes, so nothing may be parsed and written anew, whatever content type is claimed. */
function keepBodiesRaw(scope: FastifyInstance, services: Services, bodies: BodyReader): void {
  const pages = new BodyReader(maxBytesAtOnce);
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", async (request: FastifyRequest, payload: IncomingMessage) => {
    if (webhookPaths.includes(request.routeOptions.url ?? ""))
      return bodies.read(payload, webhookLimit(services, request.params));
    const body = await pages.read(payload, bodyLimitBytes);
    pages.giveBack(body);
    return body;
  });
  // A malformed content type would be refused before the plugin sees the request.
  scope.addHook("onRequest", async (request) => {
    request.headers = { "content-type": "application/octet-stream" };
  });
}

function webhookLimit(services: Services, parameters: unknown): number {
  const { channel } = parameters as { readonly channel: string };
  return connectedOf(services.channels.get(channel))?.connection.webhookBodyLimitBytes ?? bodyLimitBytes;
}

function answerWebhook(
  services: Services,
  request: FastifyRequest<{ Params: { channel: string } }>,
  reply: FastifyReply,
): unknown {
  const connected = findConnected(services, request.params.channel, reply);
  if (connected === null) return reply;
  const { id, connection } = connected;
  const path = pathBelow(request);
  if (path === "") {
    if (connection.handleWebhook === undefined) return refuse(reply, 404, `Channel "${id}" takes no webhooks.`);
    return answer(services, id, "webhook", request, reply, async (webRequest) =>
      connection.handleWebhook?.(webRequest),
    );
  }
  const route = matchRoute(connection.webhooks ?? {}, path);
  if (route === null) return refuse(reply, 404, `Channel "${id}" has no such webhook.`);
  return answer(services, id, `webhook ${route.pattern}`, request, reply, (webRequest) =>
    route.handler(webRequest, route.parameters),
  );
}

/** What stands behind `/webhooks/<id>/` or `/channels/<id>/`, still encoded. */
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

/** Null: the reply has been given. */
function findConnected(services: Services, id: string, reply: FastifyReply): Connected | null {
  const installed = services.channels.get(id);
  const connected = connectedOf(installed);
  if (connected !== null) return connected;
  if (installed === undefined) refuse(reply, 404, `There is no channel "${id}" here.`);
  else if (services.channels.health(id).status === "NOT_CONFIGURED")
    refuse(reply, 503, `Channel "${id}" is not configured.`);
  else refuse(reply, 503, `Channel "${id}" is not connected at the moment: try again later.`);
  return null;
}

function answerPage(
  services: Services,
  { id, connection }: Connected,
  path: string,
  request: FastifyRequest,
  reply: FastifyReply,
): unknown {
  const route = matchRoute(connection.routes ?? {}, path);
  if (route === null) return refuse(reply, 404, `Channel "${id}" has no such page.`);
  return answer(services, id, route.pattern, request, reply, (webRequest) =>
    route.handler(webRequest, route.parameters),
  );
}

/** Lets a plugin answer. Whatever it does wrong is logged, and told to nobody outside. */
async function answer(
  services: Services,
  channel: string,
  route: string,
  request: FastifyRequest,
  reply: FastifyReply,
  handle: (request: Request) => Promise<unknown>,
): Promise<unknown> {
  if (!["GET", "HEAD", "POST"].includes(request.method)) {
    reply.header("allow", "GET, HEAD, POST");
    return refuse(reply, 405, `${request.method} is not allowed here.`);
  }
  const abort = new AbortController();
  try {
    const webRequest = toWebRequest(request, services.config.publicUrl, abort.signal);
    const response = await withinDeadline(services.channels.deadlines.handleMs, () => handle(webRequest));
    if (!isSendable(response)) throw new TypeError("the plugin gave no Response that can be sent");
    return await sendResponse(request, reply, response);
  } catch (error) {
    const late = error instanceof DeadlineError;
    if (late) abort.abort(error);
    services.logger.error("A channel could not answer", { channel, route, reason: describeError(error) });
    return refuse(reply, late ? 504 : 500, `Channel "${channel}" could not answer: try again later.`);
  }
}

function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ statusCode: status, error: STATUS_CODES[status] ?? "Error", message });
}
