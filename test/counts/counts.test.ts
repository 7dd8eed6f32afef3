import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { LiveCounts } from "../../src/counts/live-counts.js";
import { countsStatement, type SharedCounts } from "../../src/counts/read-counts.js";
import { Events } from "../../src/events/events.js";
import { createLogger } from "../../src/logger.js";
import type { Data } from "../support/app/graphql-client.js";
import { TestContext } from "../support/app/test-context.js";

let context: TestContext;
beforeAll(async () => {
  context = await TestContext.setup();
});
afterAll(() => context?.teardown());

const fields = "open mine unassigned needsReply waiting held stuck openDeliveries deliveryProblems";
const counts = async (): Promise<Data> => (await context.agent.client.do(`{ counts { ${fields} } }`)).counts;

test("Counts are what the lists hold, and each agent has their own", async () => {
  const left = await context.visitorWhoLeft();
  await context.agent.reply(left, "It is, come by.");
  const nameless = await context.visitorWhoLeft({ email: null });
  await context.agent.reply(nameless, "It is, come by.");
  await context.visitorWhoLeft();
  const colleague = await context.createAgent();
  const { updates, connection } = await listen(colleague.client);
  await context.agent.client.do(
    "mutation ($input: AssignConversationInput!) { assignConversation(input: $input) { id } }",
    { input: { conversationId: left.conversationId, agentId: colleague.id } },
  );
  await updates.until(({ countsUpdated }) => {
    const { mine, unassigned } = countsUpdated;
    if (mine === 0) return false;
    expect(countsUpdated).toEqual({
      ...{ open: 3, mine, unassigned, needsReply: 1, waiting: 1, held: 0, stuck: 1 },
      ...{ openDeliveries: 0, deliveryProblems: 0 },
    });
    return mine === 1 && unassigned === 2;
  });
  expect(await counts()).toMatchObject({ open: 3, mine: 0, unassigned: 2 });
  const size = async (filter: string) =>
    (await context.agent.client.do(`{ conversations(filter: { ${filter} }) { nodes { id } } }`)).conversations.nodes
      .length;
  expect(await size("forwarding: [WAITING, SENDING]")).toBe(1);
  expect(await size("needsReply: true")).toBe(1);
  expect(await size("unassigned: true, status: OPEN")).toBe(2);
  await connection.close();
});

async function listen(client: TestContext["agent"]["client"]) {
  const connection = await client.connect();
  return {
    connection,
    updates: await context.app.subscribe(connection, `subscription { countsUpdated { ${fields} } }`),
  };
}

test("A visitor may ask for none of it", async () => {
  const visitor = await context.visitorWhoLeft();
  for (const filter of ["forwarding: [HELD]", "needsReply: true", "unassigned: true"]) {
    const refused = await visitor.client.fail(`{ conversations(filter: { ${filter} }) { nodes { id } } }`);
    expect(refused.extensions.code).toBe("FORBIDDEN");
  }
  const byDue = await visitor.client.fail("{ conversations(order: DUE) { nodes { id } } }");
  expect(byDue.extensions.code).toBe("FORBIDDEN");
});

test("With ten thousand conversations, counting scans no table of theirs", async () => {
  const visitor = await context.visitorWhoLeft();
  await context.app.execute(
    `INSERT INTO conversations (id, visitor_id, channel, status, started_at, last_activity_at)
      SELECT gen_random_uuid(), visitor_id, 'web', 'CLOSED', now(), now() FROM conversations, generate_series(1, 10000) WHERE id = $1`,
    [visitor.conversationId],
  );
  await context.app.execute("VACUUM ANALYZE conversations");
  const rows = await context.app.execute(`EXPLAIN ${countsStatement.text}`, [["email"], new Date(), [], []]);
  const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
  expect(plan).not.toMatch(/Seq Scan on (conversations|deliveries)\b/);
});

describe("The counts of a process", () => {
  const shared: SharedCounts["shared"] = {
    ...{ open: 0, unassigned: 0, needsReply: 0, waiting: 0, held: 0, stuck: 0, openDeliveries: 0, deliveryProblems: 0 },
  };

  test("are read once for many who ask, and not again before something has changed", async () => {
    const events = new Events();
    let reads = 0;
    const live = new LiveCounts({ events, logger: createLogger("silent") }, async () => {
      reads += 1;
      return { shared, mine: new Map() };
    });
    await Promise.all([live.countsFor("one"), live.countsFor("two")]);
    await live.countsFor("one");
    expect(reads).toBe(1);
    // Nobody listens: a change alone reads nothing.
    events.publish({ type: "channelUpdated", channel: "email" });
    await Promise.resolve();
    expect(reads).toBe(1);
    await live.close();
  });
});
