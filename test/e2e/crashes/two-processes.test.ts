import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { Program } from "../../support/app/program.js";
import { MailSink } from "../../support/fakes/mail-sink.js";
import { inDatabase } from "../../support/services/in-database.js";
import { AdminClient } from "./admin-client.js";
import { ageDatabase, agePresenceEpoch } from "./age-database.js";
import { copyVisitor } from "./copy-visitor.js";
import { CrashContext, mailsWith } from "./crash-context.js";
import { countSent, readOutcomes } from "./read-outcomes.js";
import { until } from "./until.js";
import { markOf, readMarks } from "./written-and-arrived.js";

// Starting processes and sending 500 mails is slow on a busy machine.
jest.setTimeout(120_000);

/** The mail server's delay per mail, so that one process cannot send all before the other joins. */
const delayPerMailMs = 20;

let context: CrashContext;
let sinks: readonly [MailSink, MailSink];
let processes: readonly [Program, Program];
let admins: readonly [AdminClient, AdminClient];

beforeAll(async () => {
  context = await CrashContext.setup();
  sinks = [context.sink, await context.addSink()];
  const [first, second] = await Promise.all(sinks.map((sink) => context.start({ EMAIL_SMTP_URL: sink.url })));
  if (first === undefined || second === undefined) throw new Error("Two processes must be started.");
  processes = [first, second];
  const admin = await AdminClient.signIn(first);
  admins = [admin, admin.at(second)];
  await agePresenceEpoch(context.databaseUrl);
});
afterAll(() => context?.teardown());

describe("Two processes on one database", () => {
  test("with 500 due conversations never send twice: two workers, one delivery, one mail", async () => {
    await admins[0].forwardImmediately();
    await admins[0].updatePreference({ mode: "NOTHING" });
    const [{ conversationId = "" } = {}] = await admins[0].addVisitors(1);
    await admins[1].replyToAll([{ conversationId, mark: markOf(0) }]);
    const conversations = [conversationId, ...(await copyVisitor(context.databaseUrl, conversationId, 499))];
    expect(await readOutcomes(context.databaseUrl)).toEqual([]);

    const begun = Promise.race(sinks.map((sink) => sink.next()));
    for (const sink of sinks) sink.respondToContent(() => delay(delayPerMailMs, null));
    await admins[0].updatePreference({ mode: "UNREAD_REPLIES" });
    await begun;
    // The process that did not plan only sends what is requested from itself.
    const last = conversations.slice(-2);
    await Promise.all(admins.map((admin, index) => admin.forwardNow(last[index] ?? "")));
    await until(
      () => countSent(context.databaseUrl),
      (sent) => sent >= 500,
    );
    const outcomes = await readOutcomes(context.databaseUrl);
    await ageDatabase(context.databaseUrl, 61);
    await admins[1].replyToAll([{ conversationId, mark: markOf(500) }]);
    await context.untilSent(markOf(500));

    expect(outcomes).toHaveLength(500);
    expect(outcomes.filter(({ status, attempts }) => status !== "SENT" || attempts !== 1)).toEqual([]);
    const marks = sinks.flatMap((sink) => sink.mails).flatMap((mail) => readMarks(mail.parsed.text ?? ""));
    expect(marks.sort()).toEqual(Array.from({ length: 501 }, (_, index) => markOf(index)).sort());
    for (const sink of sinks) expect(sink.mails.length).toBeGreaterThan(0);
  });

  test("when one is killed (kill -9), its visitors are away since its last heartbeat, and get their replies", async () => {
    for (const sink of sinks) sink.respondToContent(() => null);
    const [killed, running] = admins;
    const connection = await running.client.connect();
    const [ana] = await killed.addVisitors(1);
    const page = await killed.client.as(ana?.token ?? null).connect();
    const readConversation = async () => (await running.client.do(presence, { id: ana?.conversationId })).conversation;
    await until(readConversation, ({ visitor }) => visitor.online);
    // Interaction and connection are before the last heartbeat: an interaction alone would count as presence for a minute.
    await inDatabase(context.databaseUrl, (client) =>
      client.query(`
        UPDATE connections SET opened_at = opened_at - interval '2 minutes';
        UPDATE visitors SET last_interaction_at = last_interaction_at - interval '2 minutes',
          departed_at = departed_at - interval '2 minutes' WHERE connected`),
    );
    await running.replyToAll([{ conversationId: ana?.conversationId ?? "", mark: markOf(501) }]);
    const conversation = await readConversation();
    expect(conversation.visitor).toEqual({ online: true, leftAt: null });
    expect(conversation.forwarding).toMatchObject({ state: "WAITING", trigger: "INACTIVITY" });

    await processes[0].end("SIGKILL");
    await page.closed();
    const heartbeats = await inDatabase(context.databaseUrl, (client) =>
      client.query<{ at: Date }>("SELECT heartbeat_at - interval '20 seconds' AS at FROM processes"),
    );
    await ageDatabase(context.databaseUrl, 20);
    await context.untilSent(markOf(501));
    const left = (await readConversation()).visitor;
    expect(left.online).toBe(false);
    expect(heartbeats.rows.map(({ at }) => at.toISOString())).toContain(left.leftAt);
    expect(mailsWith(sinks[1].mails, markOf(501))).toHaveLength(1);
    const { agents } = await running.client.do("{ agents { online } }");
    expect(agents).toEqual([{ online: true }]);
    await connection.close();
  });
});

const presence =
  "query ($id: ID!) { conversation(id: $id) { visitor { online leftAt } forwarding { state trigger } } }";
