import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { Program } from "../../support/app/program.js";
import { AdminClient } from "./admin-client.js";
import { ageDatabase, agePresenceEpoch } from "./age-database.js";
import { CrashContext, mailsWith } from "./crash-context.js";

// Starting processes is slow on a busy machine.
jest.setTimeout(90_000);

let context: CrashContext;
let program: Program;
let admin: AdminClient;

beforeAll(async () => {
  context = await CrashContext.setup();
  program = await context.start();
  admin = await AdminClient.signIn(program);
  await agePresenceEpoch(context.databaseUrl);
});
afterAll(() => context?.teardown());

describe("A process that is killed (kill -9)", () => {
  test("after SMTP accepted: the mail is sent again under the same Message-ID with the same replies, without one written later", async () => {
    await admin.forwardImmediately();
    const [ana] = await admin.addVisitors(1);
    const conversationId = ana?.conversationId ?? "";
    context.sink.respondToContent(() => {
      void program.end("SIGKILL");
      return null;
    });
    await admin.replyToAll([{ conversationId, mark: "reply-1" }]);
    await program.ended();
    context.sink.respondToContent(() => null);
    expect(await context.outcomesOf("reply-1")).toEqual([expect.objectContaining({ status: "SENDING", attempts: 1 })]);

    program = await context.start();
    admin = admin.at(program);
    await admin.replyToAll([{ conversationId, mark: "reply-2" }]);
    // Until the lease expires after a minute, the delivery is not claimed again.
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

  test("and is down through the due time sends the reply on restart, once", async () => {
    await admin.updatePreference({ visitorLeftDelaySeconds: 300, settleSeconds: 30 });
    // An agent is online while it is written, so that AGENTS_OFFLINE does not make it due earlier.
    const connection = await admin.client.connect();
    const [ben] = await admin.addVisitors(1);
    await admin.replyToAll([{ conversationId: ben?.conversationId ?? "", mark: "reply-3" }]);
    const { conversation } = await admin.client.do(
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
    admin = admin.at(program);
    await context.untilSent("reply-3");
    await ageDatabase(context.databaseUrl, 3_600);
    // Once this later reply is sent, the job that could send the first one again has run.
    await admin.replyToAll([
      { conversationId: (await admin.addVisitors(1))[0]?.conversationId ?? "", mark: "reply-4" },
    ]);
    await ageDatabase(context.databaseUrl, 600);
    await context.untilSent("reply-4");
    expect(mailsWith(context.sink.mails, "reply-3")).toHaveLength(1);
    expect(await context.outcomesOf("reply-3")).toEqual([expect.objectContaining({ status: "SENT", attempts: 1 })]);
  });
});
