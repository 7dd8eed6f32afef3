import type { Statement } from "../database/database.js";
import type { Query } from "../forwarding/due/read-facts.js";

/** More than a person writes: then two machines answer each other. */
const maxWithinWindow = 20;
const windowMs = 3_600_000;

/**
 * True when so many emails came for a conversation that no more become messages, until an hour has seen few enough. Those
 * that were kept out count as well, so that a storm does not get through in portions. The caller has the locks.
 */
export async function isMailLoop(query: Query, conversationId: string, now: Date): Promise<boolean> {
  const [row] = await query<{ count: number }>(countStatement, [conversationId, new Date(now.getTime() - windowMs)]);
  return (row?.count ?? 0) >= maxWithinWindow;
}

const countStatement: Statement = {
  name: "count-recent-originals",
  text: `SELECT count(*)::integer AS count FROM inbound_originals
    WHERE conversation_id = $1 AND received_at > $2 AND (message_id IS NOT NULL OR reason = 'BREAKER')`,
};
