import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { Program } from "../../support/app/program.js";
import type { ReceivedMail, Refusal } from "../../support/fakes/mail-sink.js";
import { AdminClient } from "./admin-client.js";
import { ageDatabase, agePresenceEpoch } from "./age-database.js";
import { CrashContext, mailsWith } from "./crash-context.js";
import { StatementProxy } from "./statement-proxy.js";
import { readMarks } from "./written-and-arrived.js";

// Starting processes is slow on a busy machine.
jest.setTimeout(90_000);

let context: CrashContext;
let proxy: StatementProxy;
beforeAll(async () => {
  context = await CrashContext.setup();
  proxy = await StatementProxy.start(context.databaseUrl);
});
afterAll(async () => {
  await context?.teardown();
  await proxy?.stop();
});

/** Delayed SMTP responses to the frozen process's mails, which it reads when it resumes. */
class DelayedResponses {
  readonly #late = new Map<string, PromiseWithResolvers<Refusal | null>>();
  readonly #all = Promise.withResolvers<void>();

  constructor(private readonly marks: readonly string[]) {}

  /** Delays the response to the first mail with each mark, and accepts any other. */
  respond(mail: ReceivedMail): Refusal | null | Promise<Refusal | null> {
    const [mark = ""] = readMarks(mail.parsed.text ?? "");
    if (this.#late.has(mark)) return null;
    const answer = Promise.withResolvers<Refusal | null>();
    this.#late.set(mark, answer);
    if (this.marks.every((expected) => this.#late.has(expected))) this.#all.resolve();
    return answer.promise;
  }

  /** Resolves once a mail with each mark has been received. */
  waiting(): Promise<void> {
    return this.#all.promise;
  }

  give(mark: string, answer: Refusal | null): void {
    this.#late.get(mark)?.resolve(answer);
  }
}

describe("A frozen process that resumes after its lease has expired", () => {
  let admin: AdminClient;
  let second: Program;

  test("has its late results ignored, accepted or refused: nothing is sent under a second Message-ID", async () => {
    const frozen = await context.start();
    admin = await AdminClient.signIn(frozen);
    await admin.forwardImmediately();
    await agePresenceEpoch(context.databaseUrl);
    const marks = ["reply-1", "reply-2"];
    const late = new DelayedResponses(marks);
    context.sink.respondToContent((mail) => late.respond(mail));
    const visitors = await admin.addVisitors(2);
    await admin.replyToAll(visitors.map(({ conversationId }, index) => ({ conversationId, mark: marks[index] ?? "" })));
    await late.waiting();
    frozen.freeze();

    second = await context.start({ DATABASE_URL: proxy.through(context.databaseUrl) });
    await ageDatabase(context.databaseUrl, 61);
    for (const mark of marks) await context.untilSent(mark);
    late.give("reply-1", null);
    late.give("reply-2", { code: 451, message: "4.3.0 Try again later" });
    frozen.thaw();
    // Stopping finishes the work in progress: the late results have been written to the database by then.
    expect(await frozen.end("SIGTERM")).toMatchObject({ code: 0 });

    context.sink.respondToContent(() => null);
    for (const mark of marks) {
      expect(await context.outcomesOf(mark)).toEqual([expect.objectContaining({ status: "SENT", attempts: 2 })]);
      const all = [...mailsWith(context.sink.mails, mark), ...mailsWith(context.sink.refused, mark)];
      expect(all).toHaveLength(2);
      expect(new Set(all.map((mail) => mail.parsed.messageId)).size).toBe(1);
    }
    expect(context.sink.refused).toHaveLength(1);
  });

  test("does not block other processes with the rows that it had locked", async () => {
    admin = admin.at(second);
    const [ana] = await admin.addVisitors(1);
    const locked = Promise.withResolvers<void>();
    proxy.setBreakpoint({
      statement: "WITH planned AS",
      side: "after",
      onReached: () => {
        second.freeze();
        locked.resolve();
      },
    });
    await admin.replyToAll([{ conversationId: ana?.conversationId ?? "", mark: "reply-3" }]);
    await locked.promise;

    const awake = await context.start();
    await ageDatabase(context.databaseUrl, 61);
    // It had planned the delivery and not committed: the server ends that transaction, and the other process plans.
    await context.untilSent("reply-3");
    proxy.clear();
    second.thaw();
    await Promise.all([second.end("SIGTERM"), awake.end("SIGTERM")]);
    expect(mailsWith(context.sink.mails, "reply-3")).toHaveLength(1);
  });
});
