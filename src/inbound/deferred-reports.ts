import type { DeferredReports } from "../forwarding/deliveries/record-results.js";
import type { Services } from "../services.js";
import { applyDeferredEvents } from "./apply-event.js";
import { lockMessageIds } from "./deferred-events.js";

/** Lets the code that records the results of deliveries apply the events that arrived before those results. */
export function deferredReports(services: Services): DeferredReports {
  return {
    lock: (transaction, channelId, externalIds) => lockMessageIds({ transaction, channelId }, externalIds),
    apply: (transaction, channelId, externalIds, now) =>
      applyDeferredEvents({ services, transaction, channelId, now, originalId: null, files: new Map() }, externalIds),
  };
}
