import type { Database, Statement } from "../../database/database.js";

/** When the newest message of a visitor came in through each channel, in the order of the ids; null if none did. */
export async function readLastReceived(database: Database, channels: readonly string[]): Promise<(Date | null)[]> {
  const rows = await database.query<{ channel: string; at: Date | null }>(lastReceivedStatement, [channels]);
  const known = new Map(rows.map(({ channel, at }) => [channel, at]));
  return channels.map((channel) => known.get(channel) ?? null);
}

/** Reads the first entry of the index messages_received for each channel; its condition is repeated for the planner. */
export const lastReceivedStatement: Statement = {
  name: "read-last-received",
  text: `
    SELECT channel, (
      SELECT sent_at FROM messages WHERE via = channel AND author_kind = 'VISITOR' AND via <> 'web'
      ORDER BY sent_at DESC LIMIT 1) AS at
    FROM unnest($1::text[]) AS channel`,
};
