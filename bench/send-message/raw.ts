import { v7 } from "uuid";
import { z } from "zod";
import { serveRaw } from "../raw-server.js";
import { sendSql } from "./statement.js";

const authorId = process.env.AUTHOR_ID;

const input = z.object({ conversationId: z.uuid(), text: z.string(), clientMessageId: z.string() });

serveRaw(async (pool, body) => {
  const { conversationId, text, clientMessageId } = input.parse(JSON.parse(body));
  const values = [v7(), conversationId, authorId, text, clientMessageId];
  const { rows } = await pool.query({ name: "send-message", text: sendSql, values });
  const [message] = rows;
  if (message === undefined) throw new Error("There is no such open conversation.");
  return { sendMessage: { id: message.id, text: message.text, sentAt: message.sent_at } };
});
