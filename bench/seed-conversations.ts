import { refreshForwarding } from "../src/forwarding/due/refresh-due-times.js";
import { openDatabase } from "../src/orm.js";
import { type BenchDatabase, settle } from "./database.js";

export interface ConversationsSeed {
  readonly conversations: number;
  readonly messagesEach: number;
}

/** The newest are partly read by both sides, as in an inbox; all others entirely, so that a new reply is the first pending one. */
const partlyRead = 1000;
const refreshedAtOnce = 20_000;

/**
 * Fills the database: one visitor per conversation, every other one with an address, every fifth conversation closed. All
 * of it is older than a week, so that nothing becomes due by itself; the read model is computed by the program.
 */
export async function seedConversations(database: BenchDatabase, seed: ConversationsSeed): Promise<void> {
  const agentId = await seedAgent(database);
  // Foreign keys hold by construction, and building an index at the end costs a tenth of a million insertions.
  await database.query("SET session_replication_role = replica");
  await database.query("SET maintenance_work_mem = '512MB'");
  await database.query("DROP INDEX messages_search");
  // As at the program's start; and no reply of the measurement is forwarded while it runs.
  await database.query("UPDATE forwarding_preference SET channels = '{email}', settle_seconds = 600");
  await database.query(
    "CREATE TABLE seeded (number integer, visitor_id uuid, conversation_id uuid, last_at timestamptz)",
  );
  await database.query(visitorsSql, [seed.conversations]);
  await database.query(conversationsSql, [seed.messagesEach]);
  await database.query(messagesSql, [seed.messagesEach, agentId]);
  await database.query("CREATE INDEX messages_search ON messages USING gin (words_of(text))");
  await database.query("SET session_replication_role = origin");
  await refreshReadModel(database);
  await database.query("DROP TABLE seeded");
  await settle(database);
  await checkReadModel(database);
}

async function seedAgent(database: BenchDatabase): Promise<string> {
  const [agent] = await database.query<{ id: string }>(
    `INSERT INTO agents (id, name, email, role, password_hash, created_at)
      VALUES (uuidv7(), 'Agent', 'agent@example.com', 'AGENT', '', now()) RETURNING id`,
  );
  if (agent === undefined) throw new Error("The agent was not inserted.");
  return agent.id;
}

async function refreshReadModel(database: BenchDatabase): Promise<void> {
  const program = await openDatabase(database.url, 2, () => {});
  try {
    const ids = (await database.query<{ id: string }>("SELECT id FROM conversations")).map(({ id }) => id);
    for (let from = 0; from < ids.length; from += refreshedAtOnce) {
      const some = ids.slice(from, from + refreshedAtOnce);
      await program.transaction((transaction) => refreshForwarding(transaction, some, new Date()));
    }
  } finally {
    await program.close();
  }
}

/** @throws {Error} when the read model differs from the messages in a sample of conversations, or something is due. */
async function checkReadModel(database: BenchDatabase): Promise<void> {
  const [found] = await database.query<{ wrong: number; due: number }>(checkSql);
  if (found === undefined || found.wrong > 0 || found.due > 0) {
    throw new Error(`The seed is wrong: ${JSON.stringify(found)} conversations.`);
  }
}

// Ids are in order of time, like the program's; the newest conversation is number 1.
const visitorsSql = `
  WITH numbered AS (
    INSERT INTO seeded SELECT number, uuidv7(), uuidv7(), date_trunc('milliseconds', now()) - interval '8 days' - number * interval '20 seconds'
    FROM generate_series($1::integer, 1, -1) AS number RETURNING *
  )
  INSERT INTO visitors (id, name, addresses, email_source, locale, time_zone, last_interaction_at, departed_at, created_at)
  SELECT visitor_id, 'Visitor ' || number, CASE WHEN number % 2 = 0 THEN addresses ELSE '{}' END,
    CASE WHEN number % 2 = 0 THEN 'FORM' END, 'en', 'Europe/Berlin', last_at, last_at, last_at
  FROM numbered, LATERAL (SELECT 'visitor-' || number || '@example.com' AS email),
    LATERAL (SELECT jsonb_build_object('email', jsonb_build_object('address', email, 'shown', email)) AS addresses)`;

const conversationsSql = `
  INSERT INTO conversations (id, visitor_id, channel, status, started_at, closed_at, last_activity_at, message_count,
    visitor_read_position, agents_read_position)
  SELECT conversation_id, visitor_id, 'web', CASE WHEN number % 5 = 0 THEN 'CLOSED' ELSE 'OPEN' END,
    last_at - $1::integer * interval '1 minute', CASE WHEN number % 5 = 0 THEN last_at END, last_at, $1::integer,
    $1::integer - unread, $1::integer - unread
  FROM seeded, LATERAL (SELECT CASE WHEN number <= ${partlyRead} THEN least(number % 6, $1::integer) ELSE 0 END AS unread)`;

const messagesSql = `
  INSERT INTO messages (id, conversation_id, position, author_kind, author_id, text, via, sent_at)
  SELECT uuidv7(), conversation_id, position, CASE WHEN is_reply THEN 'AGENT' ELSE 'VISITOR' END,
    CASE WHEN is_reply THEN $2::uuid ELSE visitor_id END,
    'Message ' || position || ' of conversation ' || number || ', about as long as people write in a chat window.',
    'web', last_at - ($1::integer - position) * interval '1 minute'
  FROM seeded, generate_series(1, $1::integer) AS position, LATERAL (SELECT position % 2 = 0 AS is_reply)
  ORDER BY number DESC, position`;

const checkSql = `
  SELECT
    (SELECT count(*)::integer FROM (
      (SELECT * FROM conversations ORDER BY last_activity_at DESC LIMIT ${partlyRead})
      UNION ALL (SELECT * FROM conversations TABLESAMPLE SYSTEM (1))) AS conversation
    CROSS JOIN LATERAL (
      SELECT max(position) AS last,
        count(*) FILTER (WHERE author_kind = 'VISITOR' AND position > agents_read_position) AS unread_by_agents,
        count(*) FILTER (WHERE author_kind <> 'VISITOR' AND position > visitor_read_position) AS unread_replies
      FROM messages WHERE conversation_id = conversation.id) AS truth
    WHERE (conversation.message_count, conversation.unread_by_agents, conversation.unread_replies,
        (conversation.last_message ->> 'position')::integer)
      IS DISTINCT FROM (truth.last, truth.unread_by_agents, truth.unread_replies, truth.last)) AS wrong,
    (SELECT count(*)::integer FROM conversations WHERE due_at IS NOT NULL OR offline_due_at IS NOT NULL) AS due`;
