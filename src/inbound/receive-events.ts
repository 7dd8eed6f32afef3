import type { InboundEvent } from "../channels/channel.js";
import { refreshConversationsOfAddress } from "../forwarding/addresses/suppression.js";
import type { Services } from "../services.js";
import { applyEvent } from "./apply-event.js";
import { withStoredFiles } from "./store-files.js";

/**
 * Applies what a channel received, each event once: a second event with the same `externalId` changes nothing. Resolves
 * when all are committed; rejects if that fails, so that the channel does not acknowledge.
 */
export async function receiveEvents(
  services: Services,
  channelId: string,
  events: readonly InboundEvent[],
): Promise<void> {
  for (const event of events) {
    const outcome = await withStoredFiles(services, [event], (files) =>
      services.database.transaction((transaction) =>
        applyEvent({ services, transaction, channelId, now: services.clock.now(), originalId: null, files }, event),
      ),
    );
    if (outcome.kind === "dropped") {
      services.logger.info("an event was dropped", { channel: channelId, type: event.type, reason: outcome.reason });
    } else if (outcome.suppressed !== null) await refreshConversationsOfAddress(services, outcome.suppressed);
  }
}
