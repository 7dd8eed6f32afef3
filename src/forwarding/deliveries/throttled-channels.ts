import type { Statement } from "../../database/database.js";
import type { Query } from "../due/read-facts.js";

/** The channels that asked to wait, and must still. */
export async function readThrottledChannels(query: Query, now: Date): Promise<ReadonlySet<string>> {
  return new Set((await query<{ channel: string }>(throttledStatement, [now])).map((row) => row.channel));
}

const throttledStatement: Statement = {
  name: "throttled-channels",
  text: "SELECT channel FROM channel_states WHERE throttled_until > $1",
};
