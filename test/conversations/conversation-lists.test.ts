import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ConversationOrder, listConversations } from "../../src/conversations/list-conversations.js";
import type { Database, Statement } from "../../src/database/database.js";
import { DeliveryStatus, ForwardingTrigger } from "../../src/forwarding/deliveries/delivery.entity.js";
import { listDeliveries } from "../../src/forwarding/deliveries/list-deliveries.js";
import { ForwardingState } from "../../src/forwarding/forwarding.js";
import type { Services } from "../../src/services.js";
import { AgentRole, type Viewer } from "../../src/viewer.js";
import type { Data } from "../support/app/graphql-client.js";
import { TestContext } from "../support/app/test-context.js";

let context: TestContext;
beforeAll(async () => {
  context = await TestContext.setup();
});
afterAll(() => context?.teardown());

test("In the order of due times the earliest comes first, then those that nothing is due for, page by page", async () => {
  const ids: string[] = [];
  for (const seconds of [0, 20, 40, 60]) {
    const visitor = await context.visitorWhoLeft();
    if (seconds < 60) await context.agent.reply(visitor, "It is, come by.");
    ids.push(visitor.conversationId);
    await context.app.pass(20);
  }
  const pages: string[] = [];
  for (let after: string | null = null, index = 0; index < 4; index += 1) {
    const { conversations }: Data = await context.agent.client.do(
      "query ($after: String) { conversations(order: DUE, first: 2, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }",
      { after },
    );
    pages.push(...conversations.nodes.map(({ id }: Data) => id));
    if (!conversations.pageInfo.hasNextPage) break;
    after = conversations.pageInfo.endCursor;
  }
  expect(pages).toEqual(ids);
  const wrong = await context.agent.client.fail('{ conversations(order: DUE, after: "nonsense") { nodes { id } } }');
  expect(wrong.extensions.code).toBe("BAD_USER_INPUT");
});

test("Deliveries are listed by several statuses and reasons, by lateness and by any part of the address", async () => {
  const late = await context.visitorWhoLeft();
  await context.agent.reply(late, "It is, come by.");
  context.mail.behave(() => ({ code: 451, message: "4.3.0 Later" }));
  await context.forward(late.conversationId);
  await context.app.pass(3 * 3_600);
  context.mail.behave(() => null);
  await context.app.pass(3_600);
  const prompt = await context.visitorWhoLeft();
  await context.agent.reply(prompt, "It is, come by.");
  await context.forward(prompt.conversationId);
  const addresses = async (filter: string): Promise<readonly string[]> => {
    const { deliveries } = await context.agent.client.do(
      `{ deliveries(filter: { ${filter} }, first: 100) { nodes { address late } } }`,
    );
    return deliveries.nodes.map(({ address }: Data) => address);
  };
  expect(await addresses("late: true")).toContain(late.email);
  expect(await addresses("late: true")).not.toContain(prompt.email);
  expect(await addresses(`late: false, address: "${prompt.email}"`)).toEqual([prompt.email]);
  expect(await addresses("late: false")).not.toContain(late.email);
  expect(await addresses(`address: "${late.email.toUpperCase().slice(2, 9)}", statuses: [SENT]`)).toContain(late.email);
  expect(await addresses('address: "nobody@nowhere"')).toEqual([]);
  expect(await addresses("statuses: [SENT, FAILED], triggers: [REQUESTED, INACTIVITY]")).toEqual(
    expect.arrayContaining([late.email, prompt.email]),
  );
  expect(await addresses("statuses: []")).toEqual([]);
  expect(await addresses("statuses: [CANCELLED, UNCERTAIN]")).toEqual([]);
});

describe("With ten thousand of each", () => {
  beforeAll(async () => {
    const visitor = await context.visitorWhoLeft();
    // One in a hundred is of a rare kind.
    await context.app.execute(
      `INSERT INTO conversations (id, visitor_id, channel, started_at, last_activity_at, message_count, pending_replies,
          last_pending_position, due_channel, due_at, offline_due_at, held_at, last_message)
        SELECT gen_random_uuid(), visitor_id, 'web', now(), now() - number * interval '1 second', 1, 1, 1,
          CASE WHEN number % 100 = 1 THEN 'email' END,
          CASE WHEN number % 100 = 1 THEN now() + interval '1 hour' END,
          CASE WHEN number % 100 = 1 THEN now() + interval '1 hour' END,
          CASE WHEN number % 100 = 2 THEN now() END,
          jsonb_build_object('author_kind', CASE WHEN number % 100 = 3 THEN 'VISITOR' ELSE 'AGENT' END)
        FROM conversations, generate_series(1, 10000) AS number WHERE conversations.id = $1`,
      [visitor.conversationId],
    );
    await context.app.execute(
      `INSERT INTO deliveries (id, conversation_id, channel, address, address_shown, kind, trigger, status, reference, due_at,
          created_at, sent_at)
        SELECT gen_random_uuid(), $1, 'email', '"ana@example.com"', 'ana@example.com', 'UNREAD_REPLIES',
          CASE WHEN number % 100 = 1 THEN 'INACTIVITY' ELSE 'VISITOR_LEFT' END,
          CASE WHEN number % 100 = 2 THEN 'FAILED' ELSE 'SENT' END, 'number ' || number, now(),
          now() - number * interval '1 second', now() + CASE WHEN number % 100 = 3 THEN 2 ELSE 0 END * interval '1 hour'
        FROM generate_series(1, 10000) AS number`,
      [visitor.conversationId],
    );
    await context.app.execute("ANALYZE conversations, deliveries, visitors");
  }, 60_000);

  /** What the program asks the database, with its parameters. */
  async function asked(list: (services: Services) => Promise<unknown>): Promise<[Statement, readonly unknown[]]> {
    const found: [Statement, readonly unknown[]][] = [];
    const { services } = context.app;
    const record = async (statement: Statement, parameters: readonly unknown[]) => {
      if (/list-conversations|conversations-by-due|^deliveries/.test(statement.name))
        found.push([statement, parameters]);
      else return services.database.query(statement, parameters);
      return [];
    };
    const database = { query: record, queryValues: record } as unknown as Database;
    await list({ ...services, database });
    const [first] = found;
    if (first === undefined) throw new Error("Nothing was read.");
    return first;
  }

  const agent: Viewer = { kind: "agent", sessionId: "-", agentId: "-", role: AgentRole.AGENT };
  const page = { direction: "forward", limit: 25, cursor: null } as const;
  const due = ConversationOrder.DUE;

  test.each([
    ["what waits", { forwarding: [ForwardingState.WAITING] }, "conversations_waiting", undefined],
    ["what is held", { forwarding: [ForwardingState.HELD] }, "conversations_held", undefined],
    ["what is being sent", { forwarding: [ForwardingState.SENDING] }, "conversations_sending", undefined],
    ["what cannot go out", { forwarding: [ForwardingState.NO_ADDRESS] }, "conversations_not_due", undefined],
    ["what waits, in the order of due times", { forwarding: [ForwardingState.WAITING] }, "conversations_by_due", due],
    ["what needs a reply", { needsReply: true }, "conversations_needing_reply", undefined],
    ["what is unassigned", { unassigned: true, status: "OPEN" as never }, "conversations_unassigned", undefined],
  ])("conversations by %s are read from an index", async (_name, filter, index, order) => {
    const [statement, parameters] = await asked((services) =>
      listConversations(services, agent, filter, page, undefined, order),
    );
    const plan = (await context.app.execute(`EXPLAIN ${statement.text}`, parameters)).map((row) => row["QUERY PLAN"]);
    expect(plan.join("\n")).toContain(`using ${index}`);
    expect(plan.join("\n")).not.toMatch(/Seq Scan on conversations\b/);
  });

  test.each([
    ["statuses", { statuses: [DeliveryStatus.FAILED, DeliveryStatus.BOUNCED] }, "deliveries_status"],
    ["reasons", { triggers: [ForwardingTrigger.INACTIVITY] }, "deliveries_trigger"],
    ["lateness", { late: true }, "deliveries_late"],
    ["address", { address: "nobody" }, "deliveries_newest"],
  ])("deliveries by %s are read from an index", async (_name, filter, index) => {
    const [statement, parameters] = await asked((services) => listDeliveries(services, filter, page));
    const plan = (await context.app.execute(`EXPLAIN ${statement.text}`, parameters)).map((row) => row["QUERY PLAN"]);
    expect(plan.join("\n")).toContain(`using ${index}`);
    expect(plan.join("\n")).not.toMatch(/Seq Scan on deliveries\b/);
  });
});
