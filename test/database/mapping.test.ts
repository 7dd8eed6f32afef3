import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { v7 } from "uuid";
import { type ShownConversation, shownProperties } from "../../src/conversations/conversation.entity.js";
import { type ListedConversation, listConversations } from "../../src/conversations/list-conversations.js";
import { messageFromStored, type StoredMessage } from "../../src/conversations/message.entity.js";
import { type NewMessage, writeReply, writeVisitorMessage } from "../../src/conversations/write-message.js";
import { Database } from "../../src/database/database.js";
import { Loaders } from "../../src/loaders.js";
import { openDatabase } from "../../src/orm.js";
import type { Services } from "../../src/services.js";
import { AgentRole } from "../../src/viewer.js";
import { createTestDatabase, type TestDatabase } from "../support/services/test-database.js";

describe("entities and hand-written statements", () => {
  let store: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    store = await createTestDatabase();
    database = await openDatabase(store.url, 4, () => undefined);
  });

  afterAll(async () => {
    await database?.close();
    await store?.drop();
  });

  test("every column of a mapped table has a property, and every property a column", async () => {
    const rows = await database.query<{ tableName: string; columnName: string; isNullable: string }>(
      {
        name: "columns",
        text: "SELECT table_name, column_name, is_nullable FROM information_schema.columns WHERE table_schema = 'public'",
      },
      [],
    );
    const mapped = [...database.orm.getMetadata().getAll().values()] as unknown as EntityMapping[];
    expect(mapped.length).toBe(11);
    for (const entity of mapped) {
      const columns = rows.filter((row) => row.tableName === entity.tableName);
      const properties = Object.values(entity.properties);
      expect([entity.tableName, properties.flatMap((property) => property.fieldNames).sort()]).toEqual([
        entity.tableName,
        columns.map((column) => column.columnName).sort(),
      ]);
      const nullable = properties.filter((property) => property.nullable).flatMap((property) => property.fieldNames);
      expect([entity.tableName, nullable.sort()]).toEqual([
        entity.tableName,
        columns
          .filter((column) => column.isNullable === "YES")
          .map((column) => column.columnName)
          .sort(),
      ]);
    }
  });

  test("the last message in a conversation's read model equals the stored message", async () => {
    const visitorId = v7();
    const conversationId = v7();
    const sentAt = new Date("2026-03-01T12:00:00.123Z");
    await database.query({ name: "insert-visitor", text: "INSERT INTO visitors (id, created_at) VALUES ($1, $2)" }, [
      visitorId,
      sentAt,
    ]);
    await database.query(
      {
        name: "insert-conversation",
        text: "INSERT INTO conversations (id, visitor_id, channel, started_at, last_activity_at) VALUES ($1, $2, 'web', $3, $3)",
      },
      [conversationId, visitorId, sentAt],
    );
    const message: NewMessage = {
      id: v7(),
      conversationId,
      authorKind: "VISITOR",
      authorId: visitorId,
      botName: null,
      text: 'a "quoted" text with 🚲 and \\ backslashes',
      via: "web",
      sentAt,
      clientMessageId: "one",
      externalId: null,
      attachments: null,
    };
    const query = database.query.bind(database);
    const question = await writeVisitorMessage(query, message);
    await expectSame(database, conversationId, question?.message);
    const reply: NewMessage = {
      ...message,
      id: v7(),
      authorKind: "BOT",
      authorId: v7(),
      botName: "Bo",
      attachments: [{ id: v7(), name: 'a "b".pdf', contentType: "application/pdf", sizeBytes: 7 }],
      clientMessageId: null,
    };
    const answer = await writeReply(query, reply, { id: v7(), reference: "abc", immediateChannels: [] });
    await expectSame(database, conversationId, answer?.message);
    expect(answer?.message.position).toBe(2);
  });

  test("a list of conversations returns the same values as the entities", async () => {
    const [conversationId, visitorId, agentId] = [v7(), v7(), v7()];
    const at = new Date("2026-03-01T12:00:00.123Z");
    const insert = (table: string, row: Readonly<Record<string, unknown>>) =>
      database.query(
        {
          name: `insert-listed-${table}`,
          text: `INSERT INTO ${table} (${Object.keys(row).join(", ")})
            VALUES (${Object.keys(row).map((_, index) => `$${index + 1}`)})`,
        },
        Object.values(row),
      );
    const addresses = { email: { address: "ana@example.com", shown: "ana@example.com" } };
    await insert("visitors", {
      id: visitorId,
      name: "Ana",
      addresses,
      email_source: "FORM",
      departed_at: at,
      created_at: at,
    });
    const agent = {
      id: agentId,
      name: "Bo",
      email: "bo@example.com",
      role: "AGENT",
      password_hash: "-",
      created_at: at,
    };
    await insert("agents", agent);
    await insert("conversations", {
      ...{ id: conversationId, visitor_id: visitorId, assignee_id: agentId, channel: "web" },
      ...{ started_at: at, last_activity_at: at, unread_by_agents: 3, agents_read_position: 2 },
    });
    const page = { direction: "forward", limit: 1, cursor: null } as const;
    const viewer = { kind: "agent", sessionId: v7(), agentId, role: AgentRole.AGENT } as const;
    const { items } = await listConversations({ database } as Services, viewer, { assigneeId: agentId }, page);
    const { visitor, assignee, ...conversation } = items[0] as ListedConversation;
    const loaders = new Loaders(database);
    expect(visitor).toEqual(await loaders.visitor.load(visitorId));
    expect(assignee).toEqual(await loaders.agent.load(agentId));
    const stored = (await loaders.conversation.load(conversationId)) as ShownConversation;
    const shown = shownProperties.map((property) => [property, stored[property]]);
    expect(conversation).toMatchObject(Object.fromEntries(shown));
  });
});

interface EntityMapping {
  readonly tableName: string;
  readonly properties: Readonly<
    Record<string, { readonly fieldNames: readonly string[]; readonly nullable?: boolean }>
  >;
}

async function expectSame(database: Database, conversationId: string, message: object | undefined): Promise<void> {
  const [row] = await database.query<{ copy: StoredMessage; stored: StoredMessage }>(
    {
      name: "copy-and-stored",
      text: `SELECT conversations.last_message AS copy, to_jsonb(messages) AS stored FROM conversations
        JOIN messages ON messages.conversation_id = conversations.id AND messages.position = conversations.message_count
        WHERE conversations.id = $1`,
    },
    [conversationId],
  );
  expect(row?.copy).toEqual(row?.stored);
  expect({ ...messageFromStored(row?.copy as StoredMessage) }).toEqual({ ...message });
}
