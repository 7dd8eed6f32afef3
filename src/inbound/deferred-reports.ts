import type { DeferredReports } from "../forwarding/deliveries/record-results.js";
import type { Services } from "../services.js";
import { lockMessageIds } from "./deferred-events.js";
import { applyDeferredEvents } from "./receive-events.js";

/** Lets the results of deliveries apply what was received about them too early. */
export function deferredReports(services: Services): DeferredReports {
  return {
    lock: (transaction, channelId, externalIds) => lockMessageIds({ transaction, channelId }, externalIds),
    apply: (transaction, channelId, externalIds, now) =>
      applyDeferredEvents({ services, transaction, channelId, now, originalId: null, files: new Map() }, externalIds),
  };
}
