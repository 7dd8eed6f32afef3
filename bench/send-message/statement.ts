/**
 * An agent's reply without forwarding, identity or erasure: message, conversation and outbox in one statement, on the
 * program's tables. Parameters: message id, conversation id, author id, text, clientMessageId.
 */
export const sendSql = `
  WITH conversation AS (
    UPDATE conversations SET message_count = message_count + 1, last_activity_at = now(), unread_replies = unread_replies + 1,
      last_message = jsonb_build_object('id', $1::uuid, 'position', message_count + 1, 'text', $4::text, 'sent_at', now())
    WHERE id = $2::uuid AND status = 'OPEN' RETURNING id, message_count
  ), message AS (
    INSERT INTO messages (id, conversation_id, position, author_kind, author_id, text, via, sent_at, client_message_id)
    SELECT $1::uuid, id, message_count, 'AGENT', $3::uuid, $4::text, 'web', now(), $5::text FROM conversation
    RETURNING *
  ), outboxed AS (
    INSERT INTO bench.outbox (message_id, created_at) SELECT id, sent_at FROM message
  )
  SELECT * FROM message`;
