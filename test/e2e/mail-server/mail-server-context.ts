import type { Environment } from "../../../src/settings-error.js";
import { TestContext } from "../../support/app/test-context.js";
import type { Arrival, TestVisitor } from "../../support/app/test-visitor.js";
import { type MailServer, startMailServer } from "../../support/servers/mail/mail-server.js";
import type { Mailbox } from "../../support/servers/mail/mailbox.js";

/** A visitor with a mailbox at the real mail server. */
export interface VisitorWithMailbox {
  readonly visitor: TestVisitor;
  readonly mailbox: Mailbox;
}

/** The whole program, sending through a real Postfix to visitors with real mailboxes. */
export class MailServerContext {
  #visitors = 0;

  private constructor(
    readonly server: MailServer,
    readonly context: TestContext,
    /** The mailbox of EMAIL_FROM, which receives replies and bounces at plus addresses. */
    readonly company: Mailbox,
  ) {}

  /** `settings` are added to the program's; they may use the company's mailbox. */
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

  /** A visitor with an open page who has not written yet. */
  async visitorWithMailbox(
    arrival: Arrival = {},
    options: { readonly sieve?: string } = {},
  ): Promise<VisitorWithMailbox> {
    this.#visitors += 1;
    const { email = `ana-${this.#visitors}@visitor.example`, ...session } = arrival;
    const mailbox = await this.server.addMailbox(email ?? "", options);
    return { visitor: await this.context.visitor({ email, ...session }), mailbox };
  }

  /** The visitor asks and leaves, an agent replies, and the reply is emailed. */
  async replyByEmail({ visitor }: VisitorWithMailbox, question: string, reply: string): Promise<void> {
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
