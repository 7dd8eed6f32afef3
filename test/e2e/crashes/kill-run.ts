import "reflect-metadata";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { startApp } from "../../../src/app.js";
import { leaseMs } from "../../../src/forwarding/deliveries/claim-deliveries.js";
import { createLogger } from "../../../src/logger.js";
import { Program } from "../../support/app/program.js";
import { MailSink, type ReceivedMail } from "../../support/fakes/mail-sink.js";
import { freePort } from "../../support/servers/free-ports.js";
import { ageDatabase } from "./age-database.js";
import { Company } from "./company.js";
import { type KillMoment, planKills, planReplies } from "./kill-plan.js";
import { findLeftovers, lookAtOpenDeliveries, type Outcome, readOutcomes } from "./read-outcomes.js";
import { ReplyWriters } from "./reply-writers.js";
import { programSettings } from "./settings.js";
import { type ArrivedMail, type Comparison, compare, readMarks } from "./written-and-arrived.js";

export interface KillRunOptions {
  readonly databaseUrl: string;
  /** JOBS_URL; null: the database. */
  readonly jobsUrl: string | null;
  readonly seed: number;
  readonly kills: number;
  /** Mails with a Message-ID of their own that must have arrived before the run ends. */
  readonly forwardings: number;
  readonly conversations: number;
  /** How much older everything is after each kill: 0, or more than a lease, so that nothing has to wait for one. */
  readonly agedBySeconds: number;
  /** How long after the last kill the rest may take, leases included. */
  readonly patienceMs: number;
  /** Told of each kill. */
  readonly onKill: (kill: Kill) => void;
}

/** A kill, and what it found. */
export interface Kill {
  readonly moment: KillMoment;
  /** From the program's start. */
  readonly afterMs: number;
  readonly phase: "starting" | "running";
  /** Whether the moment came; otherwise the life was ended because it did not. */
  readonly came: "in time" | "not at all";
  readonly queued: number;
  readonly sending: number;
  /** Of those SENDING, the mails that the SMTP server took from this life, which the database does not know. */
  readonly taken: number;
  /** Replies asked for and not acknowledged. */
  readonly inFlight: number;
}

export interface KillReport extends Comparison {
  readonly kills: readonly Kill[];
  readonly repliesWritten: number;
  /** Asked for again with the same clientMessageId, because the answer was lost with the process. */
  readonly repliesAskedAgain: number;
  readonly mails: number;
  readonly outcomes: readonly Outcome[];
  /** From the last start to the mail of what had been written before and had to wait longest. */
  readonly restMs: number;
  /** What the programs logged as an error: the message, and how often. */
  readonly errorsLogged: ReadonlyMap<string, number>;
}

/** A life whose planned moment does not come ends all the same, so long after it said that it runs. */
const maxLifeMs = 20_000;
const lookAgainMs = 500;
/** A lease, a killed process's lock on a job, and a while for the sending itself on a busy machine. */
const maxRestMs = leaseMs + 15_000 + 30_000;

/** Kills the program again and again while replies are written and forwarded, and compares what was written with what arrived. */
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
        const kill = await this.#live(writers, moment);
        this.#kills.push(kill);
        this.options.onKill(kill);
        if (agedBySeconds > 0) await ageDatabase(databaseUrl, agedBySeconds);
      }
      writers.allow(forwardings);
      program = await Program.start(this.#settings);
      const startedAtMs = performance.now();
      writers.goOn();
      await this.#rest(writers);
      await writers.finish();
      return await this.#report(writers, program, startedAtMs);
    } finally {
      await program?.end("SIGKILL");
      await writers.finish().catch(() => {}); // told above, unless something else was
    }
  }

  /** Brings people in, undisturbed, by a program in this process: it is not killed, and spares a start. */
  async #prepare(): Promise<ReplyWriters> {
    const { seed, forwardings, conversations } = this.options;
    this.sink.onAnswered((mail) => this.#arrived.push(arrivedNow(mail)));
    const app = await startApp(this.#settings, { logger: createLogger("silent") });
    try {
      const company = await Company.open(app);
      await company.forwardAtOnce();
      const met = await company.meet(conversations);
      return new ReplyWriters(company, met, planReplies(seed, forwardings * 2, conversations));
    } finally {
      await app.stop();
    }
  }

  /** One life of the program, from its start to the moment at which it is killed. */
  async #live(writers: ReplyWriters, moment: KillMoment): Promise<Kill> {
    const beganAtMs = performance.now();
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
    this.#arm(writers, moment, (afterMs) => {
      if (afterMs === 0) kill();
      else timers.push(setTimeout(kill, afterMs));
    });
    program.prints("Afterchat is running.").then(
      () => {
        if (killedAtMs !== null) return;
        phase = "running";
        writers.goOn();
        if (moment.kind === "running") timers.push(setTimeout(kill, moment.afterMs));
        const endWaiting = (): void => {
          came = "not at all";
          kill();
        };
        timers.push(setTimeout(endWaiting, maxLifeMs));
      },
      () => {
        failed = killedAtMs === null;
        kill();
      },
    );
    await program.ended();
    for (const timer of timers) clearTimeout(timer);
    this.#arm(writers, null, () => {});
    this.#collectErrors(program);
    if (killedAtMs === null || failed) throw new Error(`The program did not start, or ended:\n${program.output}`);
    const open = await lookAtOpenDeliveries(this.options.databaseUrl);
    const arrived = this.#arrived.filter((mail) => mail.atMs > beganAtMs);
    const taken = new Set(arrived.map((mail) => referenceOf(mail.messageId)));
    const sending = open.filter(({ status }) => status === "SENDING");
    return {
      moment,
      afterMs: killedAtMs - beganAtMs,
      phase,
      came,
      queued: open.length - sending.length,
      sending: sending.length,
      taken: sending.filter(({ reference }) => taken.has(reference)).length,
      inFlight,
    };
  }

  /** Watches for the mail or the request that the moment waits for. */
  #arm(writers: ReplyWriters, moment: KillMoment | null, killAfter: (ms: number) => void): void {
    let seen = 0;
    this.sink.judge(() => {
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

  /** Waits until everything has arrived and is recorded, or patience is over; the comparison tells which. */
  async #rest(writers: ReplyWriters): Promise<void> {
    const { forwardings, patienceMs, databaseUrl } = this.options;
    const beganAtMs = performance.now();
    while (performance.now() - beganAtMs < patienceMs) {
      if (writers.areDone && (await lookAtOpenDeliveries(databaseUrl)).length === 0) {
        const { violations, messageIds } = compare(writers.written, this.#arrived);
        const missing = forwardings - messageIds;
        if (violations.length === 0 && missing <= 0) break;
        // Replies to one conversation share a mail: some more are needed.
        if (violations.length === 0) writers.allow(writers.allowance + missing);
      }
      await Promise.race([this.sink.next(), delay(lookAgainMs)]);
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
        : [`the last of what was left came ${Math.round(restMs / 1000)} s after the last start`]),
      ...(writers.areDone ? [] : ["some replies were never acknowledged"]),
      ...(ending.code === 0 ? [] : [`the last program did not stop by itself: ${JSON.stringify(ending)}`]),
    ];
    return {
      ...comparison,
      violations,
      kills: this.#kills,
      repliesWritten: writers.written.length,
      repliesAskedAgain: writers.askedAgain,
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
