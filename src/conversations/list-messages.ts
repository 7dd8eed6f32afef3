import type { Statement } from "../database/database.js";
import { type Page, type PageRequest, pageOf } from "../graphql/page.js";
import type { Services } from "../services.js";
import type { Conversation } from "./conversation.entity.js";
import { Message } from "./message.entity.js";

/** A page of a conversation's messages in the order they were sent. The cursor is `[position]`. */
export async function listMessages(
  services: Pick<Services, "database">,
  conversation: Pick<Conversation, "id">,
  page: PageRequest,
): Promise<Page<Message>> {
  const statement = page.direction === "forward" ? forwardStatement : backwardStatement;
  const rows = await services.database.query<Message>(statement, [
    conversation.id,
    page.cursor?.[0] ?? null,
    page.limit + 1,
  ]);
  return pageOf(
    rows.map((row) => Object.assign(new Message(), row)),
    page,
  );
}

const forwardStatement: Statement = {
  name: "list-messages-after",
  text: `SELECT * FROM messages WHERE conversation_id = $1 AND position > coalesce($2::integer, 0)
    ORDER BY position LIMIT $3`,
};

const backwardStatement: Statement = {
  name: "list-messages-before",
  text: `SELECT * FROM messages WHERE conversation_id = $1 AND position < coalesce($2::integer, 2147483647)
    ORDER BY position DESC LIMIT $3`,
};
