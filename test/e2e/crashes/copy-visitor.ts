import { inDatabase } from "../../support/services/in-database.js";

/**
 * Copies the visitor `visitor-0@example.com` and their conversation of a question and a reply. The addresses and
 * marks of the copies are numbered from 1. Creating 500 visitors through the API takes most of a minute. Returns the
 * copies' conversations.
 */
export async function copyVisitor(databaseUrl: string, conversationId: string, copies: number): Promise<string[]> {
  return inDatabase(databaseUrl, async (client) => {
    await client.query("BEGIN");
    await client.query(
      `CREATE TEMPORARY TABLE copied ON COMMIT DROP AS SELECT number, uuidv7() AS visitor_id, uuidv7() AS conversation_id
        FROM generate_series(1, ${copies}) AS number`,
    );
    for (const statement of [visitors, conversations, messages, lastMessages]) {
      const { rowCount } = await client.query(statement, [conversationId]);
      if ((rowCount ?? 0) < copies) throw new Error(`Not everything was copied: ${statement}`);
    }
    const { rows } = await client.query<{ id: string }>("SELECT conversation_id AS id FROM copied ORDER BY number");
    await client.query("COMMIT");
    return rows.map(({ id }) => id);
  });
}

const visitors = `
  INSERT INTO visitors (id, name, addresses, email_source, last_interaction_at, departed_at, created_at)
  SELECT copied.visitor_id, name, replace(addresses::text, 'visitor-0@', 'visitor-' || number || '@')::jsonb, email_source,
    last_interaction_at, departed_at, created_at
  FROM copied, visitors WHERE visitors.id = (SELECT visitor_id FROM conversations WHERE id = $1::uuid)`;

const conversations = `
  INSERT INTO conversations SELECT copy.* FROM copied, conversations AS original, LATERAL jsonb_populate_record(
    original, jsonb_build_object('id', copied.conversation_id, 'visitor_id', copied.visitor_id)) AS copy
  WHERE original.id = $1::uuid`;

const messages = `
  INSERT INTO messages SELECT copy.* FROM copied, messages AS original, LATERAL jsonb_populate_record(
    original, jsonb_build_object('id', uuidv7(), 'conversation_id', copied.conversation_id) || CASE original.author_kind
      WHEN 'VISITOR' THEN jsonb_build_object('author_id', copied.visitor_id)
      ELSE jsonb_build_object('text', 'reply-' || number, 'client_message_id', 'reply-' || number) END) AS copy
  WHERE original.conversation_id = $1::uuid`;

const lastMessages = `
  UPDATE conversations AS conversation SET last_message = to_jsonb(message) FROM copied, messages AS message
  WHERE conversation.id = copied.conversation_id AND message.conversation_id = conversation.id
    AND message.position = conversation.message_count AND $1::uuid IS NOT NULL`;
