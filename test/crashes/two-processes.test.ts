import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { Program } from "../start/program.js";
import { MailSink } from "../support/mail-sink.js";
import { ageConnectionCount, ageDatabase } from "./age-database.js";
import { Company } from "./company.js";
import { inDatabase } from "./in-database.js";
import { readOutcomes } from "./look.js";
import { mailsWith, Stage } from "./stage.js";
import { until } from "./until.js";
import { markOf, readMarks } from "./written-and-arrived.js";

// Processes take their time to start on a busy machine, and 500 visitors theirs to come.
jest.setTimeout(120_000);

/** The mail server's time for a mail: long enough that one process cannot send all before the other joins. */
const mailMs = 20;

let stage: Stage;
let sinks: readonly [MailSink, MailSink];
let processes: readonly [Program, Program];
let companies: readonly [Company, Company];

beforeAll(async () => {
  stage = await Stage.set();
  sinks = [stage.sink, await stage.addSink()];
  const [one, other] = await Promise.all(sinks.map((sink) => stage.start({ EMAIL_SMTP_URL: sink.url })));
  if (one === undefined || other === undefined) throw new Error("Two processes were started.");
  processes = [one, other];
  const company = await Company.open(one);
  companies = [company, company.at(other)];
  await ageConnectionCount(stage.databaseUrl);
});
afterAll(() => stage?.strike());

describe("Two processes on one database", () => {
  test("with 500 due conversations never send twice: two workers, one delivery, one mail", async () => {
    await companies[0].forwardAtOnce();
    await companies[0].prefer({ mode: "NOTHING" });
    const met = await companies[0].meet(500);
    await companies[1].replyToAll(met.map(({ conversationId }, index) => ({ conversationId, mark: markOf(index) })));
    expect(await readOutcomes(stage.databaseUrl)).toEqual([]);

    const begun = Promise.race(sinks.map((sink) => sink.next()));
    for (const sink of sinks) sink.judge(() => delay(mailMs, null));
    await companies[0].prefer({ mode: "UNREAD_REPLIES" });
    await begun;
    // Whichever process planned, the other one hears only of what is asked of itself.
    const last = met.slice(-2);
    await Promise.all(companies.map((company, index) => company.forwardNow(last[index]?.conversationId ?? "")));
    const outcomes = await until(
      () => readOutcomes(stage.databaseUrl),
      (found) => found.length >= 500 && found.every((outcome) => outcome.status === "SENT"),
    );
    await ageDatabase(stage.databaseUrl, 61);
    await companies[1].replyToAll([{ conversationId: met[0]?.conversationId ?? "", mark: markOf(500) }]);
    await stage.untilSent(markOf(500));

    expect(outcomes).toHaveLength(500);
    expect(outcomes.filter((outcome) => outcome.attempts !== 1)).toEqual([]);
    const marks = sinks.flatMap((sink) => sink.mails).flatMap((mail) => readMarks(mail.parsed.text ?? ""));
    expect(marks.sort()).toEqual(Array.from({ length: 501 }, (_, index) => markOf(index)).sort());
    for (const sink of sinks) expect(sink.mails.length).toBeGreaterThan(0);
  });

  test("when one of them is killed (kill -9), its visitors are away from its last heartbeat on, and get their replies", async () => {
    for (const sink of sinks) sink.judge(() => null);
    const [dying, living] = companies;
    const desk = await living.client.connect();
    const [ana] = await dying.meet(1);
    const page = await dying.client.as(ana?.token ?? null).connect();
    // What the visitor did lies before the last heartbeat: a doing alone would be a sign of life for a minute.
    await ageDatabase(stage.databaseUrl, 120);
    await until(
      () => readHeartbeats(),
      (ages) => ages.length === 2 && ages.every((seconds) => seconds < 60),
    );
    await living.replyToAll([{ conversationId: ana?.conversationId ?? "", mark: markOf(501) }]);
    const { conversation } = await living.client.do(presence, { id: ana?.conversationId });
    expect(conversation.visitor).toEqual({ online: true, leftAt: null });
    expect(conversation.forwarding).toMatchObject({ state: "WAITING", trigger: "INACTIVITY" });

    await processes[0].end("SIGKILL");
    await page.closed();
    const heartbeats = await inDatabase(stage.databaseUrl, (client) =>
      client.query<{ at: Date }>("SELECT heartbeat_at - interval '20 seconds' AS at FROM processes"),
    );
    await ageDatabase(stage.databaseUrl, 20);
    await stage.untilSent(markOf(501));
    const left = (await living.client.do(presence, { id: ana?.conversationId })).conversation.visitor;
    expect(left.online).toBe(false);
    expect(heartbeats.rows.map(({ at }) => at.toISOString())).toContain(left.leftAt);
    expect(mailsWith(sinks[1].mails, markOf(501))).toHaveLength(1);
    const { agents } = await living.client.do("{ agents { online } }");
    expect(agents).toEqual([{ online: true }]);
    await desk.close();
  });
});

/** In seconds; of the processes that the database knows. */
async function readHeartbeats(): Promise<number[]> {
  const { rows } = await inDatabase(stage.databaseUrl, (client) =>
    client.query<{ age: string }>("SELECT extract(epoch FROM clock_timestamp() - heartbeat_at) AS age FROM processes"),
  );
  return rows.map(({ age }) => Number(age));
}

const presence =
  "query ($id: ID!) { conversation(id: $id) { visitor { online leftAt } forwarding { state trigger } } }";
