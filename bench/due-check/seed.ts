import type pg from "pg";

/** How many conversations are due, independent of their total number. */
export const dueCount = 500;

/**
 * Fills a database with conversations of every kind, in shares that do not depend on their number: half are read, a tenth
 * each was forwarded, failed, has no address, is held or opted out, or is pending with an address and becomes due in an
 * hour. Of these, 500 are due already. Positions, read model and due times are stored by the program itself.
 */
export async function seed(client: pg.Client, size: number, now: Date): Promise<void> {
  await client.query(
    "UPDATE forwarding_preference SET visitor_left_delay_seconds = 3600, inactivity_delay_seconds = 86400",
  );
  // No foreign keys are checked and no indexes are maintained while rows are inserted: building them at the end costs a third.
  await client.query("SET session_replication_role = replica");
  const indexes = await dropIndexes(client);
  await client.query(kindsTable);
  await client.query(kinds, [size, now.toISOString(), size / 10 / dueCount]);
  for (const statement of [visitors, messages, conversations, deliveries, carried]) await client.query(statement);
  for (const definition of indexes) await client.query(definition);
  await client.query("DROP TABLE kinds");
  await client.query("SET session_replication_role = origin");
  await client.query("VACUUM (ANALYZE)");
}

/** Drops every index that does not belong to a constraint. Returns the statements that create them again. */
async function dropIndexes(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(`
    SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
    WHERE indrelid::regclass::text IN ('visitors', 'conversations', 'messages', 'deliveries', 'delivery_messages')
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`);
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
  return rows.map(({ definition }) => definition);
}

// Ascending ids, like the program's.
const idOf = (prefix: string): string => `('0192${prefix}000-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid`;

const kindsTable = `CREATE TEMPORARY TABLE kinds (number integer, kind text, visitor uuid, conversation uuid, question uuid,
  reply uuid, delivery uuid, asked_at timestamptz, replied_at timestamptz, left_at timestamptz)`;

const kinds = `
  INSERT INTO kinds
  SELECT number, kind, ${idOf("a")}, ${idOf("b")}, ${idOf("c")}, ${idOf("d")}, ${idOf("e")},
    replied_at - interval '1 minute', replied_at, replied_at + interval '1 minute'
  FROM (
    SELECT number, kind, $2::timestamptz - CASE kind WHEN 'waiting' THEN interval '2 minutes' ELSE interval '2 hours' END
    FROM (
      SELECT number, CASE
          WHEN number % 10 < 5 THEN 'read'
          WHEN number % 10 = 5 THEN 'forwarded'
          WHEN number % 10 = 6 THEN 'attempted'
          WHEN number % 10 = 7 THEN 'without address'
          WHEN number % 20 = 8 THEN 'held'
          WHEN number % 20 = 18 THEN 'opted out'
          WHEN number / 10 % $3::integer = 0 THEN 'due'
          ELSE 'waiting' END
      FROM generate_series(0, $1::integer - 1) AS number) AS sorted (number, kind)
  ) AS timed (number, kind, replied_at)`;

const visitors = `
  INSERT INTO visitors (id, name, addresses, email_source, last_interaction_at, departed_at, opted_out_at, created_at)
  SELECT visitor, 'Visitor ' || number, CASE kind WHEN 'without address' THEN '{}'
      ELSE jsonb_build_object('email', jsonb_build_object('address', 'visitor-' || number || '@example.com',
        'shown', 'visitor-' || number || '@example.com')) END,
    CASE WHEN kind <> 'without address' THEN 'FORM' END, asked_at, left_at,
    CASE kind WHEN 'opted out' THEN left_at END, asked_at
  FROM kinds ORDER BY number`;

const messages = `
  INSERT INTO messages (id, conversation_id, position, author_kind, author_id, text, via, sent_at, forwarded_to)
  SELECT * FROM (
    SELECT question, conversation, 1, 'VISITOR', visitor, 'Where is my order number ' || number || '?', 'web', asked_at, NULL
    FROM kinds UNION ALL
    SELECT reply, conversation, 2, 'AGENT', agent.id, 'Order ' || number || ' has left our house this morning.', 'web',
      replied_at, CASE kind WHEN 'forwarded' THEN 'visitor-' || number || '@example.com' END
    FROM kinds, (SELECT id FROM agents LIMIT 1) AS agent
  ) AS message ORDER BY 1`;

const conversations = `
  INSERT INTO conversations (id, visitor_id, channel, started_at, last_activity_at, last_message, message_count,
    visitor_read_position, agents_read_position, unread_replies, forwarded_position, attempted_position, pending_replies,
    first_pending_at, last_pending_at, last_pending_position, held_at, last_outcome, preference_version, due_channel, due_at,
    offline_due_at)
  SELECT conversation, visitor, 'web', asked_at, replied_at, to_jsonb(message), 2, CASE kind WHEN 'read' THEN 2 ELSE 0 END, 1,
    CASE kind WHEN 'read' THEN 0 ELSE 1 END, CASE kind WHEN 'forwarded' THEN 2 ELSE 0 END,
    CASE WHEN kind IN ('forwarded', 'attempted') THEN 2 ELSE 0 END, CASE WHEN pending THEN 1 ELSE 0 END,
    CASE WHEN pending THEN replied_at END, CASE WHEN pending THEN replied_at END, CASE WHEN pending THEN 2 ELSE 0 END,
    CASE kind WHEN 'held' THEN replied_at END,
    CASE kind WHEN 'read' THEN 'CANCELLED' WHEN 'forwarded' THEN 'SENT' WHEN 'attempted' THEN 'FAILED' END,
    preference.version, CASE WHEN kind <> 'without address' THEN 'email' END,
    CASE WHEN kind IN ('waiting', 'due') THEN left_at + interval '1 hour' END,
    CASE WHEN kind IN ('waiting', 'due') THEN replied_at + interval '30 seconds' END
  FROM kinds CROSS JOIN LATERAL (SELECT kind NOT IN ('read', 'forwarded') AS pending) AS counted
  JOIN messages AS message ON message.id = kinds.reply, forwarding_preference AS preference
  ORDER BY number`;

const deliveries = `
  INSERT INTO deliveries (id, conversation_id, channel, address, address_shown, kind, trigger, status, reference, due_at,
    created_at, attempts, first_attempt_at, from_position, to_position, sent_at, finished_at, failure_code)
  SELECT delivery, conversation, 'email', to_jsonb('visitor-' || number || '@example.com'),
    'visitor-' || number || '@example.com', 'UNREAD_REPLIES', 'VISITOR_LEFT',
    CASE kind WHEN 'read' THEN 'CANCELLED' WHEN 'forwarded' THEN 'SENT' ELSE 'FAILED' END, md5(number::text), left_at, left_at,
    1, left_at, 1, 2, CASE kind WHEN 'forwarded' THEN left_at END, left_at, CASE kind WHEN 'attempted' THEN 'UNAVAILABLE' END
  FROM kinds WHERE kind IN ('read', 'forwarded', 'attempted') ORDER BY number`;

const carried = `
  INSERT INTO delivery_messages (delivery_id, message_id, position)
  SELECT delivery, reply, 2 FROM kinds WHERE kind IN ('forwarded', 'attempted') ORDER BY number`;
