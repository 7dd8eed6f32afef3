import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { Program } from "../../support/app/program.js";
import { ageConnectionCount, ageDatabase } from "./age-database.js";
import { Company } from "./company.js";
import { mailsWith, Stage } from "./stage.js";

// Each test starts processes, which takes its time on a busy machine.
jest.setTimeout(90_000);

let stage: Stage;
let program: Program;
let company: Company;

beforeAll(async () => {
  stage = await Stage.set();
  program = await stage.start();
  company = await Company.open(program);
  await ageConnectionCount(stage.databaseUrl);
});
afterAll(() => stage?.strike());

describe("A process that is killed (kill -9)", () => {
  test("after SMTP accepted: the same Message-ID again, with the same replies, also when one more was written since", async () => {
    await company.forwardAtOnce();
    const [ana] = await company.meet(1);
    const conversationId = ana?.conversationId ?? "";
    stage.sink.judge(() => {
      void program.end("SIGKILL");
      return null;
    });
    await company.replyToAll([{ conversationId, mark: "reply-1" }]);
    await program.ended();
    stage.sink.judge(() => null);
    expect(await stage.outcomesOf("reply-1")).toEqual([expect.objectContaining({ status: "SENDING", attempts: 1 })]);

    program = await stage.start();
    company = company.at(program);
    await company.replyToAll([{ conversationId, mark: "reply-2" }]);
    // While the lease lasts nobody touches what it stands for; a minute later it is over.
    expect(mailsWith(stage.sink.mails, "reply-1")).toHaveLength(1);
    await ageDatabase(stage.databaseUrl, 61);
    await stage.untilSent("reply-2");

    const [first, again, ...more] = mailsWith(stage.sink.mails, "reply-1");
    expect(more).toEqual([]);
    expect(again?.parsed.messageId).toBe(first?.parsed.messageId);
    expect(again?.envelopeTo).toEqual(first?.envelopeTo);
    expect(
      mailsWith(
        [again].flatMap((mail) => mail ?? []),
        "reply-2",
      ),
    ).toEqual([]);
    const [later, ...others] = mailsWith(stage.sink.mails, "reply-2");
    expect(others).toEqual([]);
    expect(later?.parsed.messageId).not.toBe(first?.parsed.messageId);
    expect(await stage.outcomesOf("reply-1")).toEqual([expect.objectContaining({ status: "SENT", attempts: 2 })]);
    expect(await stage.outcomesOf("reply-2")).toEqual([expect.objectContaining({ status: "SENT", attempts: 1 })]);
  });

  test("and is down through the due time sends on restart, once", async () => {
    await company.prefer({ visitorLeftDelaySeconds: 300, settleSeconds: 30 });
    // Nobody else makes it due earlier: an agent is there while it is written.
    const desk = await company.client.connect();
    const [ben] = await company.meet(1);
    await company.replyToAll([{ conversationId: ben?.conversationId ?? "", mark: "reply-3" }]);
    const { conversation } = await company.client.do(
      "query ($id: ID!) { conversation(id: $id) { forwarding { state } } }",
      {
        id: ben?.conversationId,
      },
    );
    expect(conversation).toEqual({ forwarding: { state: "WAITING" } });
    await program.end("SIGKILL");
    await desk.closed();
    await ageDatabase(stage.databaseUrl, 1_200);
    expect(await stage.outcomesOf("reply-3")).toEqual([]);

    program = await stage.start();
    company = company.at(program);
    await stage.untilSent("reply-3");
    await ageDatabase(stage.databaseUrl, 3_600);
    // The same job that would send it again has run once this one, written later, is there.
    await company.replyToAll([{ conversationId: (await company.meet(1))[0]?.conversationId ?? "", mark: "reply-4" }]);
    await ageDatabase(stage.databaseUrl, 600);
    await stage.untilSent("reply-4");
    expect(mailsWith(stage.sink.mails, "reply-3")).toHaveLength(1);
    expect(await stage.outcomesOf("reply-3")).toEqual([expect.objectContaining({ status: "SENT", attempts: 1 })]);
  });
});
