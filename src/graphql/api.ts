import type { IncomingMessage } from "node:http";
import type { GraphQLSchema } from "graphql";
import type { Clock } from "../clock.js";
import type { ChangeEvent, Events } from "../events/events.js";
import type { Logger } from "../logger.js";
import type { Viewer } from "../viewer.js";

/** What the transport knows of the context that resolvers work with. */
export interface ViewersContext {
  /** Who the request's token belongs to; null without one. */
  readonly bearer: Viewer | null;
}

/** What the transport needs from the program that it serves. It knows no type of the schema: src/api.ts implements this. */
export interface Api<Context extends ViewersContext = ViewersContext> {
  readonly schema: GraphQLSchema;
  /** Whether clients may ask for the schema. */
  readonly introspection: boolean;
  /** Multiplies the limits of networks. */
  readonly limitsFactor: number;
  readonly clock: Clock;
  readonly events: Events;
  readonly logger: Logger;
  /** The network address of the client, which may stand behind proxies; for rate limits. */
  clientAddress(request: IncomingMessage): string;
  /** The viewer that a token belongs to; null without one. Throws UNAUTHENTICATED if it is forged, expired or ended. */
  authenticate(token: string | null): Promise<Viewer | null>;
  /** The viewer of an open connection's token; null once its session has ended. */
  recheck(token: string): Promise<Viewer | null>;
  /** The context for the resolvers of one operation, or of one event. */
  createContext(viewer: Viewer | null, remoteAddress: string): Context;
  /** Whether this viewer may receive an event; checked for each event. */
  canReceive(viewer: Viewer | null, event: ChangeEvent): boolean;
  /** Informed of connections. */
  readonly presence: {
    open(connectionId: string, viewer: Viewer): void;
    close(connectionId: string, lastSeenAt: Date): void;
  };
}
