import type { Environment } from "../../../src/settings-error.js";
import { Stage } from "../../support/app/test-context.js";
import type { Arrival, VisitorAtPage } from "../../support/app/test-visitor.js";
import { type MailServer, startMailServer } from "../../support/servers/mail/mail-server.js";
import type { Mailbox } from "../../support/servers/mail/mailbox.js";

/** A visitor with a mailbox of their own at the real mail server. */
export interface Correspondent {
  readonly visitor: VisitorAtPage;
  readonly mailbox: Mailbox;
}

/** The whole program, sending through a real Postfix to visitors with real mailboxes. */
export class MailStage {
  #visitors = 0;

  private constructor(
    readonly server: MailServer,
    readonly stage: Stage,
    /** What EMAIL_FROM names: answers and bounces come here by plus addresses. */
    readonly company: Mailbox,
  ) {}

  /** `settings`: of the program, beside where it sends; they may name the company's mailbox. */
  static async set(settings: (company: Mailbox) => Environment = () => ({})): Promise<MailStage> {
    const server = await startMailServer();
    try {
      const company = await server.addMailbox("chat@harbour.example");
      const stage = await Stage.set({
        EMAIL_SMTP_URL: `smtp://127.0.0.1:${server.smtpPort}`,
        ...settings(company),
      });
      return new MailStage(server, stage, company);
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** A visitor at the page, who has not written yet. */
  async correspondent(arrival: Arrival = {}, options: { readonly sieve?: string } = {}): Promise<Correspondent> {
    this.#visitors += 1;
    const { email = `ana-${this.#visitors}@visitor.example`, ...session } = arrival;
    const mailbox = await this.server.addMailbox(email ?? "", options);
    return { visitor: await this.stage.visitor({ email, ...session }), mailbox };
  }

  /** The visitor asks, leaves, is answered, and the answer is mailed. */
  async answerByMail({ visitor }: Correspondent, question: string, reply: string): Promise<void> {
    await visitor.say(question);
    await visitor.leave();
    await this.stage.desk.reply(visitor, reply);
    await this.stage.program.pass(331);
  }

  async strike(): Promise<void> {
    await this.stage.strike();
    await this.server.stop();
  }
}
