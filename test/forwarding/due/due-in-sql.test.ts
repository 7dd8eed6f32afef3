import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { v7 } from "uuid";
import { readAgentsPresence } from "../../../src/agents/read-agents-presence.js";
import { readStatsStatement } from "../../../src/channels/health/channel-stats.js";
import { ConversationOrder, listConversations } from "../../../src/conversations/list-conversations.js";
import { everyColumn } from "../../../src/conversations/listed-columns.js";
import type { Statement, Transaction } from "../../../src/database/database.js";
import {
  claimableStatement,
  claimDeliveriesStatement,
  leaseStatement,
} from "../../../src/forwarding/deliveries/claim-deliveries.js";
import { expiredLeasesStatement } from "../../../src/forwarding/deliveries/leases.js";
import {
  claimDueStatement,
  claimOfflineDueStatement,
  claimStaleStatement,
  queueStatement,
} from "../../../src/forwarding/deliveries/plan-deliveries.js";
import { messagesStatement, threadsStatement } from "../../../src/forwarding/deliveries/read-outbounds.js";
import { recordStatement } from "../../../src/forwarding/deliveries/record-results.js";
import { decideForwarding, isDueNow } from "../../../src/forwarding/due/due.js";
import {
  type ConversationFacts,
  dueFacts,
  type ForwardingSituation,
  readConversationFacts,
  readSituation,
} from "../../../src/forwarding/due/read-facts.js";
import { refreshDueTimes, refreshForwarding } from "../../../src/forwarding/due/refresh-due-times.js";
import { ForwardingState } from "../../../src/forwarding/forwarding.js";
import { FakeChannel } from "../../support/services/fake-channel.js";
import { inDatabase } from "../../support/services/in-database.js";
import { ForwardingContext } from "../forwarding-context.js";

const second = 1000;
const day = 86_400 * second;
const longAgo = new Date(0);

let context: ForwardingContext;

beforeAll(async () => {
  context = await ForwardingContext.setup([
    new FakeChannel("email", "when-away", "idempotent"),
    new FakeChannel("postal", "when-away", "not idempotent"),
    new FakeChannel("messenger", "immediate", "not idempotent"),
  ]);
});

afterAll(() => context.teardown());

// Seconds before or after now; the round ones make equal times likely.
const moment = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -7200, max: 0 }) },
  { weight: 2, arbitrary: fc.constantFrom(0, -30, -60, -300, -1800) },
  { weight: 1, arbitrary: fc.integer({ min: -9 * 86_400, max: 0 }) },
);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const rarely = <T>(arbitrary: fc.Arbitrary<T>, times: number) =>
  fc.oneof({ weight: times, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
const seldom = <T>(arbitrary: fc.Arbitrary<T>) => rarely(arbitrary, 12);
const address = fc.constantFrom("ana@example.com", "ben@example.com", "eve@example.com", "kim@example.com");

const visitorState = fc.record({
  email: fc.option(address, { nil: null, freq: 6 }),
  postal: maybe(address),
  connected: fc.boolean(),
  lastInteraction: maybe(moment),
  departed: maybe(moment),
  optedOut: seldom(moment),
  optedOutOfConversation: seldom(moment),
  erased: seldom(moment),
  blocked: seldom(moment),
  immediate: rarely(fc.constant("messenger"), 4),
  messages: fc.array(
    fc.record({ reply: fc.boolean(), at: moment, undeliverable: maybe(moment), uncertain: fc.nat({ max: 9 }) }),
    {
      minLength: 1,
      maxLength: 5,
    },
  ),
  read: fc.nat({ max: 6 }),
  forwarded: rarely(fc.nat({ max: 5 }), 3).map((position) => position ?? 0),
  attempted: rarely(fc.nat({ max: 5 }), 2).map((position) => position ?? 0),
  held: seldom(moment),
  /** In seconds from now. */
  unprovenUntil: rarely(fc.constantFrom(-60, 0, 30, 600, 86_400), 3),
  open: seldom(fc.constantFrom("forwarding", "direct")),
});
type VisitorState = typeof visitorState extends fc.Arbitrary<infer Value> ? Value : never;

const world = fc.record({
  visitors: fc.array(visitorState, { minLength: 1, maxLength: 25 }),
  mode: rarely(fc.constantFrom("NOTHING", "UNREAD_REPLIES"), 1).map((mode) => mode ?? "FULL_TRANSCRIPT"),
  modeSince: moment,
  left: fc.constantFrom(0, 60, 300, 86_400),
  inactivity: fc.constantFrom(60, 1800, 604_800),
  settle: fc.constantFrom(0, 30, 600),
  suppressed: fc.subarray(["email", "postal"].map((channel) => ({ channel, name: "ana" }))),
  agents: fc.array(
    fc.record({
      availability: fc.constantFrom("ONLINE", "INVISIBLE", "OFFLINE"),
      connected: fc.oneof({ weight: 1, arbitrary: fc.constant(true) }, { weight: 3, arbitrary: fc.constant(false) }),
      droppedAt: maybe(moment),
      offlineAt: maybe(moment),
    }),
    { maxLength: 2 },
  ),
  /** How the first visitor's presence and opt-out change afterwards. */
  later: fc.record({
    connected: fc.boolean(),
    lastInteraction: maybe(moment),
    departed: maybe(moment),
    optedOut: maybe(moment),
  }),
});
type World = typeof world extends fc.Arbitrary<infer Value> ? Value : never;

const ago = (seconds: number | null): string | null =>
  seconds === null ? null : new Date(context.clock.now().getTime() + seconds * second).toISOString();

async function insert(table: string, rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.keys(first).join(", ");
  await context.sql(
    `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)`,
    JSON.stringify(rows),
  );
}

/** Writes a world into the emptied database; returns the ids of its conversations and visitors, in order. */
async function insertWorld(given: World): Promise<{ conversations: string[]; visitors: string[] }> {
  await context.clear();
  await context.sql("UPDATE agents SET removed_at = $1", longAgo);
  await context.sql(
    `UPDATE forwarding_preference SET mode = $1, mode_since = $2::timestamptz, visitor_left_delay_seconds = $3,
      inactivity_delay_seconds = $4, settle_seconds = $5`,
    given.mode,
    ago(given.modeSince),
    given.left,
    given.inactivity,
    given.settle,
  );
  await insert(
    "agents",
    given.agents.map((agent) => {
      const id = v7();
      const presence = { availability: agent.availability, connected: agent.connected };
      const times = { dropped_at: ago(agent.droppedAt), offline_at: ago(agent.offlineAt), created_at: longAgo };
      return { id, name: "Ben", email: `${id}@example.com`, role: "AGENT", password_hash: "-", ...presence, ...times };
    }),
  );
  await insert(
    "address_states",
    given.suppressed.map(({ channel, name }) => ({
      channel,
      address: `${name}@example.com`,
      soft_bounces: 5,
      suppressed_at: ago(0),
    })),
  );
  const ids = given.visitors.map((one) => ({ one, visitor: v7(), conversation: v7() }));
  await insert(
    "visitors",
    ids.map(({ one, visitor }) => visitorRow(one, visitor)),
  );
  await insert(
    "conversations",
    ids.map(({ one, visitor, conversation }) => conversationRow(one, visitor, conversation)),
  );
  const written = ids.map(({ one, visitor, conversation }) => messageRows(one, visitor, conversation));
  await insert(
    "messages",
    written.flatMap(({ messages }) => messages),
  );
  await insert(
    "deliveries",
    written.flatMap(({ deliveries }) => deliveries),
  );
  await insert(
    "delivery_messages",
    written.flatMap(({ carried }) => carried),
  );
  return { conversations: ids.map(({ conversation }) => conversation), visitors: ids.map(({ visitor }) => visitor) };
}

function visitorRow(one: VisitorState, id: string) {
  const addresses = Object.entries({ email: one.email, postal: one.postal }).filter(([, at]) => at !== null);
  return {
    id,
    addresses: Object.fromEntries(addresses.map(([channel, at]) => [channel, { address: at, shown: at }])),
    connected: one.connected,
    last_interaction_at: ago(one.lastInteraction),
    departed_at: ago(one.departed),
    opted_out_at: ago(one.optedOut),
    erased_at: ago(one.erased),
    blocked_at: ago(one.blocked),
    blocked_by_id: one.blocked === null ? null : context.agent.agentId,
    created_at: ago(0),
  };
}

function conversationRow(one: VisitorState, visitorId: string, id: string) {
  return {
    id,
    visitor_id: visitorId,
    channel: one.immediate ?? "web",
    status: "OPEN",
    started_at: ago(0),
    last_activity_at: ago(0),
    message_count: one.messages.length,
    visitor_read_position: Math.min(one.read, one.messages.length),
    agents_read_position: 0,
    unread_replies: 0,
    unread_by_agents: 0,
    forwarded_position: one.forwarded,
    attempted_position: one.attempted,
    pending_replies: 0,
    last_pending_position: 0,
    held_at: ago(one.held),
    unproven_until: ago(one.unprovenUntil),
    opted_out_at: ago(one.optedOutOfConversation),
    open_delivery_id: one.open === "forwarding" ? v7() : null,
    preference_version: 0,
  };
}

function messageRows(one: VisitorState, visitor: string, conversation: string) {
  const sent = [...one.messages].sort((first, second) => first.at - second.at);
  const messages = sent.map((message, index) => ({
    id: v7(),
    conversation_id: conversation,
    position: index + 1,
    author_kind: message.reply ? "AGENT" : "VISITOR",
    author_id: visitor,
    text: "Hello",
    via: one.immediate ?? "web",
    sent_at: ago(message.at),
    undeliverable_at: one.immediate === null || !message.reply ? null : ago(message.undeliverable),
  }));
  const uncertain = messages.filter((row, index) => row.author_kind === "AGENT" && sent[index]?.uncertain === 0);
  const [first] = messages;
  const direct = one.immediate !== null && one.open === "direct" ? first : undefined;
  const deliveries = [
    ...(uncertain.length > 0 ? [deliveryRow(conversation, { channel: "postal", status: "UNCERTAIN" })] : []),
    ...(direct === undefined
      ? []
      : [deliveryRow(conversation, { channel: "messenger", status: "QUEUED", message: direct })]),
  ];
  const carried = uncertain.map((row) => ({
    delivery_id: deliveries[0]?.id,
    message_id: row.id,
    position: row.position,
  }));
  return { messages, deliveries, carried };
}

function deliveryRow(
  conversationId: string,
  { channel, status, message }: { channel: string; status: string; message?: { id: string; position: number } },
) {
  const id = v7();
  return {
    id,
    conversation_id: conversationId,
    channel,
    status,
    kind: message === undefined ? "UNREAD_REPLIES" : "DIRECT",
    message_id: message?.id,
    message_position: message?.position,
    address: "ana@example.com",
    address_shown: "ana@example.com",
    trigger: "VISITOR_LEFT",
    reference: id,
    due_at: ago(0),
    created_at: ago(0),
    next_attempt_at: ago(0),
    attempts: 1,
    paused_ms_at_first_attempt: 0,
    external_ids: [],
  };
}

interface Stored {
  readonly id: string;
  readonly dueAt: Date | null;
  readonly offlineDueAt: Date | null;
}

const inTransaction = <T>(work: (transaction: Transaction) => Promise<T>): Promise<T> =>
  context.services.database.transaction(work);

async function readStored(ids: readonly string[]): Promise<Map<string, Stored>> {
  const rows = await context.sql<Stored>(
    "SELECT id, due_at, offline_due_at FROM conversations WHERE id = ANY ($1::uuid[])",
    ids,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** Expects the stored due times to agree with due.ts, and the check to claim exactly what is due. */
async function expectAgreement(conversations: readonly string[]): Promise<void> {
  const { services, clock } = context;
  const query = services.database.query.bind(services.database);
  const now = clock.now();
  const situation = await readSituation(services, query, now);
  const facts = await readConversationFacts(query, conversations);
  const stored = await readStored(conversations);
  for (const one of facts) expectStored(one, situation, now, stored.get(one.id));
  const { offlineFrom } = await readAgentsPresence(query, now);
  for (const laterMs of [0, 31 * second, 600 * second, day, 8 * day]) {
    const moment = new Date(now.getTime() + laterMs);
    const agentsOffline = offlineFrom !== null && offlineFrom <= moment;
    const claimed = new Set([
      ...(await claim(claimDueStatement, "due_at", moment)),
      ...(agentsOffline ? await claim(claimOfflineDueStatement, "offline_due_at", moment) : []),
    ]);
    for (const one of facts) {
      const due = isDueNow(decideForwarding(dueFacts(one, situation), moment), moment);
      // Stored before it was 7 days old: due.ts rejects it under the lock, and its due time is stored again.
      const isTooOld = one.lastPendingAt !== null && moment.getTime() >= one.lastPendingAt.getTime() + 7 * day;
      if (due || laterMs === 0 || !isTooOld)
        expect({ id: one.id, claimed: claimed.has(one.id) }).toEqual({ id: one.id, claimed: due });
    }
  }
}

/** Expects lists of conversations by state to hold exactly those of which due.ts says so, in the order of their due times. */
async function expectListed(conversations: readonly string[]): Promise<void> {
  const { services, agent } = context;
  const query = services.database.query.bind(services.database);
  const now = services.clock.now();
  const situation = await readSituation(services, query, now);
  const facts = await readConversationFacts(query, conversations);
  const decided = new Map(facts.map((one) => [one.id, decideForwarding(dueFacts(one, situation), now)]));
  const page = { direction: "forward", limit: 100, cursor: null } as const;
  const all = Object.values(ForwardingState);
  for (const states of [...all.map((state) => [state]), stuck, scheduled, all]) {
    const expected = conversations.filter((id) =>
      states.includes(decided.get(id)?.state ?? ForwardingState.NOTHING_PENDING),
    );
    for (const order of Object.values(ConversationOrder)) {
      const { items } = await listConversations(services, agent, { forwarding: states }, page, everyColumn, order);
      const listed = items.map(({ id }) => id);
      expect({ states, order, listed: listed.toSorted() }).toEqual({ states, order, listed: expected.toSorted() });
    }
  }
}

const stuck = [
  ForwardingState.NO_ADDRESS,
  ForwardingState.OPTED_OUT,
  ForwardingState.ADDRESS_SUPPRESSED,
  ForwardingState.CHANNEL_UNAVAILABLE,
  ForwardingState.UNCERTAIN,
  ForwardingState.FAILED,
];
const scheduled = [ForwardingState.WAITING, ForwardingState.ADDRESS_UNPROVEN, ForwardingState.SENDING];

function expectStored(
  one: ConversationFacts,
  situation: ForwardingSituation,
  now: Date,
  stored: Stored | undefined,
): void {
  const byVisitor = dueAt(one, { ...situation, offlineFrom: null }, now);
  const byAll = dueAt(one, { ...situation, offlineFrom: longAgo }, now);
  const never = (one.lastPendingAt?.getTime() ?? 0) + 7 * day;
  const unlessTooOld = (at: Date | null | undefined) => (at == null || at.getTime() >= never ? null : at);
  const agentsPart = unlessTooOld(stored?.offlineDueAt);
  expect(unlessTooOld(stored?.dueAt)).toEqual(byVisitor);
  // The part that depends on agents can be compared where it is the earlier one.
  if (byAll?.getTime() !== byVisitor?.getTime()) expect(agentsPart).toEqual(byAll);
  else if (agentsPart !== null)
    expect(agentsPart.getTime()).toBeGreaterThanOrEqual(byVisitor?.getTime() ?? Number.POSITIVE_INFINITY);
}

function dueAt(one: ConversationFacts, situation: ForwardingSituation, now: Date): Date | null {
  const decision = decideForwarding(dueFacts(one, situation), now);
  return "due" in decision ? (decision.due?.at ?? null) : null;
}

/** Claims channel by channel in due order, as the check does; the claims end with each transaction. */
async function claim(statement: Statement, column: string, moment: Date): Promise<string[]> {
  const claimed: string[] = [];
  for (const channel of ["email", "postal"]) {
    const rows = await inTransaction((transaction) =>
      transaction.query<{ id: string }>(statement, [channel, moment, 1000]),
    );
    const ids = rows.map((row) => row.id);
    const ordered = await context.sql<{ id: string; at: Date }>(
      `SELECT id, ${column} AS at FROM conversations WHERE id = ANY ($1)`,
      ids,
    );
    const times = new Map(ordered.map((row) => [row.id, row.at.getTime()]));
    const inOrder = ids.map((id) => times.get(id) ?? 0);
    expect(inOrder).toEqual(inOrder.toSorted((first, second) => first - second));
    claimed.push(...ids);
  }
  return claimed;
}

test("The due times stored for the check are those that due.ts decides, for all kinds of facts, and the check claims exactly what is due", async () => {
  await fc.assert(
    fc.asyncProperty(world, async (given) => {
      const { conversations, visitors } = await insertWorld(given);
      await inTransaction((transaction) => refreshForwarding(transaction, conversations, context.clock.now()));
      await expectAgreement(conversations);
      await expectListed(conversations);

      // Presence and the visitor's opt-out are updated by a cheaper statement of their own.
      const [visitor] = visitors;
      await context.sql(
        `UPDATE visitors SET connected = $2, last_interaction_at = $3::timestamptz, departed_at = $4::timestamptz,
          opted_out_at = $5::timestamptz WHERE id = $1`,
        visitor,
        given.later.connected,
        ago(given.later.lastInteraction),
        ago(given.later.departed),
        ago(given.later.optedOut),
      );
      await inTransaction((transaction) => refreshDueTimes(transaction, visitors.slice(0, 1)));
      await inTransaction((transaction) => refreshForwarding(transaction, conversations.slice(1), context.clock.now()));
      await expectAgreement(conversations.slice(1));
      const query = context.services.database.query.bind(context.services.database);
      const now = context.clock.now();
      const [first] = await readConversationFacts(query, conversations.slice(0, 1));
      const stored = await readStored(conversations.slice(0, 1));
      const isTooOld = first?.lastPendingAt != null && now.getTime() >= first.lastPendingAt.getTime() + 7 * day;
      if (first !== undefined && !isTooOld) {
        expectStored(first, await readSituation(context.services, query, now), now, stored.get(first.id));
      }
    }),
    { numRuns: Number(process.env.DUE_RUNS ?? 20) },
  );
}, 600_000);

describe("With ten thousand conversations", () => {
  beforeAll(seedTenThousand, 60_000);

  test("the check reads due conversations from its indexes: its cost does not grow with the number of conversations, nor with unreachable ones", async () => {
    const now = context.clock.now();
    const due = ["email", now, 100];
    await expectIndex(claimDueStatement, due, "conversations_due", ["due_channel =", "due_at <="]);
    await expectIndex(claimOfflineDueStatement, due, "conversations_offline_due", [
      "due_channel =",
      "offline_due_at <=",
    ]);
    await expectIndex(claimStaleStatement, [1, 100], "conversations_preference", ["preference_version <"]);
  });

  test("the worker reads queued deliveries and expired leases from its indexes, regardless of earlier deliveries", async () => {
    const now = context.clock.now();
    await expectIndex(claimDeliveriesStatement, ["email", now, 50], "deliveries_queued", [
      "channel =",
      "next_attempt_at <=",
    ]);
    await expectIndex(claimableStatement, ["email", now], "deliveries_queued", ["channel =", "next_attempt_at <="]);
    await expectIndex(expiredLeasesStatement, [now], "deliveries_leased", ["lease_until <"]);
  });

  test("the stats of channels are read from indexes, regardless of earlier deliveries", async () => {
    await expectNoSeqScan(readStatsStatement, []);
  });

  test("planning, sending and recording read only the rows that they need", async () => {
    const now = context.clock.now();
    const rows = await context.sql<{ id: string; conversationId: string }>(
      "SELECT id, conversation_id FROM deliveries ORDER BY id LIMIT 50",
    );
    const ids = rows.map((row) => row.id);
    const conversationIds = rows.map((row) => row.conversationId);
    const json = JSON.stringify(rows.map((row) => ({ id: row.id, conversation_id: row.conversationId, carried: [1] })));
    await expectNoSeqScan(queueStatement, [json, now, conversationIds]);
    await expectNoSeqScan(messagesStatement, [json, conversationIds]);
    await expectNoSeqScan(threadsStatement, [ids]);
    await expectNoSeqScan(leaseStatement, [json, now, now, ids, conversationIds]);
    await expectNoSeqScan(recordStatement, [json, now, ids, conversationIds]);
  });
});

/**
 * 20 conversations are due, 980 wait, and 9,000 are pending without ever becoming due; each has a reply and a finished
 * delivery.
 */
async function seedTenThousand(): Promise<void> {
  await insertWorld({ ...fc.sample(world, { numRuns: 1, seed: 1 })[0], visitors: [] } as World);
  const visitor = await context.addVisitor();
  await context.sql(
    `INSERT INTO conversations (id, visitor_id, channel, started_at, last_activity_at, message_count, pending_replies,
        last_pending_position, preference_version, due_channel, due_at, offline_due_at)
      SELECT gen_random_uuid(), $1, 'web', $2::timestamptz, $2, 1, 1, 1, 1, 'email',
        CASE WHEN number <= 20 THEN $2 - interval '1 minute' WHEN number <= 1000 THEN $2 + interval '1 day' END,
        CASE WHEN number <= 20 THEN $2 - interval '1 minute' WHEN number <= 1000 THEN $2 + interval '1 day' END
      FROM generate_series(1, 10000) AS number`,
    visitor.visitorId,
    context.clock.now(),
  );
  await context.sql(
    `INSERT INTO deliveries (id, conversation_id, channel, address, address_shown, kind, trigger, status, reference, due_at,
        created_at)
      SELECT gen_random_uuid(), id, 'email', '"ana@example.com"', 'ana@example.com', 'UNREAD_REPLIES', 'VISITOR_LEFT',
        CASE WHEN due_at IS NULL THEN 'SENT' ELSE 'CANCELLED' END, id::text, $1, $1 FROM conversations`,
    context.clock.now(),
  );
  await context.sql(
    `INSERT INTO messages (id, conversation_id, position, author_kind, author_id, text, via, sent_at)
      SELECT gen_random_uuid(), id, 1, 'AGENT', $1, 'Hello', 'web', $2 FROM conversations`,
    context.agent.agentId,
    context.clock.now(),
  );
  await context.sql(
    `INSERT INTO delivery_messages (delivery_id, message_id, position) SELECT deliveries.id, messages.id, 1
      FROM deliveries JOIN messages ON messages.conversation_id = deliveries.conversation_id`,
  );
  await context.sql("ANALYZE conversations, deliveries, messages, delivery_messages");
}

/** Expects both plans to search the index by these conditions, and to scan no table. */
async function expectIndex(
  statement: Statement,
  parameters: readonly unknown[],
  index: string,
  conditions: readonly string[],
): Promise<void> {
  for (const lines of await expectNoSeqScan(statement, parameters)) {
    const found = lines.findIndex((line) => line.includes(`Index Scan using ${index} on`));
    // If a condition were only a filter, the whole index would be read.
    for (const condition of conditions) expect(lines[found + 1]).toMatch(new RegExp(`Index Cond: .*${condition}`));
  }
}

/** Returns the plan for these parameters, and the generic plan of a prepared statement. */
async function expectNoSeqScan(statement: Statement, parameters: readonly unknown[]): Promise<string[][]> {
  const results = await inDatabase(context.databaseUrl, async (client) => [
    await client.query(`EXPLAIN ${statement.text}`, [...parameters]),
    await client.query(`EXPLAIN (GENERIC_PLAN) ${statement.text}`),
  ]);
  const plans = results.map(({ rows }) => rows.map((row: Record<string, string>) => row["QUERY PLAN"] ?? ""));
  for (const lines of plans)
    expect(lines.join("\n")).not.toMatch(/Seq Scan on (conversations|messages|deliveries|delivery_messages)\b/);
  return plans;
}
