import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { AdminClient } from "../../e2e/crashes/admin-client.js";
import { planReplies } from "../../e2e/crashes/kill-plan.js";
import { readOpenDeliveries } from "../../e2e/crashes/read-outcomes.js";
import { ReplyWriters } from "../../e2e/crashes/reply-writers.js";
import { adminPassword } from "../../e2e/crashes/settings.js";
import { Program } from "../../support/app/program.js";
import { FakeGraphApi } from "../../support/fakes/graph-api/graph-api.js";
import { freePort } from "../../support/servers/free-ports.js";
import { inDatabase } from "../../support/services/in-database.js";
import { checkStorm, type StormDelivery } from "./check-storm.js";
import { behaviourOf, drawFaults, type StormFault } from "./storm-faults.js";

export interface StormOptions {
  readonly databaseUrl: string;
  readonly seed: number;
  readonly replies: number;
  readonly kills: number;
  /** How long the remaining deliveries may take once all replies are written. */
  readonly timeoutMs: number;
  readonly print: (line: string) => void;
}

export interface StormReport {
  readonly violations: readonly string[];
  readonly faults: ReadonlyMap<StormFault, number>;
  readonly statuses: ReadonlyMap<string, number>;
  readonly sendingWhenKilled: number;
  readonly webhooksRetried: number;
  readonly tookMs: number;
}

const people = 100;
const pollIntervalMs = 1_000;

/** Writes replies to people on Messenger while Meta is slow, throttles and goes silent, and the program is killed. */
export async function runStorm(options: StormOptions): Promise<StormReport> {
  const { databaseUrl, seed, replies, kills, timeoutMs, print } = options;
  const startedAtMs = performance.now();
  const graphApi = await FakeGraphApi.start();
  const settings = {
    ...graphApi.messengerEnvironment,
    DATABASE_URL: databaseUrl,
    PORT: String(await freePort()),
    APP_SECRET: "a secret of the tests that is long enough",
    ADMIN_PASSWORD: adminPassword,
    CHECK_INTERVAL_SECONDS: "1",
    CHANNELS: "messenger",
    LOG_LEVEL: "error",
  };
  let program = await Program.start(settings);
  try {
    const admin = await AdminClient.signIn(program);
    graphApi.webhooks.listenAt("page", `${program.url}/webhooks/messenger`);
    graphApi.webhooks.refused = "again";
    graphApi.echoes = "after";
    const faults = applyFaults(graphApi, seed, replies);
    const writers = new ReplyWriters(
      admin,
      await startConversations(graphApi, admin),
      planReplies(seed, replies, people),
    );
    let sendingWhenKilled = 0;
    writers.allow(replies);
    writers.resume();
    for (let kill = 1; kill <= kills; kill += 1) {
      while (writers.written.length < (replies * kill) / (kills + 1)) await delay(pollIntervalMs);
      // At least one request is in progress.
      await graphApi.contentReceived();
      writers.pause();
      await program.end("SIGKILL");
      const open = await readOpenDeliveries(databaseUrl);
      const sending = open.filter(({ status }) => status === "SENDING").length;
      sendingWhenKilled += sending;
      print(`killed after ${writers.written.length} replies, ${sending} being sent, ${open.length - sending} queued`);
      program = await Program.start(settings);
      writers.resume();
    }
    while (!writers.done) await delay(pollIntervalMs);
    print(`all ${writers.written.length} replies are written; waiting for the remaining deliveries`);
    await writers.finish();
    await settle(databaseUrl, graphApi, timeoutMs);
    const deliveries = await readDeliveries(databaseUrl);
    const written = writers.written.map(({ mark }) => mark);
    const violations = checkStorm({
      written,
      taken: graphApi.taken.map(({ text }) => text),
      deliveries,
      phantoms: await countPhantoms(databaseUrl),
      maxUncertain: (faults.get("silent-lost") ?? 0) + sendingWhenKilled,
    });
    return {
      violations,
      faults,
      statuses: countBy(deliveries.map(({ status }) => status)),
      sendingWhenKilled,
      webhooksRetried: graphApi.webhooks.statuses.filter((status) => status !== 200).length,
      tookMs: performance.now() - startedAtMs,
    };
  } finally {
    await program.end("SIGTERM");
    await graphApi.stop();
  }
}

/** Applies a fault to each request; the map counts them. */
function applyFaults(graphApi: FakeGraphApi, seed: number, replies: number): ReadonlyMap<StormFault, number> {
  const faults = drawFaults(seed, 2 * replies).values();
  const seen = new Map<StormFault, number>();
  graphApi.behave(() => {
    const fault = faults.next().value ?? "none";
    seen.set(fault, (seen.get(fault) ?? 0) + 1);
    return behaviourOf(fault);
  });
  return seen;
}

async function startConversations(graphApi: FakeGraphApi, admin: AdminClient) {
  for (let person = 0; person < people; person += 1) {
    const status = await graphApi.say("page", `24000000000${1_000 + person}`, "Is my bike ready?");
    if (status !== 200) throw new Error(`The webhook was answered with ${status}`);
  }
  const { conversations } = await admin.client.do(
    '{ conversations(filter: { channel: "messenger" }, first: 100) { nodes { id } } }',
  );
  return conversations.nodes.map(({ id }: { readonly id: string }) => ({ conversationId: id, token: "" }));
}

/** Waits until nothing is QUEUED or SENDING and every webhook was accepted, or until a timeout; the report shows which. */
async function settle(databaseUrl: string, graphApi: FakeGraphApi, timeoutMs: number): Promise<void> {
  const beganAtMs = performance.now();
  while (performance.now() - beganAtMs < timeoutMs) {
    if ((await readOpenDeliveries(databaseUrl)).length === 0) break;
    await delay(pollIntervalMs);
  }
  await graphApi.webhooks.quiet();
}

const delivery = z.object({ mark: z.string(), status: z.string(), conversationId: z.string(), position: z.number() });

async function readDeliveries(databaseUrl: string): Promise<StormDelivery[]> {
  return inDatabase(databaseUrl, async (client) => {
    const { rows } = await client.query(
      `SELECT messages.client_message_id AS mark, deliveries.status, deliveries.conversation_id AS "conversationId",
        messages.position FROM deliveries JOIN messages ON messages.id = deliveries.message_id`,
    );
    return delivery.array().parse(rows);
  });
}

async function countPhantoms(databaseUrl: string): Promise<number> {
  return inDatabase(databaseUrl, async (client) => {
    const { rows } = await client.query(
      `SELECT count(*)::int AS count FROM messages WHERE author_kind <> 'VISITOR' AND client_message_id IS NULL`,
    );
    return z.object({ count: z.number() }).parse(rows[0]).count;
  });
}

function countBy(values: readonly string[]): Map<string, number> {
  return new Map([...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]));
}
