import type { Environment } from "../../../src/settings-error.js";
import { MailSink, type ReceivedMail } from "../fakes/mail-sink.js";
import { Desk } from "./test-agent.js";
import { TestApp } from "./test-app.js";
import { type Arrival, VisitorAtPage } from "./test-visitor.js";

/** Beyond the moment that was asked for: each beat reads the database's clock anew, some milliseconds off. */
const beyondMs = 100;

/** Where a journey plays: the whole program, a real mail server, an agent at the desk, and visitors who come and go. */
export class Stage {
  #visitors = 0;

  private constructor(
    readonly program: TestApp,
    readonly sink: MailSink,
    readonly desk: Desk,
  ) {}

  /** The agent is online; `environment` replaces or adds settings. */
  static async set(environment: Environment = {}, sink?: MailSink): Promise<Stage> {
    const mails = sink ?? (await MailSink.start());
    try {
      const program = await TestApp.start({
        EMAIL_SMTP_URL: mails.url,
        EMAIL_FROM: "chat@harbour.example",
        ...environment,
      });
      const desk = new Desk(program);
      await desk.signIn();
      await desk.sitDown();
      return new Stage(program, mails, desk);
    } catch (error) {
      if (sink === undefined) await mails.stop();
      throw error;
    }
  }

  /** A visitor with a page open and an address of their own, unless `arrival` says otherwise. */
  async visitor(arrival: Arrival = {}): Promise<VisitorAtPage> {
    this.#visitors += 1;
    return VisitorAtPage.arrive(this.program, { email: `ana-${this.#visitors}@example.com`, ...arrival });
  }

  /** A visitor who asked "Is my bike ready?" and left; everything of it happened just now. */
  async visitorWhoLeft(arrival: Arrival = {}): Promise<VisitorAtPage> {
    const visitor = await this.visitor(arrival);
    await visitor.say("Is my bike ready?");
    await visitor.leave();
    return visitor;
  }

  get now(): Date {
    return this.program.app.services.clock.now();
  }

  /** The mails that have reached a visitor, oldest first. */
  mailsTo(visitor: VisitorAtPage): ReceivedMail[] {
    return this.sink.mails.filter((mail) => mail.envelopeTo.includes(visitor.email));
  }

  mailCount(visitor: VisitorAtPage): number {
    return this.mailsTo(visitor).length;
  }

  /** Lets the time pass until a moment, in ISO 8601, or `seconds` off it; then the jobs run. */
  async passUntil(moment: string, seconds = 0): Promise<void> {
    const waitMs = new Date(moment).getTime() + seconds * 1000 + beyondMs - this.now.getTime();
    await this.program.pass(Math.max(0, waitMs) / 1000);
  }

  /** As `program.pass`, for days: the agent's session ends meanwhile, and they sign in and sit down anew. */
  async passDays(days: number): Promise<void> {
    await this.program.pass(days * 86_400);
    await this.desk.signIn();
    await this.desk.standUp();
    await this.desk.sitDown();
  }

  /** Stops the program; the mail server stays. */
  async close(): Promise<void> {
    await this.desk.standUp();
    await this.program.stop();
  }

  async strike(): Promise<void> {
    await this.close();
    await this.sink.stop();
  }
}
