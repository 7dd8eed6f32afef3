import { OperationContext } from "./context.js";
import { canReceive } from "./conversations/subscribe.js";
import type { Api } from "./graphql/api.js";
import { buildApiSchema } from "./schema.js";
import type { Services } from "./services.js";
import { authenticate } from "./sessions/authenticate.js";
import { clientAddress } from "./trust-proxy.js";

/** The program, as the GraphQL transport serves it. */
export function createApi(services: Services): Api<OperationContext> {
  const { clock, config, events, logger, presence, sessions } = services;
  return {
    schema: buildApiSchema(),
    introspection: config.introspection,
    limitsFactor: config.limitsFactor,
    clock,
    events,
    logger,
    presence,
    clientAddress: (request) => clientAddress(request, config.trustProxy),
    authenticate: (token) => authenticate(services, token),
    recheck: (token) => sessions.resolve(token),
    createContext: (viewer, remoteAddress) => new OperationContext(services, viewer, remoteAddress),
    canReceive: canReceive,
  };
}
