import type { App } from "../../src/app.js";
import { planDueDeliveries } from "../../src/forwarding/deliveries/plan-deliveries.js";
import { refreshForwarding } from "../../src/forwarding/due/refresh-due-times.js";
import type { BenchDatabase } from "../database.js";

/** The beginning of every reply, and of no other text. */
export const marker = (number: number): string => `answer-${String(number).padStart(9, "0")}`;

/**
 * Visitors who asked twice and left two hours ago, each with one unread reply, numbered from `first` on; the due
 * check has queued a delivery for each. Their mails have about 5 KB.
 */
export async function queueReplies(app: App, database: BenchDatabase, first: number, count: number): Promise<void> {
  const { clock, database: own } = app.services;
  const now = clock.now().toISOString();
  const series = [first, count, now];
  await database.query(visitors, series);
  await database.query(conversations, series);
  await database.query(messages, [...series, marker(0).slice(0, -9)]);
  const rows = await database.query<{ id: string }>(
    "SELECT id FROM conversations WHERE id >= $1 AND id < $2 ORDER BY id",
    [idOf("b", first), idOf("b", first + count)],
  );
  await own.transaction((transaction) =>
    refreshForwarding(
      transaction,
      rows.map((row) => row.id),
      clock.now(),
    ),
  );
  const planned = await planDueDeliveries(app.services);
  if (planned !== count) throw new Error(`${planned} deliveries were queued, not ${count}.`);
}

function idOf(prefix: string, number: number): string {
  return `0192${prefix}000-0000-7000-8000-${number.toString(16).padStart(12, "0")}`;
}
const idSql = (prefix: string, number = "number"): string =>
  `('0192${prefix}000-0000-7000-8000-' || lpad(to_hex(${number}), 12, '0'))::uuid`;
const series = "generate_series($1::integer, $1::integer + $2::integer - 1) AS number";

const visitors = `
  INSERT INTO visitors (id, name, addresses, email_source, locale, time_zone, last_interaction_at, departed_at, created_at)
  SELECT ${idSql("a")}, 'Visitor ' || number, jsonb_build_object('email', jsonb_build_object('address',
      'visitor-' || number || '@example.com', 'shown', 'visitor-' || number || '@example.com')), 'FORM',
    (ARRAY['en-GB', 'de-DE', 'es-ES', NULL])[1 + number % 4],
    (ARRAY['Europe/London', 'Europe/Berlin', 'Europe/Madrid', NULL])[1 + number % 4],
    $3::timestamptz - interval '2 hours', $3::timestamptz - interval '2 hours', $3::timestamptz - interval '3 hours'
  FROM ${series}`;

const conversations = `
  INSERT INTO conversations (id, visitor_id, channel, started_at, last_activity_at, message_count)
  SELECT ${idSql("b")}, ${idSql("a")}, 'web', $3::timestamptz - interval '3 hours', $3::timestamptz - interval '2 hours', 3
  FROM ${series}`;

const messages = `
  INSERT INTO messages (id, conversation_id, position, author_kind, author_id, text, via, sent_at)
  SELECT ${idSql("c", "number * 3 + position")}, ${idSql("b")}, position,
    CASE WHEN position < 3 THEN 'VISITOR' ELSE 'AGENT' END,
    CASE WHEN position < 3 THEN ${idSql("a")} ELSE agent.id END,
    CASE WHEN position < 3 THEN 'Where is my order, please? I am waiting for it.'
      ELSE $4 || lpad(number::text, 9, '0') || ' Your order has left our house this morning and will be with you tomorrow.' END,
    'web', $3::timestamptz - interval '2 hours' - (3 - position) * interval '1 minute'
  FROM ${series}, generate_series(1, 3) AS position, (SELECT id FROM agents LIMIT 1) AS agent`;
