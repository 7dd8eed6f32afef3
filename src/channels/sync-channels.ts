import type { Statement } from "../database/database.js";
import type { Services } from "../services.js";

/**
 * Remembers which WHEN_AWAY channels are installed, in order of preference. When they differ from the last start's,
 * stored due times are looked at again by the next check.
 */
export async function syncChannels(services: Services): Promise<void> {
  await services.database.query(rememberStatement, [services.channels.whenAway()]);
}

const rememberStatement: Statement = {
  name: "remember-channels",
  text: `UPDATE forwarding_preference SET channels = $1::text[], version = version + 1
    WHERE id = 1 AND channels IS DISTINCT FROM $1::text[]`,
};
