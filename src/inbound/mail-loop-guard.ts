import type { Statement } from "../database/database.js";
import type { Query } from "../forwarding/due/read-facts.js";

/** More than a person writes: two mail programs are replying to each other. */
const maxEmailsPerWindow = 20;
const windowMs = 3_600_000;

/**
 * Whether a conversation received so many emails within the last hour that no more become messages. Dropped emails count
 * too, so that a loop does not resume in bursts. The caller has locked the conversation.
 */
export async function isMailLoop(query: Query, conversationId: string, now: Date): Promise<boolean> {
  const [row] = await query<{ count: number }>(countStatement, [conversationId, new Date(now.getTime() - windowMs)]);
  return (row?.count ?? 0) >= maxEmailsPerWindow;
}

const countStatement: Statement = {
  name: "count-recent-originals",
  text: `SELECT count(*)::integer AS count FROM inbound_originals
    WHERE conversation_id = $1 AND received_at > $2 AND (message_id IS NOT NULL OR reason = 'BREAKER')`,
};
