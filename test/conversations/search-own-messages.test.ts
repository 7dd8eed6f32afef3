import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type ConversationFilter, listConversations } from "../../src/conversations/list-conversations.js";
import type { Database, Statement } from "../../src/database/database.js";
import type { Services } from "../../src/services.js";
import { AgentRole, type Viewer } from "../../src/viewer.js";
import { inDatabase } from "../support/services/in-database.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";
import type { TestDatabase } from "../support/services/test-database.js";

const anaId = "019386f4-9b4e-7a51-8c4c-000000000001";
const ana = { kind: "visitor", sessionId: "a session", visitorId: anaId, guestOf: null } as const;
const agent = { kind: "agent", sessionId: "a session", agentId: anaId, role: AgentRole.AGENT } as const;

let database: TestDatabase;
beforeAll(async () => {
  database = await createMigratedDatabase();
  await inDatabase(database.url, async (client) => {
    await client.query(`
      INSERT INTO visitors (id, name, created_at) SELECT coalesce(ana, gen_random_uuid()), 'Ana', now()
        FROM (SELECT CASE n WHEN 1 THEN '${anaId}'::uuid END AS ana FROM generate_series(1, 2000) AS n) AS numbered;
      INSERT INTO conversations (id, visitor_id, channel, started_at, last_activity_at)
        SELECT gen_random_uuid(), id, 'web', now(), now() - random() * interval '1 day' FROM visitors;
      INSERT INTO messages (id, conversation_id, position, author_kind, author_id, text, via, sent_at)
        SELECT gen_random_uuid(), conversations.id, position, 'VISITOR', visitor_id, 'Is my bike ready? ' || position, 'web', now()
        FROM conversations, generate_series(1, 10) AS position;
      ANALYZE visitors, conversations, messages`);
  });
});
afterAll(() => database?.drop());

/** The statement that lists them, and its parameters. */
async function statementFor(viewer: Viewer, filter: ConversationFilter): Promise<[Statement, readonly unknown[]]> {
  const asked: [Statement, readonly unknown[]][] = [];
  const recording = {
    queryValues: async (statement: Statement, parameters: readonly unknown[]) => {
      asked.push([statement, parameters]);
      return [];
    },
  } as unknown as Database;
  const services = { database: recording } as Services;
  await listConversations(services, viewer, filter, { direction: "forward", limit: 25, cursor: null });
  const [first] = asked;
  if (first === undefined) throw new Error("Nothing was read.");
  return first;
}

/** How PostgreSQL executes it: the plan, and how many rows it read from tables and indexes. */
async function explain(viewer: Viewer, filter: ConversationFilter, mode: string): Promise<string> {
  const [{ text }, parameters] = await statementFor(viewer, filter);
  return inDatabase(database.url, async (client) => {
    await client.query(`SET plan_cache_mode = ${mode}`);
    await client.query(`PREPARE listing AS ${text}`);
    const values = parameters.map((value) => client.escapeLiteral(String(value))).join(", ");
    const { rows } = await client.query(`EXPLAIN (ANALYZE, TIMING OFF) EXECUTE listing (${values})`);
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  });
}

describe("a visitor's search", () => {
  test.each(["force_custom_plan", "force_generic_plan"])("reads only the visitor's own messages (%s)", async (mode) => {
    for (const search of ["bike", "b", "nothing of this kind"]) {
      const plan = await explain(ana, { search }, mode);
      expect(plan).toContain("conversations_visitor");
      expect(plan).not.toMatch(/messages_search|visitors_search|Seq Scan on messages/);
      const mostRows = Math.max(...[...plan.matchAll(/actual rows=(\d+)/g)].map(([, rows]) => Number(rows)));
      expect(mostRows).toBeLessThanOrEqual(25);
    }
  });

  test("an agent's search uses the index on all messages", async () => {
    expect(await explain(agent, { search: "nothing of this kind" }, "force_custom_plan")).toContain("messages_search");
  });
});
