import type { Database } from "./database/database.js";
import { ReadBudget } from "./database/read-budget.js";
import { Loaders } from "./loaders.js";
import type { Services } from "./services.js";
import type { Viewer } from "./viewer.js";

const loadersOfEvents = new WeakMap<object, Loaders>();

/** What every resolver of one operation works with. */
export class OperationContext {
  /** Decides permissions: the bearer, or the viewer of a session that the mutation has just started. */
  viewer: Viewer | null;
  loaders: Loaders;
  /** Reads the lists of this operation: how much they may read together is bounded. */
  readonly database: Database;

  /**
   * @param bearer who the request's token belongs to
   * @param remoteAddress the client's network address, for rate limits
   */
  constructor(
    readonly services: Services,
    readonly bearer: Viewer | null,
    readonly remoteAddress: string,
  ) {
    this.viewer = bearer;
    this.database = services.database.within(new ReadBudget());
    this.loaders = new Loaders(this.database);
  }

  /** Continues as this viewer, without the rows that an earlier mutation field of the same request has read. */
  actAs(viewer: Viewer | null): void {
    this.viewer = viewer;
    this.loaders = new Loaders(this.database);
  }

  /** Loaders that all recipients of an event share, so that each row is read once after the event. */
  loadersOf(event: object): Loaders {
    let loaders = loadersOfEvents.get(event);
    if (loaders === undefined) {
      loaders = new Loaders(this.services.database);
      loadersOfEvents.set(event, loaders);
    }
    this.loaders = loaders;
    return loaders;
  }
}
