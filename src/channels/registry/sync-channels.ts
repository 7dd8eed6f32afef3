import type { Statement } from "../../database/database.js";
import type { Services } from "../../services.js";

/**
 * Stores which WHEN_AWAY channels are installed, in order of preference. When they have changed since the last start,
 * the next check recomputes the stored due times.
 */
export async function syncChannels(services: Services): Promise<void> {
  await services.database.query(syncStatement, [services.channels.whenAway()]);
}

const syncStatement: Statement = {
  name: "sync-channels",
  text: `UPDATE forwarding_preference SET channels = $1::text[], version = version + 1
    WHERE id = 1 AND channels IS DISTINCT FROM $1::text[]`,
};
