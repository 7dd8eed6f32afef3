import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { v7 } from "uuid";
import { Conversation } from "../../src/conversations/conversation.entity.js";
import { Message } from "../../src/conversations/message.entity.js";
import { Database } from "../../src/database/database.js";
import { Delivery } from "../../src/forwarding/deliveries/delivery.entity.js";
import { Loaders } from "../../src/loaders.js";
import { openDatabase } from "../../src/orm.js";
import { Visitor } from "../../src/visitors/visitor.entity.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";
import type { TestDatabase } from "../support/services/test-database.js";

const [anaId, earlierAnaId, agentId, conversationId] = [v7(), v7(), v7(), v7()];
const messageIds = [v7(), v7(), v7()] as const;
const [forwardingId, directId] = [v7(), v7()];

let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await createMigratedDatabase();
  database = await openDatabase(testDatabase.url, 2, () => undefined);
  const run = (text: string, values: unknown[] = []) => database.query({ name: `set-up:${text.length}`, text }, values);
  await run(
    `INSERT INTO visitors (id, alias_of, name, addresses, created_at) VALUES
      ($1, NULL, 'Ana', '{"email": {"address": "ana@example.com", "shown": "ana@example.com"}}', now()), ($2, $1, NULL, '{}', now())`,
    [anaId, earlierAnaId],
  );
  await run(
    `INSERT INTO agents (id, name, email, role, password_hash, created_at)
      VALUES ($1, 'Ben', 'ben@example.com', 'AGENT', 'a secret', now())`,
    [agentId],
  );
  await run(
    "INSERT INTO conversations (id, visitor_id, channel, started_at, last_activity_at) VALUES ($1, $2, 'web', now(), now())",
    [conversationId, anaId],
  );
  await run(
    `INSERT INTO messages (id, conversation_id, position, author_kind, author_id, text, via, sent_at)
      SELECT id, $2, position, 'AGENT', $3, 'Reply ' || position, 'web', now()
      FROM unnest($1::uuid[]) WITH ORDINALITY AS reply (id, position)`,
    [[...messageIds], conversationId, agentId],
  );
  await run(
    `INSERT INTO deliveries (id, conversation_id, channel, address, address_shown, kind, trigger, status, reference, message_id, due_at, created_at)
      VALUES ($1, $3, 'email', '""', '', 'UNREAD_REPLIES', 'INACTIVITY', 'SENT', 'one', NULL, now(), now()),
        ($2, $3, 'messenger', '""', '', 'DIRECT', 'IMMEDIATE', 'FAILED', 'two', $4, now(), now() + interval '1 second')`,
    [forwardingId, directId, conversationId, messageIds[2]],
  );
  await run(`INSERT INTO delivery_messages (delivery_id, message_id, position) VALUES ($1, $2, 3), ($1, $3, 1)`, [
    forwardingId,
    messageIds[2],
    messageIds[0],
  ]);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

describe("loaders", () => {
  test("load instances of the entities, and null for a missing row", async () => {
    const loaders = new Loaders(database);
    const [visitor, agent, conversation, message, delivery, missing] = await Promise.all([
      loaders.visitor.load(anaId),
      loaders.agent.load(agentId),
      loaders.conversation.load(conversationId),
      loaders.message.load(messageIds[0]),
      loaders.delivery.load(directId),
      loaders.agent.load(anaId),
    ]);
    expect(visitor).toBeInstanceOf(Visitor);
    expect(visitor).toMatchObject({ id: anaId, name: "Ana", email: "ana@example.com" });
    expect(agent).toMatchObject({ id: agentId, name: "Ben" });
    expect(JSON.stringify(agent)).not.toContain("a secret");
    expect(conversation).toBeInstanceOf(Conversation);
    expect(message).toBeInstanceOf(Message);
    expect(delivery).toBeInstanceOf(Delivery);
    expect(missing).toBeNull();
  });

  test("an alias of a visitor is loaded as that visitor", async () => {
    const loaders = new Loaders(database);
    const loaded = await Promise.all([loaders.visitor.load(earlierAnaId), loaders.visitor.load(anaId)]);
    expect(loaded.map((visitor) => visitor?.id)).toEqual([anaId, anaId]);
  });

  test("a primed row is not read again", () => {
    const loaders = new Loaders(database);
    const conversation = Object.assign(new Conversation(), { id: conversationId });
    loaders.conversation.prime(conversation);
    expect(loaders.conversation.load(conversationId)).toBe(conversation);
  });

  test("load the messages of deliveries and the deliveries of messages, DIRECT ones too", async () => {
    const loaders = new Loaders(database);
    const carried = await Promise.all([forwardingId, directId].map((id) => loaders.messagesOfDelivery.load(id)));
    expect(carried.map((messages) => messages.map(({ position }) => position))).toEqual([[1, 3], [3]]);
    const carriers = await Promise.all(messageIds.map((id) => loaders.deliveriesOfMessage.load(id)));
    expect(carriers.map((deliveries) => deliveries.map(({ id }) => id))).toEqual([
      [forwardingId],
      [],
      [forwardingId, directId],
    ]);
  });

  test("find a message's id by its position", async () => {
    const loaders = new Loaders(database);
    const ids = await Promise.all([2, 0, 3].map((position) => loaders.messageIdAt(conversationId, position)));
    expect(ids).toEqual([messageIds[1], null, messageIds[2]]);
  });
});
