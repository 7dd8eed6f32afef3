import type { Environment } from "../../../src/settings-error.js";
import { TestContext } from "../../support/app/test-context.js";
import type { Arrival, TestVisitor } from "../../support/app/test-visitor.js";
import { type MailServer, startMailServer } from "../../support/servers/mail/mail-server.js";
import type { Mailbox } from "../../support/servers/mail/mailbox.js";

/** A visitor with a mailbox of their own at the real mail server. */
export interface Correspondent {
  readonly visitor: TestVisitor;
  readonly mailbox: Mailbox;
}

/** The whole program, sending through a real Postfix to visitors with real mailboxes. */
export class MailServerContext {
  #visitors = 0;

  private constructor(
    readonly server: MailServer,
    readonly context: TestContext,
    /** What EMAIL_FROM names: answers and bounces come here by plus addresses. */
    readonly company: Mailbox,
  ) {}

  /** `settings`: of the program, beside where it sends; they may name the company's mailbox. */
  static async setup(settings: (company: Mailbox) => Environment = () => ({})): Promise<MailServerContext> {
    const server = await startMailServer();
    try {
      const company = await server.addMailbox("chat@harbour.example");
      const context = await TestContext.setup({
        EMAIL_SMTP_URL: `smtp://127.0.0.1:${server.smtpPort}`,
        ...settings(company),
      });
      return new MailServerContext(server, context, company);
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
    return { visitor: await this.context.visitor({ email, ...session }), mailbox };
  }

  /** The visitor asks, leaves, is answered, and the answer is mailed. */
  async answerByMail({ visitor }: Correspondent, question: string, reply: string): Promise<void> {
    await visitor.say(question);
    await visitor.leave();
    await this.context.agent.reply(visitor, reply);
    await this.context.app.pass(331);
  }

  async teardown(): Promise<void> {
    await this.context.teardown();
    await this.server.stop();
  }
}
