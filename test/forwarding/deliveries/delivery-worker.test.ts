import { setImmediate as turn } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { v7 } from "uuid";
import type { DeliveryResult, Failure } from "../../../src/channels/channel.js";
import { checkChannels } from "../../../src/channels/health/check-channels.js";
import { syncChannels } from "../../../src/channels/registry/sync-channels.js";
import { claimDeliveries } from "../../../src/forwarding/deliveries/claim-deliveries.js";
import { DeliveryWorker } from "../../../src/forwarding/deliveries/delivery-worker.js";
import { reclaimExpiredLeases, renewLeases } from "../../../src/forwarding/deliveries/leases.js";
import { recordResults } from "../../../src/forwarding/deliveries/record-results.js";
import { retryDelivery } from "../../../src/forwarding/deliveries/retry-delivery.js";
import { saveProgress } from "../../../src/forwarding/deliveries/save-progress.js";
import { refreshForwarding } from "../../../src/forwarding/due/refresh-due-times.js";
import { forwardNow } from "../../../src/forwarding/forward-now.js";
import { ForwardingMode } from "../../../src/forwarding/forwarding-preference.entity.js";
import { holdForwarding } from "../../../src/forwarding/hold-forwarding.js";
import { readForwardings } from "../../../src/forwarding/read-forwarding.js";
import { updateForwardingPreference } from "../../../src/forwarding/update-preference.js";
import { deferredReports } from "../../../src/inbound/deferred-reports.js";
import { receiveEvents } from "../../../src/inbound/receive-events.js";
import { updateVisitor } from "../../../src/visitors/update-visitor.js";
import { elsewhere } from "../../support/services/elsewhere.js";
import { accept, FakeChannel } from "../../support/services/fake-channel.js";
import { refusal } from "../../support/services/refusal.js";
import { administer } from "../../support/services/test-database.js";
import { type DeliveryRow, ForwardingContext } from "../forwarding-context.js";

const ana = "ana@example.com";
const failure = (code: Failure["code"], more: Partial<Failure> = {}): Failure => ({
  code,
  detail: "a failure of the test",
  ...more,
});
const retry = async (): Promise<DeliveryResult> => ({ outcome: "retry", failure: failure("UNAVAILABLE") });
const uncertain = async (): Promise<DeliveryResult> => ({ outcome: "uncertain", failure: failure("TIMED_OUT") });
const rejected = async (): Promise<DeliveryResult> => ({ outcome: "rejected", failure: failure("CONTENT_REJECTED") });

const email = new FakeChannel("email", "when-away", "idempotent");
const postal = new FakeChannel("postal", "when-away", "not idempotent");
const messenger = new FakeChannel("messenger", "immediate", "not idempotent");
let context: ForwardingContext;

beforeAll(async () => {
  // No jitter of retries.
  jest.spyOn(Math, "random").mockReturnValue(0.5);
  context = await ForwardingContext.setup([email, postal, messenger]);
});
afterAll(async () => {
  jest.restoreAllMocks();
  await context.teardown();
});
beforeEach(async () => {
  for (const channel of [email, postal, messenger]) channel.clear();
  await context.clear();
});

/** A conversation of a visitor who left long ago, with replies that are queued by forwardNow. */
async function queued(
  replies: readonly string[] = ["first"],
  addresses: Readonly<Record<string, string>> = { email: ana },
) {
  const visitor = await context.addVisitor(addresses);
  const conversation = await context.addConversation(visitor);
  for (const text of replies) await context.reply(conversation, text);
  const { id } = await forwardNow(context.services, context.agent, conversation);
  return { visitor, conversation, id };
}

async function onlyDelivery(conversation: string): Promise<DeliveryRow> {
  const [delivery, ...others] = await context.deliveries(conversation);
  if (delivery === undefined || others.length > 0) throw new Error(`There are ${others.length + 1} deliveries.`);
  return delivery;
}

async function stateOf(conversation: string): Promise<string | undefined> {
  return (await readForwardings(context.services, [conversation]))[0]?.state;
}

/** Makes a channel's next result wait for the test. */
function delayResult(channel: FakeChannel) {
  const started = Promise.withResolvers<void>();
  const result = Promise.withResolvers<DeliveryResult>();
  channel.answer = () => {
    started.resolve();
    return result.promise;
  };
  return { started: started.promise, resolve: result.resolve };
}

describe("After a worker died", () => {
  test("its lease expires, and an idempotent channel sends the same again under the same reference", async () => {
    const { conversation, visitor } = await queued();
    const [claimed] = await claimDeliveries(context.services, "email", 10);
    await context.reply(conversation, "second");
    await updateVisitor(context.services, context.agent, { visitorId: visitor.visitorId, name: "Ana" });
    await context.pass(60);
    await context.worker.work();
    expect(email.received).toEqual([]);
    await context.pass(1);
    await context.worker.work();
    expect(email.replies).toEqual([["first"]]);
    expect(email.received[0]).toMatchObject({ reference: claimed?.outbound.reference, attempt: 2, address: ana });
    expect(await onlyDelivery(conversation)).toMatchObject({ status: "SENT", carried: [1] });
    // Later replies are still forwarded.
    await context.pass(30);
    await context.work();
    expect(email.replies).toEqual([["first"], ["second"]]);
  });

  test("the delivery is UNCERTAIN on other channels: a person decides, and later replies are forwarded without it", async () => {
    const { conversation, id } = await queued(["first"], { postal: "Quay 1" });
    await claimDeliveries(context.services, "postal", 10);
    await context.pass(61);
    await context.worker.work();
    expect(postal.received).toEqual([]);
    expect(await onlyDelivery(conversation)).toMatchObject({ status: "UNCERTAIN", failureCode: "TIMED_OUT" });
    expect(await stateOf(conversation)).toBe("UNCERTAIN");
    await context.reply(conversation, "second");
    await context.pass(30);
    await context.work();
    expect(postal.replies).toEqual([["second"]]);
    expect(postal.received[0]?.messages.map((message) => message.text)).toEqual(["second"]);
    expect(await refusal(retryDelivery(context.services, context.agent, id))).toMatchObject({
      reason: "NOTHING_PENDING",
    });
  });

  test("a manual retry sends an UNCERTAIN delivery again unchanged, to its original address", async () => {
    const { conversation, id, visitor } = await queued(["first"], { postal: "Quay 1" });
    const [claimed] = await claimDeliveries(context.services, "postal", 10);
    await context.pass(61);
    await context.worker.work();
    expect(await refusal(forwardNow(context.services, context.agent, conversation))).toMatchObject({
      reason: "UNCERTAIN",
    });
    await context.sql("UPDATE visitors SET name = 'Ana' WHERE id = $1", visitor.visitorId);
    await retryDelivery(context.services, context.agent, id);
    await context.worker.work();
    expect(postal.received).toMatchObject([{ reference: claimed?.outbound.reference, address: "Quay 1", attempt: 1 }]);
    expect(await onlyDelivery(conversation)).toMatchObject({ status: "SENT" });
  });

  test("a frozen worker that resumes after its lease expired records nothing and saves no progress", async () => {
    const { conversation } = await queued();
    const [claimed] = await claimDeliveries(context.services, "email", 10);
    if (claimed === undefined) throw new Error("Nothing was claimed.");
    await saveProgress(context.services, claimed)({ step: 1 });
    await context.pass(61);
    await context.worker.work();
    expect(email.received[0]?.progress).toEqual({ step: 1 });
    await expect(saveProgress(context.services, claimed)({ step: 2 })).rejects.toThrow("lease");
    await recordResults(context.services, deferredReports(context.services), [
      { delivery: claimed, result: await rejected() },
    ]);
    expect(await onlyDelivery(conversation)).toMatchObject({ status: "SENT", failureCode: null });
    expect(await stateOf(conversation)).toBe("NOTHING_PENDING");
  });
});

test("Renewing leases skips locked deliveries instead of waiting for them, which could deadlock with recording results", async () => {
  const conversations = [await queued(), await queued()].map(({ conversation }) => conversation);
  const [first, second] = await claimDeliveries(context.services, "email", 10);
  if (first === undefined || second === undefined) throw new Error("Nothing was claimed.");
  await context.pass(20);
  await context.services.database.transaction(async ({ query }) => {
    await query({ name: "lock-a-delivery", text: "SELECT FROM deliveries WHERE id = $1 FOR UPDATE" }, [first.id]);
    await elsewhere(() => renewLeases(context.services, [first.leaseToken, second.leaseToken]));
  });
  await context.pass(41);
  await reclaimExpiredLeases(context.services);
  const deliveries = (await Promise.all(conversations.map((conversation) => context.deliveries(conversation)))).flat();
  expect(new Map(deliveries.map(({ id, status }) => [id, status]))).toEqual(
    new Map([
      [first.id, "QUEUED"],
      [second.id, "SENDING"],
    ]),
  );
});

describe("Workers on one queue", () => {
  test("send one mail when two workers compete for one delivery", async () => {
    const other = new FakeChannel("email", "when-away", "idempotent");
    const second = await context.join([other, postal, messenger]);
    try {
      const visitor = await context.addVisitor({ email: ana });
      const conversations: string[] = [];
      for (let count = 0; count < 60; count++) {
        const conversation = await context.addConversation(visitor);
        await context.reply(conversation, `reply ${count}`);
        conversations.push(conversation);
      }
      await context.pass(30);
      await Promise.all([context.work(), second.work(), context.work(), second.work()]);
      await Promise.all([context.work(), second.work()]);
      const sent = [...email.replies, ...other.replies].flat().sort();
      expect(sent).toEqual(conversations.map((_, count) => `reply ${count}`).sort());
      const statuses = await context.sql<{ status: string; count: number }>(
        "SELECT status, count(*)::integer AS count FROM deliveries GROUP BY status",
      );
      expect(statuses).toEqual([{ status: "SENT", count: 60 }]);
    } finally {
      await second.teardown();
    }
  });

  test.each([
    ["email", email],
    ["postal", postal],
  ])(
    "send a delivery that was locked when work was called without another call, after the unlocked ones (%s)",
    async (name, channel) => {
      const locked = await queued(["locked"], { [name]: "ana@example.com" });
      const free = await queued(["free"], { [name]: "ben@example.com" });
      let working: Promise<void> | undefined;
      await context.services.database.transaction(async ({ query }) => {
        await query({ name: "lock-a-visitor", text: "SELECT FROM visitors WHERE id = $1 FOR UPDATE" }, [
          locked.visitor.visitorId,
        ]);
        const sent = delayResult(channel);
        working = elsewhere(() => context.worker.work());
        await sent.started;
        channel.answer = accept;
        sent.resolve({ outcome: "accepted", externalIds: [] });
      });
      await working;
      expect(channel.replies).toEqual([["free"], ["locked"]]);
      expect(await onlyDelivery(locked.conversation)).toMatchObject({ status: "SENT" });
      expect(await onlyDelivery(free.conversation)).toMatchObject({ status: "SENT" });
    },
  );

  test("are not blocked by a slow channel on another one", async () => {
    await queued(["by post"], { postal: "Quay 1" });
    const slow = delayResult(postal);
    const working = context.worker.work();
    await slow.started;
    const { conversation } = await queued(["by email"]);
    const quick = Promise.withResolvers<void>();
    email.answer = async (outbound, signal) => {
      quick.resolve();
      return accept(outbound, signal);
    };
    const again = context.worker.work();
    await quick.promise;
    slow.resolve({ outcome: "accepted", externalIds: [] });
    await Promise.all([working, again]);
    expect(await onlyDelivery(conversation)).toMatchObject({ status: "SENT" });
    expect(postal.received).toHaveLength(1);
  });

  test("wait for deliveries in progress when stopping, and release the others as if they had never been claimed", async () => {
    const visitor = await context.addVisitor({ email: ana });
    const conversations: string[] = [];
    for (let count = 0; count < 15; count++) {
      const conversation = await context.addConversation(visitor);
      await context.reply(conversation, "hello");
      await forwardNow(context.services, context.agent, conversation);
      conversations.push(conversation);
    }
    const slow = delayResult(email);
    const worker = new DeliveryWorker(context.services, deferredReports(context.services));
    const working = worker.work();
    await slow.started;
    const stopping = worker.stop(10_000);
    slow.resolve({ outcome: "accepted", externalIds: [] });
    await Promise.all([stopping, working]);
    await worker.work();
    const rows = await Promise.all(conversations.map(onlyDelivery));
    expect(rows.filter((row) => row.status === "SENT")).toHaveLength(10);
    const released = rows.filter((row) => row.status === "QUEUED");
    expect(released).toHaveLength(5);
    expect(released.every((row) => row.attempts === 0 && row.frozenAt === null)).toBe(true);
    expect(email.received).toHaveLength(10);
  });

  test("abandon a plugin that hangs when stopping: the result is uncertain", async () => {
    const emailed = await queued();
    const mailed = await queued(["first"], { postal: "Quay 1" });
    const started = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    for (const [index, channel] of [email, postal].entries()) {
      channel.answer = () => {
        started[index]?.resolve();
        return new Promise(() => {});
      };
    }
    const worker = new DeliveryWorker(context.services, deferredReports(context.services));
    const working = worker.work();
    await Promise.all(started.map(({ promise }) => promise));
    await worker.stop(0);
    await working;
    expect(await onlyDelivery(emailed.conversation)).toMatchObject({
      status: "QUEUED",
      failureCode: "TIMED_OUT",
      attempts: 1,
    });
    expect((await onlyDelivery(emailed.conversation)).frozenAt).not.toBeNull();
    expect(await onlyDelivery(mailed.conversation)).toMatchObject({ status: "UNCERTAIN", failureCode: "TIMED_OUT" });
  });

  test("treat a plugin that throws as uncertain, not as rejected", async () => {
    const emailed = await queued();
    const mailed = await queued(["first"], { postal: "Quay 1" });
    const broken = (): never => {
      throw new Error("a bug of the plugin");
    };
    email.answer = broken;
    postal.answer = broken;
    await context.worker.work();
    expect(await onlyDelivery(emailed.conversation)).toMatchObject({ status: "QUEUED", failureCode: "UNKNOWN" });
    expect(await onlyDelivery(mailed.conversation)).toMatchObject({ status: "UNCERTAIN", failureCode: "UNKNOWN" });
  });

  test("record what was sent although the database was unavailable for a moment", async () => {
    // Without other channels, which the outage would affect elsewhere.
    const other = await context.join([email]);
    const name = new URL(context.databaseUrl).pathname.slice(1);
    const connections = (state: "allowed" | "refused") =>
      administer((client) => client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${state === "allowed"}`));
    let restored: Promise<unknown> = Promise.resolve();
    const warn = jest.spyOn(other.services.logger, "warn").mockImplementation((message) => {
      if (message === "results could not be recorded") restored = connections("allowed");
    });
    try {
      const { conversation } = await queued();
      email.answer = async (outbound, signal) => {
        await connections("refused");
        // Waits until they have ended, so that no later statement uses a connection that is being terminated.
        await administer((client) =>
          client.query("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1", [name]),
        );
        return accept(outbound, signal);
      };
      await other.worker.work();
      await restored;
      expect(warn).toHaveBeenCalledWith("results could not be recorded", expect.anything());
      expect(email.received).toHaveLength(1);
      expect(await onlyDelivery(conversation)).toMatchObject({ status: "SENT" });
    } finally {
      await connections("allowed");
      await other.teardown();
      await syncChannels(context.services);
    }
  });
});

describe("A channel", () => {
  test("is paused for all processes by refused credentials, and keeps its queue; a successful health check resumes it", async () => {
    const first = await queued();
    email.answer = async () => ({ outcome: "retry", failure: failure("CREDENTIALS_INVALID") });
    await context.worker.work();
    expect(await onlyDelivery(first.conversation)).toMatchObject({
      status: "QUEUED",
      failureCode: "CREDENTIALS_INVALID",
    });
    email.answer = accept;
    const second = await context.addConversation(first.visitor);
    await context.reply(second, "another");
    await context.pass(3600);
    await context.work();
    expect(email.received).toHaveLength(1);
    expect(await stateOf(second)).toBe("CHANNEL_UNAVAILABLE");
    expect(await stateOf(first.conversation)).toBe("SENDING");
    await checkChannels(context.services);
    await context.work();
    expect(email.replies).toEqual([["first"], ["first"], ["another"]]);
  });

  test("gives up no delivery when it is paused over a weekend", async () => {
    const { conversation } = await queued();
    email.answer = retry;
    await context.worker.work();
    await context.pass(61);
    email.answer = async () => ({ outcome: "retry", failure: failure("CREDENTIALS_INVALID") });
    await context.worker.work();
    await context.pass(3 * 86_400);
    await checkChannels(context.services);
    email.answer = retry;
    await context.worker.work();
    expect(await onlyDelivery(conversation)).toMatchObject({ status: "QUEUED", attempts: 3 });
    await context.pass(86_400);
    await context.worker.work();
    expect(await onlyDelivery(conversation)).toMatchObject({ status: "FAILED", attempts: 4 });
  });

  test("is throttled by its rate limit, and others are not: QUEUED, RATE_LIMITED, nextAttemptAt", async () => {
    const limited = await queued();
    email.answer = async () => ({ outcome: "retry", failure: failure("RATE_LIMITED"), afterMs: 600_000 });
    await context.worker.work();
    const at = new Date(context.clock.now().getTime() + 600_000);
    expect(await onlyDelivery(limited.conversation)).toMatchObject({
      status: "QUEUED",
      failureCode: "RATE_LIMITED",
      nextAttemptAt: at,
    });
    email.answer = accept;
    const waiting = await queued(["waits too"]);
    const other = await queued(["is sent"], { postal: "Quay 1" });
    await context.worker.work();
    expect(await onlyDelivery(waiting.conversation)).toMatchObject({ status: "QUEUED", attempts: 0 });
    expect(await onlyDelivery(other.conversation)).toMatchObject({ status: "SENT" });
    await context.pass(600);
    await context.worker.work();
    expect(email.replies).toEqual([["first"], ["waits too"], ["first"]]);
  });

  test("is not used by a worker that was called again before it was paused", async () => {
    await queued();
    const slow = delayResult(email);
    const working = context.worker.work();
    await slow.started;
    await queued(["second"]);
    const again = context.worker.work();
    await turn();
    slow.resolve({ outcome: "retry", failure: failure("CREDENTIALS_INVALID") });
    await Promise.all([working, again]);
    expect(email.replies.filter(([text]) => text === "first")).toHaveLength(1);
    expect(email.received.length).toBeLessThanOrEqual(2);
  });
});

describe("An address", () => {
  test("is suppressed by the fifth soft bounce in a row, and an accepted mail resets the count", async () => {
    const { conversation } = await queued();
    const soft = async (): Promise<DeliveryResult> => ({
      outcome: "retry",
      failure: failure("UNAVAILABLE", { bounce: "soft" }),
    });
    email.answer = soft;
    for (let count = 0; count < 4; count++) {
      await context.worker.work();
      await context.pass(1200);
    }
    expect(await stateOf(conversation)).toBe("SENDING");
    email.answer = accept;
    await context.worker.work();
    expect(await onlyDelivery(conversation)).toMatchObject({ status: "SENT" });

    const second = await queued(["second"]);
    email.answer = soft;
    for (let count = 0; count < 5; count++) {
      await context.worker.work();
      await context.pass(1200);
    }
    await context.worker.work();
    expect(email.received).toHaveLength(10);
    expect(await onlyDelivery(second.conversation)).toMatchObject({ status: "CANCELLED", attempts: 5 });
    expect(await stateOf(second.conversation)).toBe("ADDRESS_SUPPRESSED");
    expect(await refusal(forwardNow(context.services, context.agent, second.conversation))).toMatchObject({
      reason: "ADDRESS_SUPPRESSED",
    });
  });

  test.each(["in the result", "in a later report"])(
    "is suppressed for every visitor who has it by a hard bounce %s",
    async (when) => {
      const { conversation } = await queued();
      const namesake = await context.addConversation(await context.addVisitor({ email: ana }));
      await context.reply(namesake, "to the other visitor");
      const hard = failure("ADDRESS_INVALID", { bounce: "hard" });
      if (when === "in the result") {
        email.answer = async () => ({ outcome: "rejected", failure: hard });
        await context.worker.work();
        expect(await onlyDelivery(conversation)).toMatchObject({ status: "FAILED" });
      } else {
        await context.worker.work();
        const [messageId = ""] = (await onlyDelivery(conversation)).externalIds;
        const event = { type: "bounced" as const, externalId: v7(), at: context.clock.now(), messageId, failure: hard };
        await receiveEvents(context.services, "email", [event, event]);
        expect(await onlyDelivery(conversation)).toMatchObject({ status: "BOUNCED", failureCode: "ADDRESS_INVALID" });
      }
      expect(await stateOf(conversation)).toBe("ADDRESS_SUPPRESSED");
      expect(await stateOf(namesake)).toBe("ADDRESS_SUPPRESSED");
      const [stored] = await context.sql<{ dueAt: Date | null }>(
        "SELECT due_at FROM conversations WHERE id = $1",
        namesake,
      );
      expect(stored).toEqual({ dueAt: null });
    },
  );

  test("is removed from forwardedTo by a bounce, and a late report never moves a status backwards", async () => {
    const { conversation } = await queued();
    await context.worker.work();
    const [messageId = ""] = (await onlyDelivery(conversation)).externalIds;
    const report = { at: context.clock.now(), messageId };
    const forwardedTo = () => context.sql<{ forwardedTo: string | null }>("SELECT forwarded_to FROM messages");
    expect(await forwardedTo()).toEqual([{ forwardedTo: ana }]);
    await receiveEvents(context.services, "email", [{ ...report, type: "delivered", externalId: "1" }]);
    expect(await onlyDelivery(conversation)).toMatchObject({ status: "DELIVERED" });
    await receiveEvents(context.services, "email", [
      { ...report, type: "bounced", externalId: "2", failure: failure("UNKNOWN") },
      { ...report, type: "delivered", externalId: "3" },
    ]);
    expect(await onlyDelivery(conversation)).toMatchObject({ status: "BOUNCED" });
    expect(await forwardedTo()).toEqual([{ forwardedTo: null }]);
    expect(await stateOf(conversation)).toBe("FAILED");
  });

  test("that changes while a delivery is queued, or is being sent and then retried, is replaced by the newest", async () => {
    const { conversation, visitor } = await queued();
    const change = (address: string) =>
      updateVisitor(context.services, context.agent, { visitorId: visitor.visitorId, email: address });
    await change("ben@example.com");
    await context.pass(30);
    const slow = delayResult(email);
    const working = context.work();
    await slow.started;
    await change("eve@example.com");
    slow.resolve({ outcome: "retry", failure: failure("UNAVAILABLE") });
    await working;
    email.answer = accept;
    await context.pass(60);
    await context.work();
    await context.work();
    expect(email.received.map((outbound) => outbound.address)).toEqual(["ben@example.com", "eve@example.com"]);
    expect((await context.deliveries(conversation)).map((row) => row.status)).toEqual([
      "CANCELLED",
      "CANCELLED",
      "SENT",
    ]);
  });
});

describe("Content", () => {
  test("may change until an attempt may have arrived: read replies are removed, new ones are added", async () => {
    const { conversation } = await queued(["first", "second"]);
    email.answer = retry;
    await context.worker.work();
    await context.sql("UPDATE conversations SET visitor_read_position = 1 WHERE id = $1", conversation);
    await context.reply(conversation, "third");
    await context.pass(60);
    email.answer = uncertain;
    await context.worker.work();
    await context.reply(conversation, "fourth");
    await context.pass(120);
    email.answer = accept;
    await context.worker.work();
    expect(email.replies).toEqual([
      ["first", "second"],
      ["second", "third"],
      ["second", "third"],
    ]);
    expect(new Set(email.received.map((outbound) => outbound.reference)).size).toBe(1);
    expect(await onlyDelivery(conversation)).toMatchObject({ status: "SENT", carried: [2, 3] });
  });

  test("includes all of 500 unread replies", async () => {
    const conversation = await context.addConversation(await context.addVisitor({ email: ana }));
    const now = context.clock.now();
    await context.sql(
      `INSERT INTO messages (id, conversation_id, position, author_kind, author_id, text, via, sent_at)
        SELECT gen_random_uuid(), $1, number, 'AGENT', $2, 'reply ' || number, 'web', $3 FROM generate_series(1, 500) AS number`,
      conversation,
      context.agent.agentId,
      now,
    );
    await context.sql("UPDATE conversations SET message_count = 500 WHERE id = $1", conversation);
    await context.services.database.transaction((transaction) => refreshForwarding(transaction, [conversation], now));
    await context.pass(30);
    await context.work();
    expect(email.replies).toEqual([Array.from({ length: 500 }, (_, index) => `reply ${index + 1}`)]);
    expect(email.received[0]?.earlierMessages).toBe(0);
    await context.reply(conversation, "one more");
    await context.pass(30);
    await context.work();
    expect(email.replies[1]).toEqual(["one more"]);
    expect(email.received[1]?.earlierMessages).toBe(496);
  });

  test("is cancelled when the mode changes to NOTHING while queued, but a reply on an immediate channel is still sent", async () => {
    const direct = await context.addConversation(
      await context.addVisitor({ messenger: "ana", email: ana }),
      "messenger",
    );
    messenger.answer = async () => ({ outcome: "rejected", failure: failure("WINDOW_CLOSED") });
    await context.reply(direct, "too late");
    await context.worker.work();
    const { conversation } = await queued();
    await context.reply(direct, "in time");
    await updateForwardingPreference(context.services, context.agent, { mode: ForwardingMode.NOTHING });
    expect(await onlyDelivery(conversation)).toMatchObject({ status: "CANCELLED" });
    expect(await stateOf(conversation)).toBe("DISABLED");
    messenger.answer = accept;
    await context.worker.work();
    expect(email.received).toEqual([]);
    expect(messenger.replies).toEqual([["too late"], ["in time"]]);
  });

  test("is not held once it is being sent, but a retry waits for forwardNow", async () => {
    const { conversation } = await queued();
    const slow = delayResult(email);
    const working = context.worker.work();
    await slow.started;
    await holdForwarding(context.services, context.agent, conversation);
    slow.resolve({ outcome: "retry", failure: failure("UNAVAILABLE") });
    await working;
    await forwardNow(context.services, context.agent, conversation);
    email.answer = accept;
    await context.worker.work();
    expect(await onlyDelivery(conversation)).toMatchObject({ status: "SENT" });
  });
});

describe("An immediate channel", () => {
  async function chat() {
    return context.addConversation(await context.addVisitor({ messenger: "ana", email: ana }), "messenger");
  }
  const statuses = async (conversation: string) =>
    (await context.deliveries(conversation)).map((row) => `${row.kind} ${row.status}`);

  test("sends two quick replies as two deliveries, in order", async () => {
    const conversation = await chat();
    await context.reply(conversation, "first");
    await context.reply(conversation, "second");
    await context.worker.work();
    await context.worker.work();
    expect(messenger.replies).toEqual([["first"], ["second"]]);
    expect(await statuses(conversation)).toEqual(["DIRECT SENT", "DIRECT SENT"]);
    expect(await stateOf(conversation)).toBe("NOTHING_PENDING");
  });

  test("blocks later replies during a retry, until any final outcome", async () => {
    const conversation = await chat();
    await context.reply(conversation, "first");
    await context.reply(conversation, "second");
    messenger.answer = retry;
    await context.worker.work();
    await context.worker.work();
    expect(messenger.replies).toEqual([["first"]]);
    await context.pass(60);
    messenger.answer = rejected;
    await context.worker.work();
    messenger.answer = accept;
    await context.worker.work();
    expect(messenger.replies).toEqual([["first"], ["first"], ["second"]]);
    expect(await statuses(conversation)).toEqual(["DIRECT FAILED", "DIRECT SENT"]);
  });

  test("does not block later replies when a failed send is UNCERTAIN", async () => {
    const conversation = await chat();
    await context.reply(conversation, "first");
    await context.reply(conversation, "second");
    messenger.answer = async (outbound, signal) =>
      outbound.messages[0]?.text === "first" ? uncertain() : accept(outbound, signal);
    await context.worker.work();
    await context.worker.work();
    expect(await statuses(conversation)).toEqual(["DIRECT UNCERTAIN", "DIRECT SENT"]);
  });

  test("has only the replies forwarded by email that its reply window refused, unless they are retried manually", async () => {
    const conversation = await chat();
    messenger.answer = async () => ({ outcome: "rejected", failure: failure("WINDOW_CLOSED") });
    await context.reply(conversation, "too late");
    await context.worker.work();
    messenger.answer = accept;
    await context.reply(conversation, "in time");
    await context.worker.work();
    const [forwarding] = await readForwardings(context.services, [conversation]);
    expect(forwarding).toMatchObject({ state: "WAITING", trigger: "AGENTS_OFFLINE", address: ana, pendingReplies: 1 });

    const [refused] = await context.deliveries(conversation);
    await retryDelivery(context.services, context.agent, refused?.id ?? "");
    expect(await stateOf(conversation)).toBe("SENDING");
    await context.worker.work();
    expect(await stateOf(conversation)).toBe("NOTHING_PENDING");
    await context.pass(600);
    await context.work();
    expect(email.received).toEqual([]);
    expect(messenger.replies).toEqual([["too late"], ["in time"], ["too late"]]);
  });

  test("delays the forwarding by email while replies are being sent, without the due check claiming it repeatedly", async () => {
    const conversation = await chat();
    messenger.answer = async () => ({ outcome: "rejected", failure: failure("ADDRESS_INVALID") });
    await context.reply(conversation, "refused");
    await context.worker.work();
    messenger.answer = retry;
    await context.reply(conversation, "tried again");
    await context.worker.work();
    await context.pass(50);
    await context.work();
    expect(email.received).toEqual([]);
    const due = () => context.sql("SELECT due_at, offline_due_at FROM conversations WHERE id = $1", conversation);
    expect(await due()).toEqual([{ dueAt: null, offlineDueAt: null }]);
    messenger.answer = accept;
    await context.pass(60);
    await context.work();
    await context.work();
    expect(email.replies).toEqual([["refused"]]);
    expect(await statuses(conversation)).toEqual(["DIRECT FAILED", "DIRECT SENT", "UNREAD_REPLIES SENT"]);
  });
});

describe("A manual retry", () => {
  test("sends a FAILED delivery under the same reference to the newest address, for another 24 hours", async () => {
    const { conversation, id, visitor } = await queued();
    email.answer = retry;
    await context.worker.work();
    await context.pass(86_400);
    await context.worker.work();
    expect(await onlyDelivery(conversation)).toMatchObject({ status: "FAILED", attempts: 2 });
    await context.sql(
      `UPDATE visitors SET addresses = '{"email": {"address": "eve@example.com", "shown": "eve@example.com"}}' WHERE id = $1`,
      visitor.visitorId,
    );
    expect(await retryDelivery(context.services, context.agent, id)).toMatchObject({
      id,
      status: "QUEUED",
      attempts: 0,
    });
    await context.worker.work();
    expect(await onlyDelivery(conversation)).toMatchObject({
      status: "QUEUED",
      attempts: 1,
      address: "eve@example.com",
    });
    await context.pass(86_400 - 60);
    email.answer = accept;
    await context.worker.work();
    expect(await onlyDelivery(conversation)).toMatchObject({ status: "SENT" });
    expect(new Set(email.received.map((outbound) => outbound.reference)).size).toBe(1);
  });

  test("is a CONFLICT unless the delivery is FAILED or UNCERTAIN, while another is open, or when a later one carried its replies", async () => {
    const { conversation, id } = await queued();
    expect(await refusal(retryDelivery(context.services, context.agent, id))).toMatchObject({ code: "CONFLICT" });
    email.answer = rejected;
    await context.worker.work();
    await forwardNow(context.services, context.agent, conversation);
    expect(await refusal(retryDelivery(context.services, context.agent, id))).toMatchObject({ code: "CONFLICT" });
    email.answer = accept;
    await context.worker.work();
    expect(await refusal(retryDelivery(context.services, context.agent, id))).toMatchObject({ code: "CONFLICT" });
    expect(await refusal(retryDelivery(context.services, context.agent, v7()))).toMatchObject({ code: "NOT_FOUND" });
  });

  test("is a CONFLICT when a later delivery may have carried its replies, because it would be cancelled again", async () => {
    const { conversation, id } = await queued(["first"], { postal: "Quay 1" });
    postal.answer = rejected;
    await context.worker.work();
    await forwardNow(context.services, context.agent, conversation);
    postal.answer = uncertain;
    await context.worker.work();
    expect(await refusal(retryDelivery(context.services, context.agent, id))).toMatchObject({ code: "CONFLICT" });
  });

  test("is DELIVERY_NOT_POSSIBLE when none of its replies is pending", async () => {
    const { conversation, id } = await queued();
    email.answer = rejected;
    await context.worker.work();
    await context.sql("UPDATE conversations SET visitor_read_position = 1 WHERE id = $1", conversation);
    expect(await refusal(retryDelivery(context.services, context.agent, id))).toMatchObject({
      code: "DELIVERY_NOT_POSSIBLE",
      reason: "NOTHING_PENDING",
    });
  });

  test("is a CONFLICT for a reply of an immediate channel that is being forwarded by email", async () => {
    const conversation = await context.addConversation(
      await context.addVisitor({ messenger: "ana", email: ana }),
      "messenger",
    );
    messenger.answer = async () => ({ outcome: "rejected", failure: failure("WINDOW_CLOSED") });
    await context.reply(conversation, "too late");
    await context.worker.work();
    const [direct] = await context.deliveries(conversation);
    await forwardNow(context.services, context.agent, conversation);
    expect(await refusal(retryDelivery(context.services, context.agent, direct?.id ?? ""))).toMatchObject({
      code: "CONFLICT",
    });
    await context.worker.work();
    expect(await refusal(retryDelivery(context.services, context.agent, direct?.id ?? ""))).toMatchObject({
      code: "CONFLICT",
    });
    expect(email.replies).toEqual([["too late"]]);
  });
});
