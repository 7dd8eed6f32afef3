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
  detail: "as the test says",
  ...more,
});
const retry = async (): Promise<DeliveryResult> => ({ outcome: "retry", failure: failure("UNAVAILABLE") });
const uncertain = async (): Promise<DeliveryResult> => ({ outcome: "uncertain", failure: failure("TIMED_OUT") });
const rejected = async (): Promise<DeliveryResult> => ({ outcome: "rejected", failure: failure("CONTENT_REJECTED") });

const email = new FakeChannel("email", "when-away", "idempotent");
const letter = new FakeChannel("letter", "when-away", "not idempotent");
const messenger = new FakeChannel("messenger", "immediate", "not idempotent");
let context: ForwardingContext;

beforeAll(async () => {
  // The jitter of retries: none.
  jest.spyOn(Math, "random").mockReturnValue(0.5);
  context = await ForwardingContext.setup([email, letter, messenger]);
});
afterAll(async () => {
  jest.restoreAllMocks();
  await context.teardown();
});
beforeEach(async () => {
  for (const channel of [email, letter, messenger]) channel.clear();
  await context.clear();
});

/** A conversation of a visitor long gone, with replies that are queued by hand. */
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

/** Answers only when the test says so. */
function later(channel: FakeChannel) {
  const begun = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<DeliveryResult>();
  channel.answer = () => {
    begun.resolve();
    return answered.promise;
  };
  return { begun: begun.promise, answer: answered.resolve };
}

describe("A worker that died", () => {
  test("its lease runs out, and where a repeated send is recognised the same is sent again under the same reference", async () => {
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
    // Later replies still travel.
    await context.pass(30);
    await context.work();
    expect(email.replies).toEqual([["first"], ["second"]]);
  });

  test("on any other channel it is UNCERTAIN: a person decides, later replies travel without it", async () => {
    const { conversation, id } = await queued(["first"], { letter: "Quay 1" });
    await claimDeliveries(context.services, "letter", 10);
    await context.pass(61);
    await context.worker.work();
    expect(letter.received).toEqual([]);
    expect(await onlyDelivery(conversation)).toMatchObject({ status: "UNCERTAIN", failureCode: "TIMED_OUT" });
    expect(await stateOf(conversation)).toBe("UNCERTAIN");
    await context.reply(conversation, "second");
    await context.pass(30);
    await context.work();
    expect(letter.replies).toEqual([["second"]]);
    expect(letter.received[0]?.messages.map((message) => message.text)).toEqual(["second"]);
    expect(await refusal(retryDelivery(context.services, context.agent, id))).toMatchObject({
      reason: "NOTHING_PENDING",
    });
  });

  test("an UNCERTAIN delivery is sent again by hand as it was, to the address it had", async () => {
    const { conversation, id, visitor } = await queued(["first"], { letter: "Quay 1" });
    const [claimed] = await claimDeliveries(context.services, "letter", 10);
    await context.pass(61);
    await context.worker.work();
    expect(await refusal(forwardNow(context.services, context.agent, conversation))).toMatchObject({
      reason: "UNCERTAIN",
    });
    await context.sql("UPDATE visitors SET name = 'Ana' WHERE id = $1", visitor.visitorId);
    await retryDelivery(context.services, context.agent, id);
    await context.worker.work();
    expect(letter.received).toMatchObject([{ reference: claimed?.outbound.reference, address: "Quay 1", attempt: 1 }]);
    expect(await onlyDelivery(conversation)).toMatchObject({ status: "SENT" });
  });

  test("a frozen worker that wakes after its lease records nothing, and saves no progress", async () => {
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

test("Leases are renewed without waiting for what is locked: who records its result may wait for others of them", async () => {
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
  test("two workers, one delivery, one mail", async () => {
    const other = new FakeChannel("email", "when-away", "idempotent");
    const second = await context.join([other, letter, messenger]);
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
    ["letter", letter],
  ])(
    "what is locked while it is called is sent without another call, beside what is not (%s)",
    async (name, channel) => {
      const locked = await queued(["locked"], { [name]: "ana@example.com" });
      const free = await queued(["free"], { [name]: "ben@example.com" });
      let working: Promise<void> | undefined;
      await context.services.database.transaction(async ({ query }) => {
        await query({ name: "lock-a-visitor", text: "SELECT FROM visitors WHERE id = $1 FOR UPDATE" }, [
          locked.visitor.visitorId,
        ]);
        const sent = later(channel);
        working = elsewhere(() => context.worker.work());
        await sent.begun;
        channel.answer = accept;
        sent.answer({ outcome: "accepted", externalIds: [] });
      });
      await working;
      expect(channel.replies).toEqual([["free"], ["locked"]]);
      expect(await onlyDelivery(locked.conversation)).toMatchObject({ status: "SENT" });
      expect(await onlyDelivery(free.conversation)).toMatchObject({ status: "SENT" });
    },
  );

  test("one slow channel does not hold up another", async () => {
    await queued(["by letter"], { letter: "Quay 1" });
    const slow = later(letter);
    const working = context.worker.work();
    await slow.begun;
    const { conversation } = await queued(["by email"]);
    const quick = Promise.withResolvers<void>();
    email.answer = async (outbound, signal) => {
      quick.resolve();
      return accept(outbound, signal);
    };
    const again = context.worker.work();
    await quick.promise;
    slow.answer({ outcome: "accepted", externalIds: [] });
    await Promise.all([working, again]);
    expect(await onlyDelivery(conversation)).toMatchObject({ status: "SENT" });
    expect(letter.received).toHaveLength(1);
  });

  test("stopping waits for what is in hand and releases what was not begun, as if it had never been claimed", async () => {
    const visitor = await context.addVisitor({ email: ana });
    const conversations: string[] = [];
    for (let count = 0; count < 15; count++) {
      const conversation = await context.addConversation(visitor);
      await context.reply(conversation, "hello");
      await forwardNow(context.services, context.agent, conversation);
      conversations.push(conversation);
    }
    const slow = later(email);
    const worker = new DeliveryWorker(context.services, deferredReports(context.services));
    const working = worker.work();
    await slow.begun;
    const stopping = worker.stop(10_000);
    slow.answer({ outcome: "accepted", externalIds: [] });
    await Promise.all([stopping, working]);
    await worker.work();
    const rows = await Promise.all(conversations.map(onlyDelivery));
    expect(rows.filter((row) => row.status === "SENT")).toHaveLength(10);
    const released = rows.filter((row) => row.status === "QUEUED");
    expect(released).toHaveLength(5);
    expect(released.every((row) => row.attempts === 0 && row.frozenAt === null)).toBe(true);
    expect(email.received).toHaveLength(10);
  });

  test("a plugin that hangs is abandoned when the worker stops: what it did is uncertain", async () => {
    const mail = await queued();
    const post = await queued(["first"], { letter: "Quay 1" });
    const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    for (const [index, channel] of [email, letter].entries()) {
      channel.answer = () => {
        begun[index]?.resolve();
        return new Promise(() => {});
      };
    }
    const worker = new DeliveryWorker(context.services, deferredReports(context.services));
    const working = worker.work();
    await Promise.all(begun.map(({ promise }) => promise));
    await worker.stop(0);
    await working;
    expect(await onlyDelivery(mail.conversation)).toMatchObject({
      status: "QUEUED",
      failureCode: "TIMED_OUT",
      attempts: 1,
    });
    expect((await onlyDelivery(mail.conversation)).frozenAt).not.toBeNull();
    expect(await onlyDelivery(post.conversation)).toMatchObject({ status: "UNCERTAIN", failureCode: "TIMED_OUT" });
  });

  test("a plugin that throws counts as uncertain, not as refused", async () => {
    const mail = await queued();
    const post = await queued(["first"], { letter: "Quay 1" });
    const broken = (): never => {
      throw new Error("a bug of the plugin");
    };
    email.answer = broken;
    letter.answer = broken;
    await context.worker.work();
    expect(await onlyDelivery(mail.conversation)).toMatchObject({ status: "QUEUED", failureCode: "UNKNOWN" });
    expect(await onlyDelivery(post.conversation)).toMatchObject({ status: "UNCERTAIN", failureCode: "UNKNOWN" });
  });

  test("what was sent is recorded although the database was away for a moment", async () => {
    // Without other channels, which would meet the outage in other places.
    const small = await context.join([email]);
    const name = new URL(context.databaseUrl).pathname.slice(1);
    const connections = (are: "allowed" | "refused") =>
      administer((client) => client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${are === "allowed"}`));
    let back: Promise<unknown> = Promise.resolve();
    const warn = jest.spyOn(small.services.logger, "warn").mockImplementation((message) => {
      if (message === "results could not be recorded") back = connections("allowed");
    });
    try {
      const { conversation } = await queued();
      email.answer = async (outbound, signal) => {
        await connections("refused");
        // Waits until they have ended, so that what follows does not meet one that is just ending.
        await administer((client) =>
          client.query("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1", [name]),
        );
        return accept(outbound, signal);
      };
      await small.worker.work();
      await back;
      expect(warn).toHaveBeenCalledWith("results could not be recorded", expect.anything());
      expect(email.received).toHaveLength(1);
      expect(await onlyDelivery(conversation)).toMatchObject({ status: "SENT" });
    } finally {
      await connections("allowed");
      await small.teardown();
      await syncChannels(context.services);
    }
  });
});

describe("A channel", () => {
  test("refused credentials pause it for all processes and keep its queue; a good health check resumes it", async () => {
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

  test("a paused channel over a weekend gives up nothing", async () => {
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

  test("a rate limit slows that channel, not others: QUEUED, RATE_LIMITED, nextAttemptAt", async () => {
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
    const other = await queued(["goes"], { letter: "Quay 1" });
    await context.worker.work();
    expect(await onlyDelivery(waiting.conversation)).toMatchObject({ status: "QUEUED", attempts: 0 });
    expect(await onlyDelivery(other.conversation)).toMatchObject({ status: "SENT" });
    await context.pass(600);
    await context.worker.work();
    expect(email.replies).toEqual([["first"], ["waits too"], ["first"]]);
  });

  test("once it is paused or limited, a worker that was called again meanwhile leaves it alone", async () => {
    await queued();
    const slow = later(email);
    const working = context.worker.work();
    await slow.begun;
    await queued(["second"]);
    const again = context.worker.work();
    await turn();
    slow.answer({ outcome: "retry", failure: failure("CREDENTIALS_INVALID") });
    await Promise.all([working, again]);
    expect(email.replies.filter(([text]) => text === "first")).toHaveLength(1);
    expect(email.received.length).toBeLessThanOrEqual(2);
  });
});

describe("An address", () => {
  test("soft bounces suppress it at the fifth in a row, and an accepted mail begins the count anew", async () => {
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

  test.each(["in the answer", "later, by a report"])(
    "a hard bounce %s suppresses it for every visitor who has it",
    async (when) => {
      const { conversation } = await queued();
      const namesake = await context.addConversation(await context.addVisitor({ email: ana }));
      await context.reply(namesake, "to the other one");
      const hard = failure("ADDRESS_INVALID", { bounce: "hard" });
      if (when === "in the answer") {
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

  test("a bounce takes the mark back, and a status never goes backwards on a late report", async () => {
    const { conversation } = await queued();
    await context.worker.work();
    const [messageId = ""] = (await onlyDelivery(conversation)).externalIds;
    const report = { at: context.clock.now(), messageId };
    const marks = () => context.sql<{ forwardedTo: string | null }>("SELECT forwarded_to FROM messages");
    expect(await marks()).toEqual([{ forwardedTo: ana }]);
    await receiveEvents(context.services, "email", [{ ...report, type: "delivered", externalId: "1" }]);
    expect(await onlyDelivery(conversation)).toMatchObject({ status: "DELIVERED" });
    await receiveEvents(context.services, "email", [
      { ...report, type: "bounced", externalId: "2", failure: failure("UNKNOWN") },
      { ...report, type: "delivered", externalId: "3" },
    ]);
    expect(await onlyDelivery(conversation)).toMatchObject({ status: "BOUNCED" });
    expect(await marks()).toEqual([{ forwardedTo: null }]);
    expect(await stateOf(conversation)).toBe("FAILED");
  });

  test("changed while queued: the newest only; changed while it is being sent and then refused for now: the newest too", async () => {
    const { conversation, visitor } = await queued();
    const change = (address: string) =>
      updateVisitor(context.services, context.agent, { visitorId: visitor.visitorId, email: address });
    await change("ben@example.com");
    await context.pass(30);
    const slow = later(email);
    const working = context.work();
    await slow.begun;
    await change("eve@example.com");
    slow.answer({ outcome: "retry", failure: failure("UNAVAILABLE") });
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
  test("is open until an attempt may have arrived: what was read leaves, what was written joins", async () => {
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

  test("500 unread replies: all there", async () => {
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

  test("switched to NOTHING while queued: cancelled; a reply on its way through an immediate channel goes on", async () => {
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

  test("held while it is being sent is too late, but what is then tried again is not wanted until forwardNow", async () => {
    const { conversation } = await queued();
    const slow = later(email);
    const working = context.worker.work();
    await slow.begun;
    await holdForwarding(context.services, context.agent, conversation);
    slow.answer({ outcome: "retry", failure: failure("UNAVAILABLE") });
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

  test("two quick replies: two deliveries, in order", async () => {
    const conversation = await chat();
    await context.reply(conversation, "first");
    await context.reply(conversation, "second");
    await context.worker.work();
    await context.worker.work();
    expect(messenger.replies).toEqual([["first"], ["second"]]);
    expect(await statuses(conversation)).toEqual(["DIRECT SENT", "DIRECT SENT"]);
    expect(await stateOf(conversation)).toBe("NOTHING_PENDING");
  });

  test("a retry holds later ones back, any final outcome lets them go", async () => {
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

  test("a failed send does not block later replies of the same absence when it is UNCERTAIN either", async () => {
    const conversation = await chat();
    await context.reply(conversation, "first");
    await context.reply(conversation, "second");
    messenger.answer = async (outbound, signal) =>
      outbound.messages[0]?.text === "first" ? uncertain() : accept(outbound, signal);
    await context.worker.work();
    await context.worker.work();
    expect(await statuses(conversation)).toEqual(["DIRECT UNCERTAIN", "DIRECT SENT"]);
  });

  test("what it refused for its window is forwarded by email, exactly that, and no longer once it is tried again by hand", async () => {
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

  test("the forwarding waits for replies that are on their way, without the check meeting it again and again", async () => {
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

describe("Retried by hand", () => {
  test("a FAILED delivery: the same one under the same reference, to the newest address, another 24 hours", async () => {
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

  test("CONFLICT unless it is FAILED or UNCERTAIN, while another is open, or when a later one carried its replies", async () => {
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

  test("CONFLICT when a later one may have brought its replies: it would be queued only to be cancelled", async () => {
    const { conversation, id } = await queued(["first"], { letter: "Quay 1" });
    letter.answer = rejected;
    await context.worker.work();
    await forwardNow(context.services, context.agent, conversation);
    letter.answer = uncertain;
    await context.worker.work();
    expect(await refusal(retryDelivery(context.services, context.agent, id))).toMatchObject({ code: "CONFLICT" });
  });

  test("DELIVERY_NOT_POSSIBLE when nothing of it is pending", async () => {
    const { conversation, id } = await queued();
    email.answer = rejected;
    await context.worker.work();
    await context.sql("UPDATE conversations SET visitor_read_position = 1 WHERE id = $1", conversation);
    expect(await refusal(retryDelivery(context.services, context.agent, id))).toMatchObject({
      code: "DELIVERY_NOT_POSSIBLE",
      reason: "NOTHING_PENDING",
    });
  });

  test("a reply of an immediate channel that is being forwarded by email is not sent there as well", async () => {
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
