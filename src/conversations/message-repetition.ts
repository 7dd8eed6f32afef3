import type { Statement, Transaction } from "../database/database.js";
import type { Services } from "../services.js";
import { Message } from "./message.entity.js";

type AuthoredMessage = Pick<Message, "authorId" | "clientMessageId">;

/** The author has already sent a message with this clientMessageId. */
export class RepeatedMessageError extends Error {}

/** Whether a message could not be written because its author has already sent its clientMessageId. */
export function isRepetitionError(error: unknown): boolean {
  if (error instanceof RepeatedMessageError) return true;
  // 23505 is PostgreSQL's unique_violation.
  return error instanceof Error && "code" in error && error.code === "23505";
}

/** The message that the author has already sent with this clientMessageId; null if there is none. */
export async function findFirstMessage(services: Services, message: AuthoredMessage): Promise<Message | null> {
  if (message.clientMessageId === null) return null;
  const [row] = await services.database.query<Message>(findStatement, [message.authorId, message.clientMessageId]);
  return row === undefined ? null : Object.assign(new Message(), row);
}

/** Whether the author has already sent a message with this clientMessageId. */
export async function isRepetition(transaction: Transaction, message: AuthoredMessage): Promise<boolean> {
  if (message.clientMessageId === null) return false;
  const rows = await transaction.query(existsStatement, [message.authorId, message.clientMessageId]);
  return rows.length > 0;
}

const findStatement: Statement = {
  name: "find-message-by-client-message-id",
  text: "SELECT * FROM messages WHERE author_id = $1 AND client_message_id = $2",
};

const existsStatement: Statement = {
  name: "is-repeated-message",
  text: "SELECT id FROM messages WHERE author_id = $1 AND client_message_id = $2",
};
