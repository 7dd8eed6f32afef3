import { z } from "zod";
import { inDatabase } from "../../support/services/in-database.js";

const glance = z.object({ status: z.string(), reference: z.string() });
export type Glance = z.infer<typeof glance>;

/** The deliveries that are QUEUED or SENDING, as the database has them. */
export async function lookAtOpenDeliveries(databaseUrl: string): Promise<Glance[]> {
  return ask(databaseUrl, glance, "SELECT status, reference FROM deliveries WHERE status IN ('QUEUED', 'SENDING')");
}

const outcome = z.object({
  reference: z.string(),
  status: z.string(),
  attempts: z.number(),
  replies: z.array(z.string()),
});
export type Outcome = z.infer<typeof outcome>;

const count = z.object({ count: z.number() });

/** How many deliveries are SENT; of those that carried one reply, when `mark` names it. */
export async function countSent(databaseUrl: string, mark: string | null = null): Promise<number> {
  const [row] = await ask(
    databaseUrl,
    count,
    `SELECT count(*)::integer FROM deliveries WHERE status = 'SENT' AND ($1::text IS NULL OR id IN (
      SELECT delivery_id FROM delivery_messages JOIN messages ON messages.id = message_id WHERE client_message_id = $1))`,
    [mark],
  );
  return row?.count ?? 0;
}

/** Every delivery with the replies that it carried, by their clientMessageIds. */
export async function readOutcomes(databaseUrl: string): Promise<Outcome[]> {
  return ask(
    databaseUrl,
    outcome,
    `SELECT deliveries.reference, deliveries.status, deliveries.attempts,
      array(SELECT client_message_id FROM delivery_messages JOIN messages ON messages.id = delivery_messages.message_id
        WHERE delivery_messages.delivery_id = deliveries.id ORDER BY 1) AS replies
    FROM deliveries ORDER BY deliveries.id`,
  );
}

const complaint = z.object({ complaint: z.string() });

/** What a conversation must not look like once everything has been sent, in words. */
export async function findLeftovers(databaseUrl: string): Promise<string[]> {
  const rows = await ask(
    databaseUrl,
    complaint,
    `SELECT format('conversation %s still has %s pending replies', id, pending_replies) AS complaint
      FROM conversations WHERE pending_replies > 0
    UNION ALL
    SELECT format('conversation %s still has an open delivery', id) FROM conversations WHERE open_delivery_id IS NOT NULL
    UNION ALL
    SELECT format('%s was stored %s times', client_message_id, count(*)) FROM messages
      WHERE client_message_id IS NOT NULL GROUP BY client_message_id HAVING count(*) > 1
    UNION ALL
    SELECT format('%s is not marked as forwarded', client_message_id) FROM messages
      WHERE author_kind = 'AGENT' AND forwarded_to IS NULL`,
  );
  return rows.map((row) => row.complaint);
}

async function ask<Row>(
  databaseUrl: string,
  row: z.ZodType<Row>,
  statement: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  return inDatabase(databaseUrl, async (client) =>
    row.array().parse((await client.query(statement, [...parameters])).rows),
  );
}
