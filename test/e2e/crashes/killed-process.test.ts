import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { Program } from "../../support/app/program.js";
import { ageConnectionCount, ageDatabase } from "./age-database.js";
import { Company } from "./company.js";
import { CrashContext, mailsWith } from "./crash-context.js";

// Each test starts processes, which takes its time on a busy machine.
jest.setTimeout(90_000);

let context: CrashContext;
let program: Program;
let company: Company;

beforeAll(async () => {
  context = await CrashContext.setup();
  program = await context.start();
  company = await Company.open(program);
  await ageConnectionCount(context.databaseUrl);
});
afterAll(() => context?.teardown());

describe("A process that is killed (kill -9)", () => {
  test("after SMTP accepted: the same Message-ID again, with the same replies, also when one more was written since", async () => {
    await company.forwardAtOnce();
    const [ana] = await company.meet(1);
    const conversationId = ana?.conversationId ?? "";
    context.sink.judge(() => {
      void program.end("SIGKILL");
      return null;
    });
    await company.replyToAll([{ conversationId, mark: "reply-1" }]);
    await program.ended();
    context.sink.judge(() => null);
    expect(await context.outcomesOf("reply-1")).toEqual([expect.objectContaining({ status: "SENDING", attempts: 1 })]);

    program = await context.start();
    company = company.at(program);
    await company.replyToAll([{ conversationId, mark: "reply-2" }]);
    // While the lease lasts nobody touches what it stands for; a minute later it is over.
    expect(mailsWith(context.sink.mails, "reply-1")).toHaveLength(1);
    await ageDatabase(context.databaseUrl, 61);
    await context.untilSent("reply-2");

    const [first, again, ...more] = mailsWith(context.sink.mails, "reply-1");
    expect(more).toEqual([]);
    expect(again?.parsed.messageId).toBe(first?.parsed.messageId);
    expect(again?.envelopeTo).toEqual(first?.envelopeTo);
    expect(
      mailsWith(
        [again].flatMap((mail) => mail ?? []),
        "reply-2",
      ),
    ).toEqual([]);
    const [later, ...others] = mailsWith(context.sink.mails, "reply-2");
    expect(others).toEqual([]);
    expect(later?.parsed.messageId).not.toBe(first?.parsed.messageId);
    expect(await context.outcomesOf("reply-1")).toEqual([expect.objectContaining({ status: "SENT", attempts: 2 })]);
    expect(await context.outcomesOf("reply-2")).toEqual([expect.objectContaining({ status: "SENT", attempts: 1 })]);
  });

  test("and is down through the due time sends on restart, once", async () => {
    await company.prefer({ visitorLeftDelaySeconds: 300, settleSeconds: 30 });
    // Nobody else makes it due earlier: an agent is there while it is written.
    const connection = await company.client.connect();
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
    await connection.closed();
    await ageDatabase(context.databaseUrl, 1_200);
    expect(await context.outcomesOf("reply-3")).toEqual([]);

    program = await context.start();
    company = company.at(program);
    await context.untilSent("reply-3");
    await ageDatabase(context.databaseUrl, 3_600);
    // The same job that would send it again has run once this one, written later, is there.
    await company.replyToAll([{ conversationId: (await company.meet(1))[0]?.conversationId ?? "", mark: "reply-4" }]);
    await ageDatabase(context.databaseUrl, 600);
    await context.untilSent("reply-4");
    expect(mailsWith(context.sink.mails, "reply-3")).toHaveLength(1);
    expect(await context.outcomesOf("reply-3")).toEqual([expect.objectContaining({ status: "SENT", attempts: 1 })]);
  });
});
