import { GraphQLError } from "graphql";
import { forbidden, unauthenticated } from "./errors.js";
import { Loaders } from "./loaders.js";
import type { Services } from "./services.js";
import type { AgentViewer, Viewer, VisitorViewer } from "./viewer.js";

/** What every resolver of one operation works with. */
export interface OperationContext {
  readonly services: Services;
  /** Whom the request's token belongs to. */
  readonly bearer: Viewer | null;
  /** By whose eyes the answer is seen: the bearer's, or those of a session that the mutation has just begun. */
  viewer: Viewer | null;
  loaders: Loaders;
  /** The client's network address, for limits on guessing. */
  readonly remoteAddress: string;
}

export function createContext(services: Services, bearer: Viewer | null, remoteAddress: string): OperationContext {
  return { services, bearer, viewer: bearer, loaders: new Loaders(services.database), remoteAddress };
}

/** Begins a mutation's field: as this viewer, and without rows that an earlier mutation of the same request has read. */
export function actAs(context: OperationContext, viewer: Viewer | null): void {
  context.viewer = viewer;
  context.loaders = new Loaders(context.services.database);
}

/** The token of `Bearer …`; null when none was given. */
export function readBearerToken(authorization: unknown): string | null {
  if (authorization === undefined || authorization === null || authorization === "") return null;
  const token = typeof authorization === "string" ? /^Bearer +(\S+) *$/i.exec(authorization)?.[1] : undefined;
  if (token === undefined) throw invalidToken();
  return token;
}

/** Whom the token belongs to; null without one. Throws UNAUTHENTICATED when it is forged, expired or ended. */
export async function resolveToken(services: Services, token: string | null): Promise<Viewer | null> {
  if (token === null) return null;
  const viewer = await services.sessions.resolve(token);
  if (viewer === null) throw invalidToken();
  return viewer;
}

/** UNAUTHENTICATED with HTTP's 401: the request was not looked at any further. */
function invalidToken(): GraphQLError {
  const { message, extensions } = unauthenticated(
    "This token is not valid, or no longer: begin a session or sign in again.",
  );
  return new GraphQLError(message, { extensions: { ...extensions, http: { status: 401 } } });
}

export function requireViewer({ viewer }: OperationContext): Viewer {
  if (viewer === null) throw unauthenticated("Send a token: 'Authorization: Bearer …'.");
  return viewer;
}

export function requireVisitor(context: OperationContext): VisitorViewer {
  const viewer = requireViewer(context);
  if (viewer.kind !== "visitor") throw forbidden("Only a visitor may do this.");
  return viewer;
}

export function requireAgent(context: OperationContext): AgentViewer {
  const viewer = requireViewer(context);
  if (viewer.kind !== "agent") throw forbidden("Only an agent may do this.");
  return viewer;
}
