import { serveRaw } from "../raw-server.js";

// The inbox without a read model: the last message and the unread count are looked up in the messages table, 25 times by a
// suitable index.
const inbox = {
  name: "inbox",
  text: `
    SELECT conversation.id, conversation.last_activity_at AS "lastActivityAt", unread.messages AS "unreadByAgents",
      visitor.id AS visitor_id, visitor.name AS visitor_name, visitor.email AS visitor_email,
      last.id AS message_id, last.text AS message_text, last.sent_at AS message_sent_at
    FROM (SELECT * FROM conversations WHERE status = 'OPEN' ORDER BY last_activity_at DESC, id DESC LIMIT $1) AS conversation
    JOIN visitors AS visitor ON visitor.id = conversation.visitor_id
    CROSS JOIN LATERAL (SELECT * FROM messages WHERE conversation_id = conversation.id
      ORDER BY position DESC LIMIT 1) AS last
    CROSS JOIN LATERAL (SELECT count(*)::integer AS messages FROM messages WHERE conversation_id = conversation.id
      AND position > conversation.agents_read_position AND author_kind = 'VISITOR') AS unread
    ORDER BY conversation.last_activity_at DESC, conversation.id DESC`,
};

serveRaw(async (pool) => {
  const { rows } = await pool.query({ ...inbox, values: [25] });
  const nodes = rows.map((row) => ({
    id: row.id,
    lastActivityAt: row.lastActivityAt,
    unreadByAgents: row.unreadByAgents,
    visitor: { id: row.visitor_id, name: row.visitor_name, email: row.visitor_email },
    lastMessage: { id: row.message_id, text: row.message_text, sentAt: row.message_sent_at },
  }));
  return { conversations: { nodes } };
});
