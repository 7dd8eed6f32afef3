import type { Database, Statement } from "../database/database.js";
import { InboundOriginal } from "./inbound-original.entity.js";
import type { SenderDoubt } from "./verify-sender.js";

/** The sender of a message, and the result of verifying it on arrival. */
export interface MessageSender {
  readonly messageId: string;
  readonly address: string;
  /** Null if the sender was verified. */
  readonly doubt: SenderDoubt | null;
  readonly detail: string | null;
}

/** The columns of an original without its content, which may be large. */
export const originalColumns = `id, channel, content_type, CASE WHEN content IS NULL THEN 0 ELSE size_bytes END AS size_bytes,
  sender, recipients, subject, received_at, status, reason, detail, attempts, next_attempt_at, settled_at, conversation_id,
  message_id, delivery_id`;

/** The senders of messages, in the order of the ids; null for messages of channels where senders cannot be forged. */
export async function readSenders(
  database: Database,
  messageIds: readonly string[],
): Promise<(MessageSender | null)[]> {
  const rows = await database.query<MessageSender>(sendersStatement, [messageIds]);
  const byMessage = new Map(rows.map((row) => [row.messageId, row]));
  return messageIds.map((id) => byMessage.get(id) ?? null);
}

/** The originals that messages were interpreted from, in the order of the ids. */
export async function readOriginalsOfMessages(
  database: Database,
  messageIds: readonly string[],
): Promise<(InboundOriginal | null)[]> {
  const rows = await database.query<InboundOriginal>(originalsStatement, [messageIds]);
  const byMessage = new Map(rows.map((row) => [row.messageId, Object.assign(new InboundOriginal(), row)]));
  return messageIds.map((id) => byMessage.get(id) ?? null);
}

const sendersStatement: Statement = {
  name: "list-message-senders",
  text: "SELECT message_id, address, doubt, detail FROM message_senders WHERE message_id = ANY ($1::uuid[])",
};

const originalsStatement: Statement = {
  name: "list-message-originals",
  text: `SELECT ${originalColumns} FROM inbound_originals WHERE message_id = ANY ($1::uuid[])`,
};
