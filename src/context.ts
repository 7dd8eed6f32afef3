import { Loaders } from "./loaders.js";
import type { Services } from "./services.js";
import type { Viewer } from "./viewer.js";

const loadersOfEvents = new WeakMap<object, Loaders>();

/** What every resolver of one operation works with. */
export class OperationContext {
  /** By whose eyes the answer is seen: the bearer's, or those of a session that the mutation has just begun. */
  viewer: Viewer | null;
  loaders: Loaders;

  /**
   * @param bearer whom the request's token belongs to
   * @param remoteAddress the client's network address, for limits on guessing
   */
  constructor(
    readonly services: Services,
    readonly bearer: Viewer | null,
    readonly remoteAddress: string,
  ) {
    this.viewer = bearer;
    this.loaders = new Loaders(services.database);
  }

  /** Begins a mutation's field: as this viewer, and without rows that an earlier mutation of the same request has read. */
  actAs(viewer: Viewer | null): void {
    this.viewer = viewer;
    this.loaders = new Loaders(this.services.database);
  }

  /** All who receive an event look at the same rows, each read once after the event. */
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
