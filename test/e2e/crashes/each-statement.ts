import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { Program } from "../../support/app/program.js";
import { MailSink } from "../../support/fakes/mail-sink.js";
import { freePort } from "../../support/servers/free-ports.js";
import { inDatabase } from "../../support/services/in-database.js";
import { AdminClient, type VisitorSession } from "./admin-client.js";
import { ageDatabase, agePresenceEpoch } from "./age-database.js";
import { findLeftovers, readOutcomes } from "./read-outcomes.js";
import { programSettings } from "./settings.js";
import { type Breakpoint, StatementProxy } from "./statement-proxy.js";
import { compare, markOf, readMarks } from "./written-and-arrived.js";

export interface EachStatementOptions {
  readonly databaseUrl: string;
  /** Every statement in turn, or the given ones. */
  readonly statements: "each" | readonly Breakpoint["statement"][];
  /** Whether to kill before the server receives the statement, or after it was executed; in this order. */
  readonly sides: readonly StatementKill["side"][];
  readonly onKill: (kill: StatementKill) => void;
}

/** The result of one forwarding during which the program was killed at a statement. */
export interface StatementKill {
  readonly statement: Breakpoint["statement"];
  readonly side: Breakpoint["side"];
  /** The beginning of the statement's text. */
  readonly text: string;
  /** How often its mail arrived; more than once only if the program was killed after the server had accepted it. */
  readonly mails: number;
  readonly violations: readonly string[];
}

export interface EachStatementReport {
  readonly kills: readonly StatementKill[];
  /** The number of statements of an undisturbed forwarding; 0 when every one was disturbed. */
  readonly statements: number;
  readonly violations: readonly string[];
}

/** So long that the jobs run only when the test brings them forward. */
const checkIntervalSeconds = 300;
const timeoutMs = 30_000;
const pollIntervalMs = 20;

/**
 * Forwards one reply after another, and kills the program at the first statement of the first forwarding, at the second
 * of the second, and so on, until a forwarding has no such statement; each time before the server receives the
 * statement, and once more after it was executed and before the response is read. The next program finishes what is left.
 */
export async function killAtEachStatement(options: EachStatementOptions): Promise<EachStatementReport> {
  const sink = await MailSink.start();
  const proxy = await StatementProxy.start(options.databaseUrl);
  const run = new KillAtStatement(options.databaseUrl, sink, proxy, String(await freePort()));
  try {
    const kills: StatementKill[] = [];
    await run.open();
    let statements = 0;
    const chosen = options.statements === "each" ? everyNumber() : options.statements;
    for (const statement of chosen) {
      if (statements > 0) break;
      for (const side of options.sides) {
        const end = await run.forward({ statement, side });
        if (end.kind === "survived") statements = Math.max(statements, end.statements);
        else {
          kills.push(end.kill);
          options.onKill(end.kill);
        }
      }
    }
    return {
      kills,
      statements,
      violations: [...kills.flatMap((kill) => kill.violations), ...(await run.close())],
    };
  } finally {
    await run.end();
    await proxy.stop();
    await sink.stop();
  }
}

type End =
  | { readonly kind: "survived"; readonly statements: number }
  | { readonly kind: "killed"; readonly kill: StatementKill };

class KillAtStatement {
  readonly #settings: Record<string, string>;
  #program: Program | null = null;
  #admin: AdminClient | null = null;
  #visitors: VisitorSession[] = [];
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
    this.#admin = await AdminClient.signIn(this.#program);
    await this.#admin.forwardImmediately();
    // Presence is evaluated from one heartbeat after the first start on.
    await agePresenceEpoch(this.databaseUrl);
  }

  /** Forwards one reply to a new visitor, and returns how that ended. */
  async forward({ statement, side }: Pick<StatementKill, "statement" | "side">): Promise<End> {
    const admin = this.#admin;
    const program = this.#program;
    if (admin === null || program === null) throw new Error("The program has not been started.");
    if (this.#visitors.length === 0) this.#visitors = await admin.addVisitors(10);
    const conversationId = this.#visitors.pop()?.conversationId ?? "";
    const mark = markOf(this.#replies++);
    const acknowledgedAtMs = performance.now();
    await admin.replyToAll([{ conversationId, mark }]);

    let text: string | null = null;
    const onReached = (reached: string): void => {
      text = reached;
      void program.end("SIGKILL");
    };
    this.proxy.setBreakpoint({ statement, side, onReached });
    await bringJobsForward(this.databaseUrl, ["check-triggers"]);
    await Promise.race([program.ended(), this.#untilSent(mark)]);
    const statements = this.proxy.clear();
    if (text === null) return { kind: "survived", statements };

    await program.end("SIGKILL");
    // Leases and the jobs' locks expire, and the jobs are due.
    await ageDatabase(this.databaseUrl, checkIntervalSeconds + 1);
    this.#program = await Program.start(this.#settings);
    await bringJobsForward(this.databaseUrl, ["check-triggers", "deliver-due"]);
    await this.#untilSent(mark);
    const arrived = this.sink.mails
      .map(({ parsed, envelopeTo }) => ({
        messageId: parsed.messageId ?? "",
        recipient: envelopeTo.join(),
        marks: readMarks(parsed.text ?? ""),
        atMs: performance.now(),
      }))
      .filter((mail) => mail.marks.includes(mark));
    const { violations } = compare([{ mark, acknowledgedAtMs }], arrived);
    const [outcome, ...others] = (await readOutcomes(this.databaseUrl)).filter((found) => found.replies.includes(mark));
    const kill: StatementKill = {
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
    return { kind: "killed", kill };
  }

  /** Stops the program and returns what is left that should not be. */
  async close(): Promise<string[]> {
    const ending = await this.#program?.end("SIGTERM");
    const leftovers = await findLeftovers(this.databaseUrl);
    return ending?.code === 0 ? leftovers : [...leftovers, "the last program did not stop cleanly"];
  }

  async end(): Promise<void> {
    await this.#program?.end("SIGKILL");
  }

  /** Resolves once the reply is recorded as sent, or after a timeout; the outcome shows which. */
  async #untilSent(mark: string): Promise<void> {
    const startedAtMs = performance.now();
    const isSent = `SELECT FROM messages WHERE client_message_id = $1 AND forwarded_to IS NOT NULL`;
    await inDatabase(this.databaseUrl, async (client) => {
      while (performance.now() - startedAtMs < timeoutMs && !this.#isDead()) {
        const { rowCount } = await client.query(isSent, [mark]);
        if (rowCount === 1) return;
        await delay(pollIntervalMs);
      }
    });
  }

  #isDead(): boolean {
    return this.#program?.hasEnded ?? true;
  }
}

/** Makes recurring jobs due now; waits while one runs. */
async function bringJobsForward(databaseUrl: string, names: readonly string[]): Promise<void> {
  const bringForward = "UPDATE agenda_jobs SET next_run_at = clock_timestamp() WHERE name = $1 AND locked_at IS NULL";
  await inDatabase(databaseUrl, async (client) => {
    for (const name of names)
      while ((await client.query(bringForward, [name])).rowCount === 0) await delay(pollIntervalMs);
  });
}

function* everyNumber(): Generator<number> {
  for (let number = 1; ; number += 1) yield number;
}

function firstWords(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, 90);
}
