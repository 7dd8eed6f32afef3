import type { Database, Statement } from "../../database/database.js";

/** The part of a conversation that a forwarding would send. Positions count its messages from 1, inclusive. */
export interface ContextRange {
  readonly conversationId: string;
  readonly fromPosition: number;
  readonly toPosition: number;
  /** Positions of the replies that it is about. */
  readonly carried: readonly number[];
  /** Nothing of what the visitor wrote is sent. */
  readonly withholdsVisitor: boolean;
}

/**
 * How many messages would go along with the replies of each range, in their order: by the same rule as `readMessages` in
 * read-outbounds.ts, which test/forwarding/content-outlook.test.ts compares.
 * @param ranges each one a `ContextRange` as JSON
 */
export async function countContexts(database: Database, ranges: readonly string[]): Promise<number[]> {
  const rows = await database.query<{ readonly messages: number }>(statement, [ranges]);
  return rows.map(({ messages }) => messages);
}

// What is UNCERTAIN is looked up once for each conversation, rather than for each of up to 1,000 messages.
const statement: Statement = {
  name: "count-contexts",
  text: `
    SELECT counted.messages
    FROM unnest($1::text[]) WITH ORDINALITY AS given (range, number),
      jsonb_to_record(given.range::jsonb) AS wanted ("conversationId" uuid, "fromPosition" integer, "toPosition" integer,
        carried integer[], "withholdsVisitor" boolean),
      LATERAL (
        SELECT count(*)::integer AS messages FROM messages AS message
        WHERE message.conversation_id = wanted."conversationId"
          AND message.position BETWEEN wanted."fromPosition" AND wanted."toPosition"
          AND message.position <> ALL (wanted.carried)
          AND message.unsent_at IS NULL
          AND NOT (wanted."withholdsVisitor" AND message.author_kind = 'VISITOR')
          AND message.id <> ALL (ARRAY (
            SELECT delivery_messages.message_id FROM deliveries
            JOIN delivery_messages ON delivery_messages.delivery_id = deliveries.id
            WHERE deliveries.conversation_id = wanted."conversationId" AND deliveries.status = 'UNCERTAIN'))
      ) AS counted
    ORDER BY given.number`,
};
