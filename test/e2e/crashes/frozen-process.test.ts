import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { Program } from "../../support/app/program.js";
import type { ReceivedMail, Refusal } from "../../support/fakes/mail-sink.js";
import { ageConnectionCount, ageDatabase } from "./age-database.js";
import { Company } from "./company.js";
import { CrashContext, mailsWith } from "./crash-context.js";
import { StatementProxy } from "./statement-proxy.js";
import { readMarks } from "./written-and-arrived.js";

// Each test starts processes, which takes its time on a busy machine.
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

/** The server's answers to the frozen process's mails, which it reads when it wakes. */
class LateAnswers {
  readonly #late = new Map<string, PromiseWithResolvers<Refusal | null>>();
  readonly #all = Promise.withResolvers<void>();

  constructor(private readonly marks: readonly string[]) {}

  /** The first mail with each mark waits for its answer, any other is taken. */
  judge(mail: ReceivedMail): Refusal | null | Promise<Refusal | null> {
    const [mark = ""] = readMarks(mail.parsed.text ?? "");
    if (this.#late.has(mark)) return null;
    const answer = Promise.withResolvers<Refusal | null>();
    this.#late.set(mark, answer);
    if (this.marks.every((each) => this.#late.has(each))) this.#all.resolve();
    return answer.promise;
  }

  /** Resolves once a mail with each mark has come whole. */
  waiting(): Promise<void> {
    return this.#all.promise;
  }

  give(mark: string, answer: Refusal | null): void {
    this.#late.get(mark)?.resolve(answer);
  }
}

describe("A frozen process that wakes after its lease has run out", () => {
  let company: Company;
  let other: Program;

  test("has its late results ignored, taken or refused: nothing is sent under a second Message-ID", async () => {
    const frozen = await context.start();
    company = await Company.open(frozen);
    await company.forwardAtOnce();
    await ageConnectionCount(context.databaseUrl);
    const marks = ["reply-1", "reply-2"];
    const late = new LateAnswers(marks);
    context.sink.judge((mail) => late.judge(mail));
    const met = await company.meet(2);
    await company.replyToAll(met.map(({ conversationId }, index) => ({ conversationId, mark: marks[index] ?? "" })));
    await late.waiting();
    frozen.freeze();

    other = await context.start({ DATABASE_URL: proxy.through(context.databaseUrl) });
    await ageDatabase(context.databaseUrl, 61);
    for (const mark of marks) await context.untilSent(mark);
    late.give("reply-1", null);
    late.give("reply-2", { code: 451, message: "4.3.0 Try again later" });
    frozen.thaw();
    // A stop finishes what is in hand: the late results have been offered to the database then.
    expect(await frozen.end("SIGTERM")).toMatchObject({ code: 0 });

    context.sink.judge(() => null);
    for (const mark of marks) {
      expect(await context.outcomesOf(mark)).toEqual([expect.objectContaining({ status: "SENT", attempts: 2 })]);
      const all = [...mailsWith(context.sink.mails, mark), ...mailsWith(context.sink.refused, mark)];
      expect(all).toHaveLength(2);
      expect(new Set(all.map((mail) => mail.parsed.messageId)).size).toBe(1);
    }
    expect(context.sink.refused).toHaveLength(1);
  });

  test("holds up nobody with the rows that it had locked when it froze", async () => {
    company = company.at(other);
    const [ana] = await company.meet(1);
    const locked = Promise.withResolvers<void>();
    proxy.lay({
      statement: "WITH planned AS",
      side: "after",
      onReached: () => {
        other.freeze();
        locked.resolve();
      },
    });
    await company.replyToAll([{ conversationId: ana?.conversationId ?? "", mark: "reply-3" }]);
    await locked.promise;

    const awake = await context.start();
    await ageDatabase(context.databaseUrl, 61);
    // It had planned the delivery and not committed: the server ends that transaction, and the other one plans.
    await context.untilSent("reply-3");
    proxy.clear();
    other.thaw();
    await Promise.all([other.end("SIGTERM"), awake.end("SIGTERM")]);
    expect(mailsWith(context.sink.mails, "reply-3")).toHaveLength(1);
  });
});
