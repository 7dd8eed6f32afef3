import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { refreshForwarding } from "../../src/forwarding/due/refresh-due-times.js";
import { TestContext } from "../support/app/test-context.js";
import { elsewhere } from "../support/services/elsewhere.js";

describe("A reply that is written while an admin changes the preference", () => {
  let context: TestContext;

  beforeAll(async () => {
    context = await TestContext.setup();
  });

  afterAll(async () => {
    await context?.teardown();
  });

  test("is due by the new preference, although its statement started under the old one", async () => {
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    await context.agent.reply(visitor, "I will look.");
    await visitor.leave();
    const { database, clock } = context.app.services;
    const { writing } = await database.transaction(async (transaction) => {
      // What updateForwardingPreference does, held open while the reply's statement waits for the conversation.
      await transaction.query(lengthenDelays, []);
      await transaction.query(lock, [visitor.conversationId]);
      const reply = context.agent.reply(visitor, "It is, come by.");
      await elsewhere(waitForBlockedStatement);
      await refreshForwarding(transaction, [visitor.conversationId], clock.now());
      // Wrapped in an object so that it is not awaited: the reply waits for this transaction.
      return { writing: reply };
    });
    await writing;
    await context.app.tick();
    const { dueAt } = await context.agent.forwarding(visitor);
    const [stored] = await database.query<{ dueAt: Date }>(readDue, [visitor.conversationId]);
    expect(stored?.dueAt.toISOString()).toBe(dueAt);
  });

  async function waitForBlockedStatement(): Promise<void> {
    for (;;) {
      const waiting = await context.app.services.database.query(blockedStatements, []);
      if (waiting.length > 0) return;
    }
  }
});

const lengthenDelays = {
  name: "lengthen-delays",
  text: "UPDATE forwarding_preference SET settle_seconds = 600, visitor_left_delay_seconds = 900, version = version + 1",
};
const lock = { name: "lock-one", text: "SELECT id FROM conversations WHERE id = $1 FOR UPDATE" };
const readDue = { name: "read-due", text: "SELECT due_at FROM conversations WHERE id = $1" };
const blockedStatements = {
  name: "blocked-statements",
  text: "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
};
