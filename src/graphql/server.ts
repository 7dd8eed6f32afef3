import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { serviceUnavailable } from "../errors.js";
import { CostBudgets } from "../limits/cost-budgets.js";
import type { Logger } from "../logger.js";
import { readBearerToken } from "../tokens/bearer-token.js";
import type { Viewer } from "../viewer.js";
import { Admission } from "./admission.js";
import { answerOperation } from "./answer-operation.js";
import type { Api, ViewersContext } from "./api.js";
import { boundOperations } from "./bound-operations.js";
import type { Bounds } from "./bounds.js";
import { answerCompiled } from "./compiled-queries.js";
import { documentStore } from "./document-store.js";
import { createErrorFormatter } from "./format-error.js";
import { OperationBudget } from "./operation-budget.js";
import { parseOptions, refuseText, rulesFor } from "./query-limits.js";
import { retryAfterSeconds } from "./refusals.js";
import { type QueueLimits, RequestQueue } from "./request-queue.js";
import { SocketLimits } from "./socket-limits.js";
import { protocolOptions } from "./socket-protocol.js";
import { graphqlPath, maxRequestBytes, openSockets, type Sockets } from "./sockets.js";
import { TurnQueue } from "./turn-queue.js";

export interface GraphqlServer {
  /** Finishes requests in progress, closes every socket and the Fastify instance. */
  stop(): Promise<void>;
  /** How many sockets are open. */
  connections(): number;
}

const drainMs = 10_000;

const welcome = `This is a GraphQL API.

Queries and mutations: POST ${graphqlPath} with {"query": "…", "variables": {…}} as application/json.
Subscriptions: WebSocket on the same address, protocol graphql-transport-ws.
Who you are: "Authorization: Bearer …", or {"authorization": "Bearer …"} in connectionParams; startSession and signIn give tokens.
The schema is schema.graphql in the repository; during development it can also be asked for by introspection.
`;

/** Sends a page. Never rejects. */
type ShowPage = (reply: FastifyReply) => Promise<void>;

/**
 * Registers the API on a Fastify instance that does not listen yet: HTTP and graphql-ws on the same port and path.
 * @param showExplorer what a browser gets that opens the address of the API; null for the text that others get
 */
export async function createGraphqlServer(
  api: Api,
  fastify: FastifyInstance,
  { requests, events }: QueueLimits,
  showExplorer: ShowPage | null = null,
): Promise<GraphqlServer> {
  const { schema, logger } = api;
  const format = createErrorFormatter(logger);
  const bounds: Bounds = {
    requests: new RequestQueue(requests),
    events: new RequestQueue(events),
    turns: new TurnQueue(),
    budget: new OperationBudget(new CostBudgets(api.limitsFactor)),
    sockets: new SocketLimits(api.limitsFactor),
  };
  const sockets = openSockets(api, fastify.server, protocolOptions(api, format, bounds), bounds.sockets);
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
      drain(fastify, sockets),
      boundOperations(format, bounds),
      answerCompiled(schema),
    ],
  });
  await apollo.start();
  await fastify.register(async (scope) => addRoutes(scope, api, apollo, bounds, showExplorer));
  return { stop: () => apollo.stop(), connections: () => sockets.count() };
}

function addRoutes(
  scope: FastifyInstance,
  api: Api,
  apollo: ApolloServer<ViewersContext>,
  bounds: Bounds,
  showExplorer: ShowPage | null,
): void {
  // The hooks call `done` instead of returning a promise: each promise here costs every request 1 % of its time.
  scope.addHook("onRequest", (_request, reply, done) => {
    // Any website may embed the widget. It authenticates by token, never by cookie, so credentials are not allowed.
    reply.header("access-control-allow-origin", "*");
    done();
  });
  scope.setErrorHandler((error, _request, reply) => answerBadRequest(api.logger, error, reply));
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
  const admission = new Admission(bounds.requests, (request) => callerOf(api, request));
  const begin = (request: FastifyRequest) => contextOf(api, bounds, request);
  scope.route({
    method: ["GET", "POST"],
    url: graphqlPath,
    bodyLimit: maxRequestBytes,
    preHandler: (request, reply, done) => {
      if (isWithoutQuery(request)) return greet(request, reply, showExplorer);
      const refusal = refuseText(queryOf(request));
      if (refusal === null) admission.admit(request, reply, done);
      else done(badRequest(refusal));
    },
    onSend: (request, reply, payload, done) => {
      admission.answered(request, reply, payload);
      done();
    },
    handler: (request, reply) => answerOperation(apollo, begin, request, reply),
  });
}

function isWithoutQuery({ method, query }: FastifyRequest): boolean {
  return method === "GET" && typeof query === "object" && query !== null && !("query" in query);
}

/** Says what the address is for, to who has come without an operation. */
function greet({ headers }: FastifyRequest, reply: FastifyReply, showExplorer: ShowPage | null): void {
  reply.header("vary", "accept");
  if (showExplorer !== null && headers.accept?.includes("text/html")) void showExplorer(reply);
  else reply.type("text/plain; charset=utf-8").send(welcome);
}

/** The text of the operation; empty when there is none, which Apollo reports. */
function queryOf({ method, body, query }: FastifyRequest): string {
  const given = method === "GET" ? query : body;
  if (typeof given !== "object" || given === null || !("query" in given)) return "";
  return typeof given.query === "string" ? given.query : "";
}

const viewerKey = Symbol("viewer");

interface ViewersRequest extends FastifyRequest {
  [viewerKey]?: Promise<Viewer | null>;
}

/**
 * Who sends the request: found out once, though it is asked for while the request waits and when it begins.
 * @throws as `Api.authenticate`
 */
function viewerOf(api: Api, request: ViewersRequest): Promise<Viewer | null> {
  const token = readBearerToken(request.headers.authorization);
  request[viewerKey] ??= api.authenticate(token, api.clientAddress(request.raw));
  return request[viewerKey];
}

/** Whose requests share one line of the queue: a session's, or those without one from the same address. */
async function callerOf(api: Api, request: FastifyRequest): Promise<string> {
  // An invalid token must not make a line of its own; the operation itself reports why it is refused.
  const viewer = await viewerOf(api, request).catch(() => null);
  return viewer?.sessionId ?? api.clientAddress(request.raw);
}

async function contextOf(api: Api, { budget }: Bounds, request: FastifyRequest): Promise<ViewersContext> {
  const context = api.createContext(await viewerOf(api, request), api.clientAddress(request.raw));
  const refusal = budget.refuseIfSpent(context);
  if (refusal !== null) throw refusal;
  return context;
}

function badRequest(message: string): Error {
  return Object.assign(new Error(message), { statusCode: 400 });
}

/** Responds to what Fastify refuses before it becomes an operation: a body that is too large or not JSON, a text that is too long. */
function answerBadRequest(logger: Logger, error: unknown, reply: FastifyReply): FastifyReply {
  const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
  const isClients = error instanceof Error && status >= 400 && status < 500;
  if (status === 503) {
    // The body was not read to its end, because its memory is needed for others.
    const { message, extensions } = serviceUnavailable(retryAfterSeconds);
    const headers = { "retry-after": retryAfterSeconds, connection: "close" };
    return reply
      .code(503)
      .headers(headers)
      .send({ errors: [{ message, extensions }] });
  }
  if (status === 413) reply.header("connection", "close");
  if (!isClients) logger.error("A request failed", { error: error instanceof Error ? error.stack : String(error) });
  const message = isClients ? error.message : "Internal server error.";
  const code = isClients ? "BAD_REQUEST" : "INTERNAL_SERVER_ERROR";
  return reply.code(isClients ? status : 500).send({ errors: [{ message, extensions: { code } }] });
}

/** When Apollo stops: requests in progress have ten seconds to finish. */
function drain(fastify: FastifyInstance, sockets: Sockets): ApolloServerPlugin<ViewersContext> {
  const drainRequests = async (): Promise<void> => {
    const timer = setTimeout(() => fastify.server.closeAllConnections(), drainMs);
    await fastify.close().finally(() => clearTimeout(timer));
  };
  return {
    serverWillStart: async () => ({
      drainServer: async () => void (await Promise.all([drainRequests(), sockets.stop()])),
    }),
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
