import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import type { Logger } from "../logger.js";
import { readBearerToken } from "../tokens/bearer-token.js";
import { Admission } from "./admission.js";
import type { Api, ViewersContext } from "./api.js";
import { boundOperations } from "./bound-operations.js";
import { answerCompiled } from "./compiled-queries.js";
import { documentStore } from "./document-store.js";
import { createErrorFormatter } from "./format-error.js";
import { LongTexts } from "./long-texts.js";
import { parseOptions, refuseText, rulesFor } from "./query-limits.js";
import { refuseJson } from "./refuse-json.js";
import { type RequestLimits, RequestQueue } from "./request-queue.js";
import { protocolOptions } from "./socket-protocol.js";
import { graphqlPath, maxRequestBytes, openSockets, type Sockets } from "./sockets.js";

export interface GraphqlServer {
  /** Finishes requests in progress, closes every socket and the Fastify instance. */
  stop(): Promise<void>;
  /** How many sockets are open. */
  connections(): number;
}

const welcome = `This is a GraphQL API.

Queries and mutations: POST ${graphqlPath} with {"query": "…", "variables": {…}} as application/json.
Subscriptions: WebSocket on the same address, protocol graphql-transport-ws.
Who you are: "Authorization: Bearer …", or {"authorization": "Bearer …"} in connectionParams; startSession and signIn give tokens.
The schema is schema.graphql in the repository; during development it can also be asked for by introspection.
`;

/** Registers the API on a Fastify instance that does not listen yet: HTTP and graphql-ws on the same port and path. */
export async function createGraphqlServer(
  api: Api,
  fastify: FastifyInstance,
  limits: RequestLimits,
): Promise<GraphqlServer> {
  const { schema, logger } = api;
  const format = createErrorFormatter(logger);
  const queue = new RequestQueue(limits);
  const longTexts = new LongTexts();
  const sockets = openSockets(api, fastify.server, protocolOptions(api, format, queue, longTexts));
  const apollo = new ApolloServer<ViewersContext>({
    schema,
    documentStore: documentStore(),
    // Refused by a rule of our own, which says what to do.
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    persistedQueries: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    parseOptions,
    validationRules: rulesFor(api),
    formatError: (_formatted, error) => format(error),
    logger: apolloLogger(logger),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      fastifyApolloDrainPlugin(fastify),
      drainSockets(sockets),
      boundOperations(format),
      answerCompiled(schema),
    ],
  });
  await apollo.start();
  const context = (request: FastifyRequest) => contextOf(api, longTexts, request);
  await fastify.register(async (scope) =>
    addRoutes(scope, { api, longTexts, queue }, fastifyApolloHandler(apollo, { context })),
  );
  return { stop: () => apollo.stop(), connections: () => sockets.count() };
}

interface Entrance {
  readonly api: Api;
  readonly longTexts: LongTexts;
  readonly queue: RequestQueue;
}

function addRoutes(scope: FastifyInstance, { api, longTexts, queue }: Entrance, handler: RouteHandlerMethod): void {
  scope.addHook("onRequest", async (_request, reply) => {
    // Any website may embed the widget. It authenticates by token, never by cookie, so credentials are not allowed.
    reply.header("access-control-allow-origin", "*");
  });
  scope.setErrorHandler((error, _request, reply) => answerBadRequest(api.logger, error, reply));
  const parseJson = scope.getDefaultJsonParser("error", "error");
  scope.addContentTypeParser<string>("application/json", { parseAs: "string" }, (request, body, done) => {
    void longTexts.turnOf(body).then(() => {
      const refusal = refuseJson(body);
      if (refusal === null) parseJson(request, body, done);
      else done(badRequest(refusal));
    });
  });
  scope.options(graphqlPath, async (_request, reply) =>
    reply
      .headers({
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers":
          "authorization, content-type, apollo-require-preflight, x-apollo-operation-name",
        "access-control-max-age": "7200",
      })
      .code(204)
      .send(),
  );
  const admission = new Admission(queue, (request) => callerOf(api, request));
  scope.route({
    method: ["GET", "POST"],
    url: graphqlPath,
    bodyLimit: maxRequestBytes,
    preHandler: async (request, reply) => {
      if (isWithoutQuery(request)) return reply.type("text/plain; charset=utf-8").send(welcome);
      const refusal = refuseText(queryOf(request));
      if (refusal !== null) throw badRequest(refusal);
      return admission.admit(request, reply);
    },
    onSend: async (request, reply, payload) => admission.answered(request, reply, payload),
    handler,
  });
}

function isWithoutQuery({ method, query }: FastifyRequest): boolean {
  return method === "GET" && typeof query === "object" && query !== null && !("query" in query);
}

/** The text of the operation; empty when there is none, which Apollo reports. */
function queryOf({ method, body, query }: FastifyRequest): string {
  const given = method === "GET" ? query : body;
  if (typeof given !== "object" || given === null || !("query" in given)) return "";
  return typeof given.query === "string" ? given.query : "";
}

/** Whose requests share one line of the queue: a session's, or those without one from the same address. */
async function callerOf(api: Api, { headers, raw }: FastifyRequest): Promise<string> {
  // An invalid token must not make a line of its own; the operation itself reports why it is refused.
  const viewer = await api.authenticate(readBearerToken(headers.authorization)).catch(() => null);
  return viewer?.sessionId ?? api.clientAddress(raw);
}

/** Apollo calls it right before it reads the operation. */
async function contextOf(api: Api, longTexts: LongTexts, request: FastifyRequest): Promise<ViewersContext> {
  const { headers, raw } = request;
  const viewer = await api.authenticate(readBearerToken(headers.authorization));
  await longTexts.turnOf(queryOf(request));
  return api.createContext(viewer, api.clientAddress(raw));
}

function badRequest(message: string): Error {
  return Object.assign(new Error(message), { statusCode: 400 });
}

/** Responds to what Fastify refuses before it becomes an operation: a body that is too large or not JSON, a text that is too long. */
function answerBadRequest(logger: Logger, error: unknown, reply: FastifyReply): FastifyReply {
  const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
  const isClients = error instanceof Error && status >= 400 && status < 500;
  if (!isClients) logger.error("A request failed", { error: error instanceof Error ? error.stack : String(error) });
  const message = isClients ? error.message : "Internal server error.";
  const code = isClients ? "BAD_REQUEST" : "INTERNAL_SERVER_ERROR";
  return reply.code(isClients ? status : 500).send({ errors: [{ message, extensions: { code } }] });
}

function drainSockets(sockets: Sockets): ApolloServerPlugin<ViewersContext> {
  return {
    serverWillStart: async () => ({ drainServer: () => sockets.stop() }),
  };
}

/** Adapts the logger to Apollo, which logs plain text. */
function apolloLogger(logger: Logger) {
  return {
    debug: (message?: unknown) => logger.debug(String(message)),
    info: (message?: unknown) => logger.info(String(message)),
    warn: (message?: unknown) => logger.warn(String(message)),
    error: (message?: unknown) => logger.error(String(message)),
  };
}
