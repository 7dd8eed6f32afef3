import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { refreshForwarding } from "../../src/forwarding/due/refresh-due-times.js";
import { TestContext } from "../support/app/test-context.js";
import { elsewhere } from "../support/services/elsewhere.js";

describe("a reply that is written while an admin changes the preference", () => {
  let context: TestContext;

  beforeAll(async () => {
    context = await TestContext.setup();
  });

  afterAll(async () => {
    await context?.teardown();
  });

  test("is due by the new preference, although its statement began under the old one", async () => {
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    await context.agent.reply(visitor, "I will look.");
    await visitor.leave();
    const { database, clock } = context.app.services;
    const { writing } = await database.transaction(async (transaction) => {
      // What updateForwardingPreference does, held open while the reply's statement waits for the conversation.
      await transaction.query(slowDown, []);
      await transaction.query(lock, [visitor.conversationId]);
      const reply = context.agent.reply(visitor, "It is, come by.");
      await elsewhere(untilSomeoneWaits);
      await refreshForwarding(transaction, [visitor.conversationId], clock.now());
      // Within an object: the transaction must not wait for what waits for it.
      return { writing: reply };
    });
    await writing;
    await context.app.tick();
    const { dueAt } = await context.agent.forwarding(visitor);
    const [stored] = await database.query<{ dueAt: Date }>(readDue, [visitor.conversationId]);
    expect(stored?.dueAt.toISOString()).toBe(dueAt);
  });

  async function untilSomeoneWaits(): Promise<void> {
    for (;;) {
      const waiting = await context.app.services.database.query(waiters, []);
      if (waiting.length > 0) return;
    }
  }
});

const slowDown = {
  name: "slow-down",
  text: "UPDATE forwarding_preference SET settle_seconds = 600, visitor_left_delay_seconds = 900, version = version + 1",
};
const lock = { name: "lock-one", text: "SELECT id FROM conversations WHERE id = $1 FOR UPDATE" };
const readDue = { name: "read-due", text: "SELECT due_at FROM conversations WHERE id = $1" };
const waiters = {
  name: "waiters",
  text: "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
};
