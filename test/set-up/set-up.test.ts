import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { firstSentStatement } from "../../src/set-up/read-set-up.js";
import type { Data } from "../support/app/graphql-client.js";
import { adminPassword } from "../support/app/test-app.js";
import { TestContext } from "../support/app/test-context.js";

const website = "https://www.harbour.example";

let context: TestContext;
beforeAll(async () => {
  context = await TestContext.setup({ WEBSITE_URL: `${website}/help`, EMAIL_SMTP_URL: undefined });
});
afterAll(() => context?.teardown());

async function steps(): Promise<Record<string, Data>> {
  const { setUp } = await context.agent.client.do("{ setUp { id done doneAt detail } }");
  return Object.fromEntries(setUp.map(({ id, ...step }: Data) => [id, step]));
}
const done = async () => Object.entries(await steps()).flatMap(([id, step]) => (step.done ? [id] : []));
const changePassword = (current: string, next: string) =>
  context.agent.client.do("mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { token } }", {
    input: { current, next },
  });

// In this order: each test goes a step further.
describe("The set-up of a new installation", () => {
  test("has six open steps", async () => {
    expect(await steps()).toEqual({
      PASSWORD: { done: false, doneAt: null, detail: "ADMIN_PASSWORD is still in use" },
      TRIED: { done: false, doneAt: null, detail: "No reply has been sent yet" },
      PREFERENCE: { done: false, doneAt: null, detail: "Unread replies, 5 min after the visitor left" },
      COLLEAGUES: { done: false, doneAt: null, detail: "1 agent" },
      EMAIL: { done: false, doneAt: null, detail: "EMAIL_SMTP_URL is not set: emails stay in the mailbox" },
      WEBSITE: { done: false, doneAt: null, detail: "Not seen yet on www.harbour.example" },
    });
  });

  test("goes on when the first password is changed, and not when another agent's is", async () => {
    const colleague = await context.createAgent();
    await context.agent.client.do("mutation ($input: UpdateAgentInput!) { updateAgent(input: $input) { id } }", {
      input: { agentId: colleague.id, password: "a fresh password", name: "Cleo" },
    });
    await context.agent.client.do("mutation ($id: ID!) { removeAgent(agentId: $id) { id } }", { id: colleague.id });
    await context.agent.client.do("mutation ($input: UpdateAgentInput!) { updateAgent(input: $input) { id } }", {
      input: { agentId: context.agent.id, name: "Ben" },
    });
    expect(await done()).toEqual([]);
    await changePassword(adminPassword, "a better password");
    expect((await steps()).PASSWORD).toEqual({ done: true, doneAt: expect.any(String), detail: null });
  });

  test("goes on when a reply follows a visitor, and forgets the address with the visitor", async () => {
    const ana = await context.visitorWhoLeft();
    await context.agent.reply(ana, "It is.");
    await context.agent.forwardNow(ana);
    await context.app.tick();
    const { TRIED } = await steps();
    expect(TRIED).toEqual({ done: true, doneAt: expect.any(String), detail: `A reply reached ${ana.email}` });
    const { conversation } = await context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { visitor { id } } }",
      { id: ana.conversationId },
    );
    await context.agent.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", {
      id: conversation.visitor.id,
    });
    expect((await steps()).TRIED).toEqual({ ...TRIED, detail: null });
  });

  test("goes on when the preference is saved, although nothing changed", async () => {
    await context.agent.updatePreference({});
    expect((await steps()).PREFERENCE).toEqual({
      done: true,
      doneAt: expect.any(String),
      detail: "Unread replies, 5 min after the visitor left",
    });
  });

  test("goes on when there is a colleague, and back when the colleague is removed", async () => {
    const colleague = await context.createAgent();
    expect((await steps()).COLLEAGUES).toEqual({ done: true, doneAt: null, detail: "2 agents" });
    await context.agent.client.do("mutation ($id: ID!) { removeAgent(agentId: $id) { id } }", { id: colleague.id });
    expect((await steps()).COLLEAGUES).toMatchObject({ done: false, detail: "1 agent" });
  });

  test("goes on when the chat was opened on the website, not on the demo website or elsewhere", async () => {
    for (const page of [`${context.app.services.config.publicUrl}/rent`, "https://elsewhere.example/"]) {
      await context.app.startVisitor({ page });
    }
    expect((await steps()).WEBSITE).toMatchObject({ done: false });
    await context.app.startVisitor({ page: `${website}/bikes?colour=blue` });
    expect((await steps()).WEBSITE).toEqual({
      done: true,
      doneAt: expect.any(String),
      detail: "Seen on www.harbour.example",
    });
  });

  test("is left with emails that stay in the mailbox", async () => {
    expect(await done()).toEqual(["PASSWORD", "TRIED", "PREFERENCE", "WEBSITE"]);
  });

  test("finds the first reply by an index among 10,000 deliveries", async () => {
    const { conversationId } = await context.startConversation();
    await context.app.execute(
      `INSERT INTO deliveries (id, conversation_id, channel, address, address_shown, kind, trigger, status, reference, due_at,
          created_at, finished_at)
        SELECT gen_random_uuid(), $1, 'email', '"ana@example.com"', 'ana@example.com', 'UNREAD_REPLIES', 'REQUESTED',
          CASE number % 3 WHEN 0 THEN 'SENT' WHEN 1 THEN 'FAILED' ELSE 'CANCELLED' END, 'number ' || number, created_at,
          created_at, created_at
        FROM generate_series(1, 10000) AS number, LATERAL (
          SELECT '2026-01-01'::timestamptz + make_interval(secs => number)) AS time (created_at)`,
      [conversationId],
    );
    await context.app.execute("ANALYZE deliveries");
    const rows = await context.app.execute(`EXPLAIN (ANALYZE, TIMING OFF) ${firstSentStatement.text}`);
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect(plan).not.toMatch(/Seq Scan on deliveries/);
    const reads = [...plan.matchAll(/on deliveries .*actual rows=(\d+)/g)].map(([, rows]) => Number(rows));
    expect(Math.max(...reads)).toBeLessThanOrEqual(2);
  });
});

test("A set-up with a mail server is done with email", async () => {
  const other = await TestContext.setup();
  const { setUp } = await other.agent.client.do("{ setUp { id done } }");
  expect(setUp).toContainEqual({ id: "EMAIL", done: true });
  await other.teardown();
});
