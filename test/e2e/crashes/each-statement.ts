import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { Program } from "../../support/app/program.js";
import { MailSink } from "../../support/fakes/mail-sink.js";
import { freePort } from "../../support/servers/free-ports.js";
import { inDatabase } from "../../support/services/in-database.js";
import { ageConnectionCount, ageDatabase } from "./age-database.js";
import { Company, type Correspondent } from "./company.js";
import { findLeftovers, readOutcomes } from "./read-outcomes.js";
import { programSettings } from "./settings.js";
import { type Ambush, StatementProxy } from "./statement-proxy.js";
import { compare, markOf, readMarks } from "./written-and-arrived.js";

export interface EachStatementOptions {
  readonly databaseUrl: string;
  /** At which statements: every one in turn, or those named as an ambush names them. */
  readonly statements: "each" | readonly Ambush["statement"][];
  /** Before the server has seen the statement, or after it was executed: in this order. */
  readonly sides: readonly Death["side"][];
  readonly onDeath: (death: Death) => void;
}

/** What became of one forwarding whose program died at a statement. */
export interface Death {
  readonly statement: Ambush["statement"];
  readonly side: Ambush["side"];
  /** The beginning of the statement's text. */
  readonly text: string;
  /** How often its mail came; again only when the program died after the server had taken it. */
  readonly mails: number;
  readonly violations: readonly string[];
}

export interface EachStatementReport {
  readonly deaths: readonly Death[];
  /** How many statements an undisturbed forwarding took; 0 when every one was disturbed. */
  readonly statements: number;
  readonly violations: readonly string[];
}

/** The jobs come by themselves only this often, and so only when the harness says. */
const checkIntervalSeconds = 300;
const patienceMs = 30_000;
const lookAgainMs = 20;

/**
 * Forwards one reply after the other, and kills the program at the first statement of the first forwarding, at the second
 * of the second, and so on, until one is done before its statement comes; each time before the server has seen the
 * statement, and once more after it was executed and before the answer is read. Each next program finishes what it finds.
 */
export async function dieAtEachStatement(options: EachStatementOptions): Promise<EachStatementReport> {
  const sink = await MailSink.start();
  const proxy = await StatementProxy.start(options.databaseUrl);
  const run = new KillAtStatement(options.databaseUrl, sink, proxy, String(await freePort()));
  try {
    const deaths: Death[] = [];
    await run.open();
    let statements = 0;
    const chosen = options.statements === "each" ? everyNumber() : options.statements;
    for (const statement of chosen) {
      if (statements > 0) break;
      for (const side of options.sides) {
        const end = await run.forward({ statement, side });
        if (end.kind === "survived") statements = Math.max(statements, end.statements);
        else {
          deaths.push(end.death);
          options.onDeath(end.death);
        }
      }
    }
    return {
      deaths,
      statements,
      violations: [...deaths.flatMap((death) => death.violations), ...(await run.close())],
    };
  } finally {
    await run.end();
    await proxy.stop();
    await sink.stop();
  }
}

type End =
  | { readonly kind: "survived"; readonly statements: number }
  | { readonly kind: "died"; readonly death: Death };

class KillAtStatement {
  readonly #settings: Record<string, string>;
  #program: Program | null = null;
  #company: Company | null = null;
  #correspondents: Correspondent[] = [];
  #replies = 0;

  constructor(
    private readonly databaseUrl: string,
    private readonly sink: MailSink,
    private readonly proxy: StatementProxy,
    port: string,
  ) {
    this.#settings = {
      ...programSettings(proxy.through(databaseUrl), sink.url),
      CHECK_INTERVAL_SECONDS: String(checkIntervalSeconds),
      PORT: port,
    };
  }

  async open(): Promise<void> {
    this.#program = await Program.start(this.#settings);
    this.#company = await Company.open(this.#program);
    await this.#company.forwardAtOnce();
    // Presence is judged from one heartbeat after the very first start on.
    await ageConnectionCount(this.databaseUrl);
  }

  /** One reply to a visitor of its own, and its end. */
  async forward({ statement, side }: Pick<Death, "statement" | "side">): Promise<End> {
    const company = this.#company;
    const program = this.#program;
    if (company === null || program === null) throw new Error("The program has not been opened.");
    if (this.#correspondents.length === 0) this.#correspondents = await company.meet(10);
    const conversationId = this.#correspondents.pop()?.conversationId ?? "";
    const mark = markOf(this.#replies++);
    const acknowledgedAtMs = performance.now();
    await company.replyToAll([{ conversationId, mark }]);

    let text: string | null = null;
    const onReached = (reached: string): void => {
      text = reached;
      void program.end("SIGKILL");
    };
    this.proxy.lay({ statement, side, onReached });
    await hastenJobs(this.databaseUrl, ["check-triggers"]);
    await Promise.race([program.ended(), this.#isSent(mark)]);
    const statements = this.proxy.clear();
    if (text === null) return { kind: "survived", statements };

    await program.end("SIGKILL");
    // Leases and the jobs' locks run out, and the jobs are due.
    await ageDatabase(this.databaseUrl, checkIntervalSeconds + 1);
    this.#program = await Program.start(this.#settings);
    await hastenJobs(this.databaseUrl, ["check-triggers", "deliver-due"]);
    await this.#isSent(mark);
    const arrived = this.sink.mails
      .map(({ parsed, envelopeTo }) => ({
        messageId: parsed.messageId ?? "",
        recipient: envelopeTo.join(),
        marks: readMarks(parsed.text ?? ""),
        atMs: performance.now(),
      }))
      .filter((mail) => mail.marks.includes(mark));
    const { violations } = compare([{ mark, acknowledgedAtMs }], arrived);
    const [outcome, ...others] = (await readOutcomes(this.databaseUrl)).filter((each) => each.replies.includes(mark));
    const death: Death = {
      statement,
      side,
      text: firstWords(text),
      mails: arrived.length,
      violations: [
        ...violations,
        ...(outcome?.status === "SENT" && others.length === 0
          ? []
          : [`${mark}: ${JSON.stringify([outcome, ...others])}`]),
      ],
    };
    return { kind: "died", death };
  }

  /** What is left that should not be. */
  async close(): Promise<string[]> {
    const ending = await this.#program?.end("SIGTERM");
    const leftovers = await findLeftovers(this.databaseUrl);
    return ending?.code === 0 ? leftovers : [...leftovers, "the last program did not stop by itself"];
  }

  async end(): Promise<void> {
    await this.#program?.end("SIGKILL");
  }

  /** Resolves once the database knows that the reply was sent; after a long time the outcome tells what it knows. */
  async #isSent(mark: string): Promise<void> {
    const beganAtMs = performance.now();
    const isSent = `SELECT FROM messages WHERE client_message_id = $1 AND forwarded_to IS NOT NULL`;
    await inDatabase(this.databaseUrl, async (client) => {
      while (performance.now() - beganAtMs < patienceMs && !this.#isDead()) {
        const { rowCount } = await client.query(isSent, [mark]);
        if (rowCount === 1) return;
        await delay(lookAgainMs);
      }
    });
  }

  #isDead(): boolean {
    return this.#program?.hasEnded ?? true;
  }
}

/** Lets recurring jobs run now, as if their interval were over; waits while one runs. */
async function hastenJobs(databaseUrl: string, names: readonly string[]): Promise<void> {
  const bringForward = "UPDATE agenda_jobs SET next_run_at = clock_timestamp() WHERE name = $1 AND locked_at IS NULL";
  await inDatabase(databaseUrl, async (client) => {
    for (const name of names)
      while ((await client.query(bringForward, [name])).rowCount === 0) await delay(lookAgainMs);
  });
}

function* everyNumber(): Generator<number> {
  for (let number = 1; ; number += 1) yield number;
}

function firstWords(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, 90);
}
