import type { App } from "../../src/app.js";
import { startWithoutJobs } from "../app-without-jobs.js";
import type { BenchDatabase } from "../database.js";
import type { Contender } from "../rounds.js";
import { type EmailFigure, evaluate, take } from "./accepted.js";
import { queueReplies } from "./seed.js";
import type { Sink } from "./sink.js";

/** The program without its jobs: the benchmark calls its worker. */
export class Program {
  #queued = 0;

  private constructor(
    private readonly app: App,
    private readonly database: BenchDatabase,
    private readonly sink: Sink,
  ) {}

  static async start(database: BenchDatabase, sink: Sink, connections: number): Promise<Program> {
    const app = await startWithoutJobs(database.url, {
      CHANNELS: "email",
      COMPANY_NAME: "Harbour Bikes",
      EMAIL_SMTP_URL: `smtp://127.0.0.1:${sink.port}`,
      EMAIL_FROM: "chat@example.com",
      EMAIL_POOL_SIZE: String(connections),
    });
    return new Program(app, database, sink);
  }

  /** Forwards replies and returns what the server received. */
  async forward(count: number): Promise<string> {
    await this.#queue(count);
    await this.app.worker.work();
    return this.sink.takeAccepted();
  }

  contender(count: number): Contender<EmailFigure> {
    return {
      name: "Afterchat",
      measure: async () => {
        const first = await this.#queue(count);
        const taken = await take(() => this.app.worker.work());
        const sample = await evaluate(this.sink, taken, first, count);
        const [row] = await this.database.query<{ count: string }>(
          "SELECT count(*) FROM deliveries WHERE status <> 'SENT'",
        );
        return { ...sample, errors: sample.errors + Number(row?.count) };
      },
    };
  }

  async stop(): Promise<void> {
    await this.app.stop();
  }

  async #queue(count: number): Promise<number> {
    const first = this.#queued + 1;
    this.#queued += count;
    await queueReplies(this.app, this.database, first, count);
    return first;
  }
}
