import type { Statement } from "../../database/database.js";
import type { Services } from "../../services.js";
import { readReadyChannels } from "../due/read-facts.js";

/** The channels that may be handed deliveries now: connected, neither paused nor throttled. */
export async function readOpenChannels(services: Services): Promise<string[]> {
  const { database, clock } = services;
  const query = database.query.bind(database);
  const rows = await query<{ channel: string }>(throttledStatement, [clock.now()]);
  const throttled = new Set(rows.map((row) => row.channel));
  return (await readReadyChannels(services, query)).filter((channel) => !throttled.has(channel));
}

const throttledStatement: Statement = {
  name: "throttled-channels",
  text: "SELECT channel FROM channel_states WHERE throttled_until > $1",
};
