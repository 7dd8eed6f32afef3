import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "../channels/channel.js";
import { createContext, type OperationContext, readBearerToken, resolveToken } from "../context.js";
import { buildApiSchema } from "../schema.js";
import type { Services } from "../services.js";
import { answerCompiled } from "./compiled-queries.js";
import { createErrorFormatter } from "./format-error.js";
import { parseOptions, queryLimits } from "./query-limits.js";
import { graphqlPath, largestRequestBytes, openSockets, type Sockets } from "./sockets.js";

export interface GraphqlServer {
  /** Answers what has begun, closes every socket, and closes the Fastify instance. */
  stop(): Promise<void>;
  /** How many sockets are open. */
  connections(): number;
}

const welcome = `This is a GraphQL API.

Queries and mutations: POST ${graphqlPath} with {"query": "…", "variables": {…}} as application/json.
Subscriptions: WebSocket on the same address, protocol graphql-transport-ws.
Who you are: "Authorization: Bearer …", or {"authorization": "Bearer …"} in connectionParams; startSession and signIn give tokens.
The schema can be asked for by introspection, and is schema.graphql in the repository.
`;

/** Puts the API on a Fastify instance that does not listen yet: HTTP and graphql-ws on one port and path. */
export async function createGraphqlServer(services: Services, fastify: FastifyInstance): Promise<GraphqlServer> {
  const schema = buildApiSchema();
  const format = createErrorFormatter(services.logger);
  const sockets = openSockets(services, schema, fastify.server, format);
  const apollo = new ApolloServer<OperationContext>({
    schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    persistedQueries: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    parseOptions,
    validationRules: [queryLimits],
    formatError: (_formatted, error) => format(error),
    logger: apolloLogger(services.logger),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      fastifyApolloDrainPlugin(fastify),
      drainSockets(sockets),
      answerCompiled(schema),
    ],
  });
  await apollo.start();
  await fastify.register(async (scope) => addRoutes(scope, services, apollo));
  return { stop: () => apollo.stop(), connections: () => sockets.count() };
}

function addRoutes(scope: FastifyInstance, services: Services, apollo: ApolloServer<OperationContext>): void {
  scope.addHook("onRequest", async (_request, reply) => {
    // Any website may hold the widget. It names itself by token, never by cookie, so no credentials are allowed.
    reply.header("access-control-allow-origin", "*");
  });
  scope.setErrorHandler((error, _request, reply) => answerBadRequest(services.logger, error, reply));
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
  const handle = fastifyApolloHandler(apollo, { context: (request) => contextOf(services, request) });
  scope.route({
    method: ["GET", "POST"],
    url: graphqlPath,
    bodyLimit: largestRequestBytes,
    preHandler: async (request, reply) => {
      if (isWithoutQuery(request)) return reply.type("text/plain; charset=utf-8").send(welcome);
    },
    handler: handle,
  });
}

function isWithoutQuery({ method, query }: FastifyRequest): boolean {
  return method === "GET" && typeof query === "object" && query !== null && !("query" in query);
}

async function contextOf(services: Services, { headers, ip }: FastifyRequest): Promise<OperationContext> {
  const viewer = await resolveToken(services, readBearerToken(headers.authorization));
  return createContext(services, viewer, ip);
}

/** What Fastify refuses before it becomes an operation: a body that is too large, or no JSON. */
function answerBadRequest(logger: Logger, error: unknown, reply: FastifyReply): FastifyReply {
  const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
  const isClients = error instanceof Error && status >= 400 && status < 500;
  if (!isClients) logger.error("A request failed", { error: error instanceof Error ? error.stack : String(error) });
  const message = isClients ? error.message : "Something went wrong on our side.";
  const code = isClients ? "BAD_REQUEST" : "INTERNAL_SERVER_ERROR";
  return reply.code(isClients ? status : 500).send({ errors: [{ message, extensions: { code } }] });
}

function drainSockets(sockets: Sockets): ApolloServerPlugin<OperationContext> {
  return {
    serverWillStart: async () => ({ drainServer: () => sockets.stop() }),
  };
}

/** Apollo tells what it thinks in lines of text. */
function apolloLogger(logger: Logger) {
  return {
    debug: (message?: unknown) => logger.debug(String(message)),
    info: (message?: unknown) => logger.info(String(message)),
    warn: (message?: unknown) => logger.warn(String(message)),
    error: (message?: unknown) => logger.error(String(message)),
  };
}
