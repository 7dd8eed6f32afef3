import { z } from "zod";
import { inDatabase } from "../../support/services/in-database.js";

const openDelivery = z.object({ status: z.string(), reference: z.string() });
export type OpenDelivery = z.infer<typeof openDelivery>;

/** The deliveries that are QUEUED or SENDING. */
export async function readOpenDeliveries(databaseUrl: string): Promise<OpenDelivery[]> {
  return select(
    databaseUrl,
    openDelivery,
    "SELECT status, reference FROM deliveries WHERE status IN ('QUEUED', 'SENDING')",
  );
}

const outcome = z.object({
  reference: z.string(),
  status: z.string(),
  attempts: z.number(),
  replies: z.array(z.string()),
});
export type Outcome = z.infer<typeof outcome>;

const count = z.object({ count: z.number() });

/** The number of SENT deliveries; with `mark`, of those that carried this reply. */
export async function countSent(databaseUrl: string, mark: string | null = null): Promise<number> {
  const [row] = await select(
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
  return select(
    databaseUrl,
    outcome,
    `SELECT deliveries.reference, deliveries.status, deliveries.attempts,
      array(SELECT client_message_id FROM delivery_messages JOIN messages ON messages.id = delivery_messages.message_id
        WHERE delivery_messages.delivery_id = deliveries.id ORDER BY 1) AS replies
    FROM deliveries ORDER BY deliveries.id`,
  );
}

const problem = z.object({ problem: z.string() });

/** Describes what is inconsistent in conversations once everything has been sent. */
export async function findLeftovers(databaseUrl: string): Promise<string[]> {
  const rows = await select(
    databaseUrl,
    problem,
    `SELECT format('conversation %s still has %s pending replies', id, pending_replies) AS problem
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
  return rows.map((row) => row.problem);
}

async function select<Row>(
  databaseUrl: string,
  row: z.ZodType<Row>,
  statement: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  return inDatabase(databaseUrl, async (client) =>
    row.array().parse((await client.query(statement, [...parameters])).rows),
  );
}
