import { Program } from "../../support/app/program.js";
import { MailSink, type ReceivedMail } from "../../support/fakes/mail-sink.js";
import { createMigratedDatabase } from "../../support/services/migrated-database.js";
import type { TestDatabase } from "../../support/services/test-database.js";
import { countSent, type Outcome, readOutcomes } from "./read-outcomes.js";
import { programSettings } from "./settings.js";
import { until } from "./until.js";
import { readMarks } from "./written-and-arrived.js";

/** A database, a mail server, and the processes that a test starts and stops. */
export class CrashContext {
  readonly #programs: Program[] = [];
  readonly #sinks: MailSink[] = [];

  private constructor(
    private readonly database: TestDatabase,
    readonly sink: MailSink,
  ) {}

  static async setup(): Promise<CrashContext> {
    const sink = await MailSink.start();
    try {
      return new CrashContext(await createMigratedDatabase(), sink);
    } catch (error) {
      await sink.stop();
      throw error;
    }
  }

  get databaseUrl(): string {
    return this.database.url;
  }

  /** Starts a process of the program, which sends to the context's mail server unless `settings` say otherwise. */
  async start(settings: Readonly<Record<string, string>> = {}): Promise<Program> {
    const program = await Program.start({ ...programSettings(this.database.url, this.sink.url), ...settings });
    this.#programs.push(program);
    return program;
  }

  /** Starts another mail server. */
  async addSink(): Promise<MailSink> {
    const sink = await MailSink.start();
    this.#sinks.push(sink);
    return sink;
  }

  /** The deliveries that carried this reply. */
  async outcomesOf(mark: string): Promise<Outcome[]> {
    return (await readOutcomes(this.database.url)).filter((outcome) => outcome.replies.includes(mark));
  }

  /** Resolves once the reply has been sent and recorded. */
  async untilSent(mark: string): Promise<void> {
    await until(
      () => countSent(this.database.url, mark),
      (count) => count > 0,
    );
  }

  async teardown(): Promise<void> {
    for (const program of this.#programs) await program.end("SIGKILL");
    for (const sink of [this.sink, ...this.#sinks]) await sink.stop();
    await this.database.drop();
  }
}

/** The mails that carried a reply, in order of arrival. */
export function mailsWith(mails: readonly ReceivedMail[], mark: string): ReceivedMail[] {
  return mails.filter((mail) => readMarks(mail.parsed.text ?? "").includes(mark));
}
