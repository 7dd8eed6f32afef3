import type { Database, Statement } from "../database/database.js";
import { InboundOriginal } from "./inbound-original.entity.js";
import type { SenderDoubt } from "./verify-sender.js";

/** Who sent a message, as it was judged when it came. */
export interface MessageSender {
  readonly messageId: string;
  readonly address: string;
  /** Null: verified. */
  readonly doubt: SenderDoubt | null;
  readonly detail: string | null;
}

/** All that stands of originals but their content, which may be large. */
export const originalColumns = `id, channel, content_type, CASE WHEN content IS NULL THEN 0 ELSE size_bytes END AS size_bytes,
  sender, recipients, subject, received_at, status, reason, detail, attempts, next_attempt_at, settled_at, conversation_id,
  message_id, delivery_id`;

/** The senders of messages, null for those that came from nobody who could be forged; in the order of the ids. */
export async function readSenders(
  database: Database,
  messageIds: readonly string[],
): Promise<(MessageSender | null)[]> {
  const rows = await database.query<MessageSender>(sendersStatement, [messageIds]);
  const byMessage = new Map(rows.map((row) => [row.messageId, row]));
  return messageIds.map((id) => byMessage.get(id) ?? null);
}

/** What messages were understood from, in the order of the ids. */
export async function readOriginalsOfMessages(
  database: Database,
  messageIds: readonly string[],
): Promise<(InboundOriginal | null)[]> {
  const rows = await database.query<InboundOriginal>(originalsStatement, [messageIds]);
  const byMessage = new Map(rows.map((row) => [row.messageId, Object.assign(new InboundOriginal(), row)]));
  return messageIds.map((id) => byMessage.get(id) ?? null);
}

const sendersStatement: Statement = {
  name: "senders-of-messages",
  text: "SELECT message_id, address, doubt, detail FROM message_senders WHERE message_id = ANY ($1::uuid[])",
};

const originalsStatement: Statement = {
  name: "originals-of-messages",
  text: `SELECT ${originalColumns} FROM inbound_originals WHERE message_id = ANY ($1::uuid[])`,
};
