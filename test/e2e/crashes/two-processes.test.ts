import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { Program } from "../../support/app/program.js";
import { MailSink } from "../../support/fakes/mail-sink.js";
import { inDatabase } from "../../support/services/in-database.js";
import { ageConnectionCount, ageDatabase } from "./age-database.js";
import { Company } from "./company.js";
import { multiply } from "./copy-visitor.js";
import { CrashContext, mailsWith } from "./crash-context.js";
import { countSent, readOutcomes } from "./read-outcomes.js";
import { until } from "./until.js";
import { markOf, readMarks } from "./written-and-arrived.js";

// Processes take their time to start on a busy machine, and 500 mails theirs to travel.
jest.setTimeout(120_000);

/** The mail server's time for a mail: long enough that one process cannot send all before the other joins. */
const mailMs = 20;

let context: CrashContext;
let sinks: readonly [MailSink, MailSink];
let processes: readonly [Program, Program];
let companies: readonly [Company, Company];

beforeAll(async () => {
  context = await CrashContext.setup();
  sinks = [context.sink, await context.addSink()];
  const [one, other] = await Promise.all(sinks.map((sink) => context.start({ EMAIL_SMTP_URL: sink.url })));
  if (one === undefined || other === undefined) throw new Error("Two processes were started.");
  processes = [one, other];
  const company = await Company.open(one);
  companies = [company, company.at(other)];
  await ageConnectionCount(context.databaseUrl);
});
afterAll(() => context?.teardown());

describe("Two processes on one database", () => {
  test("with 500 due conversations never send twice: two workers, one delivery, one mail", async () => {
    await companies[0].forwardAtOnce();
    await companies[0].prefer({ mode: "NOTHING" });
    const [{ conversationId = "" } = {}] = await companies[0].meet(1);
    await companies[1].replyToAll([{ conversationId, mark: markOf(0) }]);
    const conversations = [conversationId, ...(await multiply(context.databaseUrl, conversationId, 499))];
    expect(await readOutcomes(context.databaseUrl)).toEqual([]);

    const begun = Promise.race(sinks.map((sink) => sink.next()));
    for (const sink of sinks) sink.judge(() => delay(mailMs, null));
    await companies[0].prefer({ mode: "UNREAD_REPLIES" });
    await begun;
    // Whichever process planned, the other one hears only of what is asked of itself.
    const last = conversations.slice(-2);
    await Promise.all(companies.map((company, index) => company.forwardNow(last[index] ?? "")));
    await until(
      () => countSent(context.databaseUrl),
      (sent) => sent >= 500,
    );
    const outcomes = await readOutcomes(context.databaseUrl);
    await ageDatabase(context.databaseUrl, 61);
    await companies[1].replyToAll([{ conversationId, mark: markOf(500) }]);
    await context.untilSent(markOf(500));

    expect(outcomes).toHaveLength(500);
    expect(outcomes.filter(({ status, attempts }) => status !== "SENT" || attempts !== 1)).toEqual([]);
    const marks = sinks.flatMap((sink) => sink.mails).flatMap((mail) => readMarks(mail.parsed.text ?? ""));
    expect(marks.sort()).toEqual(Array.from({ length: 501 }, (_, index) => markOf(index)).sort());
    for (const sink of sinks) expect(sink.mails.length).toBeGreaterThan(0);
  });

  test("when one of them is killed (kill -9), its visitors are away from its last heartbeat on, and get their replies", async () => {
    for (const sink of sinks) sink.judge(() => null);
    const [dying, living] = companies;
    const connection = await living.client.connect();
    const [ana] = await dying.meet(1);
    const page = await dying.client.as(ana?.token ?? null).connect();
    const look = async () => (await living.client.do(presence, { id: ana?.conversationId })).conversation;
    await until(look, ({ visitor }) => visitor.online);
    // Doing and coming lie before the last heartbeat: a doing alone would be a sign of life for a minute.
    await inDatabase(context.databaseUrl, (client) =>
      client.query(`
        UPDATE connections SET opened_at = opened_at - interval '2 minutes';
        UPDATE visitors SET last_interaction_at = last_interaction_at - interval '2 minutes',
          departed_at = departed_at - interval '2 minutes' WHERE connected`),
    );
    await living.replyToAll([{ conversationId: ana?.conversationId ?? "", mark: markOf(501) }]);
    const conversation = await look();
    expect(conversation.visitor).toEqual({ online: true, leftAt: null });
    expect(conversation.forwarding).toMatchObject({ state: "WAITING", trigger: "INACTIVITY" });

    await processes[0].end("SIGKILL");
    await page.closed();
    const heartbeats = await inDatabase(context.databaseUrl, (client) =>
      client.query<{ at: Date }>("SELECT heartbeat_at - interval '20 seconds' AS at FROM processes"),
    );
    await ageDatabase(context.databaseUrl, 20);
    await context.untilSent(markOf(501));
    const left = (await look()).visitor;
    expect(left.online).toBe(false);
    expect(heartbeats.rows.map(({ at }) => at.toISOString())).toContain(left.leftAt);
    expect(mailsWith(sinks[1].mails, markOf(501))).toHaveLength(1);
    const { agents } = await living.client.do("{ agents { online } }");
    expect(agents).toEqual([{ online: true }]);
    await connection.close();
  });
});

const presence =
  "query ($id: ID!) { conversation(id: $id) { visitor { online leftAt } forwarding { state trigger } } }";
