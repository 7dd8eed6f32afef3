import "reflect-metadata";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { startApp } from "../../../src/app.js";
import { leaseMs } from "../../../src/forwarding/deliveries/claim-deliveries.js";
import { createLogger } from "../../../src/logger.js";
import { Program } from "../../support/app/program.js";
import { MailSink, type ReceivedMail } from "../../support/fakes/mail-sink.js";
import { freePort } from "../../support/servers/free-ports.js";
import { AdminClient } from "./admin-client.js";
import { ageDatabase } from "./age-database.js";
import { type KillMoment, planKills, planReplies } from "./kill-plan.js";
import { findLeftovers, type Outcome, readOpenDeliveries, readOutcomes } from "./read-outcomes.js";
import { ReplyWriters } from "./reply-writers.js";
import { programSettings } from "./settings.js";
import { type ArrivedMail, type Comparison, compare, readMarks } from "./written-and-arrived.js";

export interface KillRunOptions {
  readonly databaseUrl: string;
  /** JOBS_URL; null: the database. */
  readonly jobsUrl: string | null;
  readonly seed: number;
  readonly kills: number;
  /** The number of Message-IDs that must have arrived before the run ends. */
  readonly forwardings: number;
  readonly conversations: number;
  /** Seconds by which the database is aged after each kill: 0, or more than a lease, so that nothing has to wait for one. */
  readonly agedBySeconds: number;
  /** How long the remaining deliveries may take after the last kill, including leases. */
  readonly timeoutMs: number;
  /** Called after each kill. */
  readonly onKill: (kill: Kill) => void;
}

/** A kill, and the state at that moment. */
export interface Kill {
  readonly moment: KillMoment;
  /** From the program's start. */
  readonly afterMs: number;
  readonly phase: "starting" | "running";
  /** Whether the planned moment came; otherwise the process was killed after a timeout. */
  readonly came: "in time" | "not at all";
  readonly queued: number;
  readonly sending: number;
  /** Of those SENDING, the mails that the SMTP server accepted from this process, which is not recorded yet. */
  readonly taken: number;
  /** Replies requested and not acknowledged. */
  readonly inFlight: number;
}

export interface KillReport extends Comparison {
  readonly kills: readonly Kill[];
  readonly repliesWritten: number;
  /** Requested again with the same clientMessageId, because the response was lost with the process. */
  readonly repliesRepeated: number;
  readonly mails: number;
  readonly outcomes: readonly Outcome[];
  /** From the last start to the arrival of the last reply that was written before it. */
  readonly restMs: number;
  /** The error messages that the programs logged, and how often. */
  readonly errorsLogged: ReadonlyMap<string, number>;
}

/** A process whose planned moment does not come is killed this long after it reported that it is running. */
const maxLifetimeMs = 20_000;
const pollIntervalMs = 500;
/** A lease, a killed process's lock on a job, and time to send on a busy machine. */
const maxRestMs = leaseMs + 15_000 + 30_000;

/** Kills the program repeatedly while replies are written and forwarded, and compares what was written with what arrived. */
export async function runKills(options: KillRunOptions): Promise<KillReport> {
  const sink = await MailSink.start();
  try {
    return await new KillRun(options, sink, await freePort()).run();
  } finally {
    await sink.stop();
  }
}

class KillRun {
  readonly #settings: Record<string, string>;
  readonly #arrived: ArrivedMail[] = [];
  readonly #kills: Kill[] = [];
  readonly #errorsLogged = new Map<string, number>();

  constructor(
    private readonly options: KillRunOptions,
    private readonly sink: MailSink,
    port: number,
  ) {
    this.#settings = { ...programSettings(options.databaseUrl, sink.url), PORT: String(port) };
    if (options.jobsUrl !== null) this.#settings.JOBS_URL = options.jobsUrl;
  }

  async run(): Promise<KillReport> {
    const { seed, kills, forwardings, agedBySeconds, databaseUrl } = this.options;
    const writers = await this.#prepare();
    let program: Program | null = null;
    try {
      const share = Math.ceil(forwardings / Math.max(1, kills));
      for (const [index, moment] of planKills(seed, kills, share).entries()) {
        writers.allow(Math.min(forwardings, share * (index + 1)));
        const kill = await this.#runUntilKilled(writers, moment);
        this.#kills.push(kill);
        this.options.onKill(kill);
        if (agedBySeconds > 0) await ageDatabase(databaseUrl, agedBySeconds);
      }
      writers.allow(forwardings);
      program = await Program.start(this.#settings);
      const startedAtMs = performance.now();
      writers.resume();
      await this.#untilDelivered(writers);
      await writers.finish();
      return await this.#report(writers, program, startedAtMs);
    } finally {
      await program?.end("SIGKILL");
      await writers.finish().catch(() => {}); // already thrown above, or another error was
    }
  }

  /** Adds visitors through a program in this process, which is not killed and saves a start. */
  async #prepare(): Promise<ReplyWriters> {
    const { seed, forwardings, conversations } = this.options;
    this.sink.onAnswered((mail) => this.#arrived.push(arrivedNow(mail)));
    const app = await startApp(this.#settings, { logger: createLogger("silent") });
    try {
      const admin = await AdminClient.signIn(app);
      await admin.forwardImmediately();
      const visitors = await admin.addVisitors(conversations);
      return new ReplyWriters(admin, visitors, planReplies(seed, forwardings * 2, conversations));
    } finally {
      await app.stop();
    }
  }

  /** Runs the program from its start until it is killed at the moment. */
  async #runUntilKilled(writers: ReplyWriters, moment: KillMoment): Promise<Kill> {
    const startedAtMs = performance.now();
    let phase: Kill["phase"] = "starting";
    let killedAtMs: number | null = null;
    let inFlight = 0;
    let failed = false;
    let came: Kill["came"] = "in time";
    const program = await Program.launch(this.#settings);
    const kill = (): void => {
      if (killedAtMs !== null) return;
      killedAtMs = performance.now();
      inFlight = writers.inFlight;
      writers.pause();
      void program.end("SIGKILL");
    };
    const timers = moment.kind === "starting" ? [setTimeout(kill, moment.afterMs)] : [];
    this.#watch(writers, moment, (afterMs) => {
      if (afterMs === 0) kill();
      else timers.push(setTimeout(kill, afterMs));
    });
    program.prints("Afterchat is running.").then(
      () => {
        if (killedAtMs !== null) return;
        phase = "running";
        writers.resume();
        if (moment.kind === "running") timers.push(setTimeout(kill, moment.afterMs));
        const giveUp = (): void => {
          came = "not at all";
          kill();
        };
        timers.push(setTimeout(giveUp, maxLifetimeMs));
      },
      () => {
        failed = killedAtMs === null;
        kill();
      },
    );
    await program.ended();
    for (const timer of timers) clearTimeout(timer);
    this.#watch(writers, null, () => {});
    this.#collectErrors(program);
    if (killedAtMs === null || failed) throw new Error(`The program did not start, or ended:\n${program.output}`);
    const open = await readOpenDeliveries(this.options.databaseUrl);
    const arrived = this.#arrived.filter((mail) => mail.atMs > startedAtMs);
    const taken = new Set(arrived.map((mail) => referenceOf(mail.messageId)));
    const sending = open.filter(({ status }) => status === "SENDING");
    return {
      moment,
      afterMs: killedAtMs - startedAtMs,
      phase,
      came,
      queued: open.length - sending.length,
      sending: sending.length,
      taken: sending.filter(({ reference }) => taken.has(reference)).length,
      inFlight,
    };
  }

  /** Watches for the mail or the request of the moment. */
  #watch(writers: ReplyWriters, moment: KillMoment | null, killAfter: (ms: number) => void): void {
    let seen = 0;
    this.sink.respondToContent(() => {
      if (moment?.kind === "before-answer" && ++seen === moment.mail) killAfter(0);
      return null;
    });
    this.sink.onAnswered((mail) => {
      this.#arrived.push(arrivedNow(mail));
      if (moment?.kind === "after-answer" && ++seen === moment.mail) killAfter(moment.afterMs);
    });
    writers.onRequest = () => {
      if (moment?.kind === "while-writing" && ++seen === moment.reply) killAfter(moment.afterMs);
    };
  }

  /** Waits until everything has arrived and is recorded, or until the timeout; the comparison shows which. */
  async #untilDelivered(writers: ReplyWriters): Promise<void> {
    const { forwardings, timeoutMs, databaseUrl } = this.options;
    const startedAtMs = performance.now();
    while (performance.now() - startedAtMs < timeoutMs) {
      if (writers.done && (await readOpenDeliveries(databaseUrl)).length === 0) {
        const { violations, messageIds } = compare(writers.written, this.#arrived);
        const missing = forwardings - messageIds;
        if (violations.length === 0 && missing <= 0) break;
        // Replies to one conversation share a mail: some more are needed.
        if (violations.length === 0) writers.allow(writers.allowance + missing);
      }
      await Promise.race([this.sink.next(), delay(pollIntervalMs)]);
    }
  }

  async #report(writers: ReplyWriters, program: Program, startedAtMs: number): Promise<KillReport> {
    const { databaseUrl } = this.options;
    const ending = await program.end("SIGTERM");
    this.#collectErrors(program);
    const comparison = compare(writers.written, this.#arrived);
    const before = writers.written.filter((reply) => reply.acknowledgedAtMs < startedAtMs);
    const arrivalsMs = new Map(
      this.#arrived.toReversed().flatMap(({ marks, atMs }) => marks.map((mark) => [mark, atMs])),
    );
    const restMs = Math.max(0, ...before.map(({ mark }) => (arrivalsMs.get(mark) ?? startedAtMs) - startedAtMs));
    const outcomes = await readOutcomes(databaseUrl);
    const arrived = new Set(this.#arrived.map((mail) => referenceOf(mail.messageId)));
    const sent = new Set(outcomes.map((outcome) => outcome.reference));
    const violations = [
      ...comparison.violations,
      ...(await findLeftovers(databaseUrl)),
      ...outcomes
        .filter(({ status, reference }) => status !== "SENT" || !arrived.has(reference))
        .map(
          ({ reference, status }) =>
            `delivery ${reference} ended ${status}${arrived.has(reference) ? "" : ", no mail"}`,
        ),
      ...[...arrived]
        .filter((reference) => !sent.has(reference))
        .map((reference) => `mail ${reference} has no delivery`),
      ...(restMs <= maxRestMs
        ? []
        : [`the last remaining reply arrived ${Math.round(restMs / 1000)} s after the last start`]),
      ...(writers.done ? [] : ["some replies were never acknowledged"]),
      ...(ending.code === 0 ? [] : [`the last program did not stop cleanly: ${JSON.stringify(ending)}`]),
    ];
    return {
      ...comparison,
      violations,
      kills: this.#kills,
      repliesWritten: writers.written.length,
      repliesRepeated: writers.repeated,
      mails: this.#arrived.length,
      outcomes,
      restMs,
      errorsLogged: this.#errorsLogged,
    };
  }

  #collectErrors(program: Program): void {
    for (const line of program.output.split("\n")) {
      const message = /"level":"?(?:error|50)"?/.test(line)
        ? (/"(?:message|msg)":"([^"]*)"/.exec(line)?.[1] ?? line)
        : null;
      if (message !== null) this.#errorsLogged.set(message, (this.#errorsLogged.get(message) ?? 0) + 1);
    }
  }
}

function arrivedNow({ parsed, envelopeTo }: ReceivedMail): ArrivedMail {
  return {
    messageId: parsed.messageId ?? "no Message-ID",
    recipient: envelopeTo.join(),
    marks: readMarks(parsed.text ?? ""),
    atMs: performance.now(),
  };
}

function referenceOf(messageId: string): string {
  return messageId.slice(1, messageId.indexOf("@"));
}
