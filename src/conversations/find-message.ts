import type { Statement } from "../database/database.js";
import type { Services } from "../services.js";
import { Message } from "./message.entity.js";

/** The message that its author has sent under this clientMessageId already; null when there is none. */
export async function findByClientMessageId(
  services: Services,
  message: Pick<Message, "authorId" | "clientMessageId">,
): Promise<Message | null> {
  if (message.clientMessageId === null) return null;
  const [row] = await services.database.query<Message>(byClientMessageIdStatement, [
    message.authorId,
    message.clientMessageId,
  ]);
  return row === undefined ? null : Object.assign(new Message(), row);
}

const byClientMessageIdStatement: Statement = {
  name: "message-by-client-message-id",
  text: "SELECT * FROM messages WHERE author_id = $1 AND client_message_id = $2",
};
