import type { GraphQLSchema } from "graphql";
import type { Clock } from "../clock.js";
import type { ChangeEvent, Events } from "../events/events.js";
import type { Logger } from "../logger.js";
import type { Viewer } from "../viewer.js";

/** What the transport asks of the program that it serves. It knows no type of the schema: src/api.ts has them. */
export interface Api<Context extends object = object> {
  readonly schema: GraphQLSchema;
  readonly clock: Clock;
  readonly events: Events;
  readonly logger: Logger;
  /** Whom a token belongs to; null without one. Throws UNAUTHENTICATED for one that is forged, expired or ended. */
  authenticate(token: string | null): Promise<Viewer | null>;
  /** The same while a connection is open: null once its session has ended. */
  recheck(token: string): Promise<Viewer | null>;
  /** What the resolvers of one operation, or of one event, work with. */
  createContext(viewer: Viewer | null, remoteAddress: string): Context;
  /** Whether an event is for this viewer, asked again for each event. */
  canReceive(viewer: Viewer | null, event: ChangeEvent): boolean;
  /** Told who is connected. */
  readonly presence: {
    open(connectionId: string, viewer: Viewer): void;
    close(connectionId: string, lastThereAt: Date): void;
  };
}
