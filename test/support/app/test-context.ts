import { createLogger, type Logger } from "../../../src/logger.js";
import type { Environment } from "../../../src/settings-error.js";
import { MailSink, type ReceivedMail } from "../fakes/mail-sink.js";
import type { Data, GraphqlClient } from "./graphql-client.js";
import { resumeCodeOf } from "./resume-code.js";
import { type InConversation, TestAgent } from "./test-agent.js";
import { TestApp } from "./test-app.js";
import { type Arrival, TestVisitor } from "./test-visitor.js";

/** Beyond the moment that was asked for: each beat reads the database's clock again, some milliseconds off. */
const beyondMs = 100;

interface SetupOptions {
  /** A mail server that stays when the context is torn down; left out: one of its own. */
  readonly mail?: MailSink;
  /** `offline`: nobody is connected, and the contact form asks nobody for an address. */
  readonly agent?: "online" | "offline";
  readonly logger?: Logger;
}

/** Somebody who has begun a conversation, without a page open. */
export interface StartedConversation extends InConversation {
  readonly client: GraphqlClient;
  readonly visitorId: string;
  /** The message that began it. */
  readonly messageId: string;
}

/** The whole program, a real mail server, an admin who is online, and visitors who come and go. */
export class TestContext {
  #visitors = 0;
  #agents = 0;

  private constructor(
    readonly app: TestApp,
    readonly mail: MailSink,
    /** The first admin. */
    readonly agent: TestAgent,
    private readonly ownsMail: boolean,
  ) {}

  /** `environment` replaces or adds settings. */
  static async setup(
    environment: Environment = {},
    { mail: given, agent: presence = "online", logger = createLogger("silent") }: SetupOptions = {},
  ): Promise<TestContext> {
    const mail = given ?? (await MailSink.start());
    try {
      const settings = { EMAIL_SMTP_URL: mail.url, EMAIL_FROM: "chat@harbour.example", ...environment };
      const app = await TestApp.start(settings, logger);
      const agent = await TestAgent.signIn(app);
      if (presence === "online") await agent.connect();
      else await agent.client.do("mutation { updateContactForm(input: { whenOffline: OFF }) { current } }");
      return new TestContext(app, mail, agent, given === undefined);
    } catch (error) {
      if (given === undefined) await mail.stop();
      throw error;
    }
  }

  get now(): Date {
    return this.app.services.clock.now();
  }

  /** Another agent, signed in and not connected. */
  async createAgent(role: "AGENT" | "ADMIN" = "AGENT"): Promise<TestAgent> {
    this.#agents += 1;
    const input = {
      email: `colleague${this.#agents}@example.com`,
      password: "a colleague's password",
      role,
      name: `Colleague ${this.#agents}`,
    };
    await this.agent.client.do("mutation ($input: CreateAgentInput!) { createAgent(input: $input) { id } }", { input });
    return TestAgent.signIn(this.app, input.email, input.password);
  }

  /** A visitor with a page open and an address of their own, unless `arrival` says otherwise. */
  async visitor(arrival: Arrival = {}): Promise<TestVisitor> {
    this.#visitors += 1;
    return TestVisitor.arrive(this.app, { email: `ana-${this.#visitors}@example.com`, ...arrival });
  }

  /** A visitor who asked "Is my bike ready?" and left; everything of it happened just now. */
  async visitorWhoLeft(arrival: Arrival = {}): Promise<TestVisitor> {
    const visitor = await this.visitor(arrival);
    await visitor.say("Is my bike ready?");
    await visitor.leave();
    return visitor;
  }

  /** A visitor who has begun a conversation without a page open; with an email address if one is given. */
  async startConversation(
    text = "Is my bike ready?",
    contact: { readonly email: string; readonly name?: string } | null = null,
  ): Promise<StartedConversation> {
    const client = await this.app.startVisitor();
    if (contact !== null) {
      await client.do("mutation ($input: SubmitContactFormInput!) { submitContactForm(input: $input) { id } }", {
        input: contact,
      });
    }
    const { sendMessage } = await client.do(
      "mutation ($text: String!) { sendMessage(input: { text: $text }) { id conversation { id visitor { id } } } }",
      { text },
    );
    const { conversation } = sendMessage;
    return { client, visitorId: conversation.visitor.id, conversationId: conversation.id, messageId: sendMessage.id };
  }

  /** A reply, or with a visitor's client a message of theirs. Returns the message's id. */
  async sendMessage(client: GraphqlClient, conversationId: string, text: string, input: Data = {}): Promise<string> {
    const { sendMessage } = await client.do(
      "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }",
      { input: { conversationId, text, ...input } },
    );
    return sendMessage.id;
  }

  /** Forwards what is pending and waits until the mail server has answered. Returns the delivery's id. */
  async forward(conversationId: string): Promise<string> {
    const { id } = await this.agent.forwardNow({ conversationId });
    await this.app.tick();
    return id;
  }

  /** A mail to this address is refused, because nobody has it. Returns the address. */
  async suppress(address: string): Promise<string> {
    const { conversationId } = await this.startConversation("Hello", { email: address });
    await this.agent.reply({ conversationId }, "A reply");
    this.mail.behave((recipient) => (recipient === address ? { code: 550, message: "5.1.1 No such user" } : null));
    await this.forward(conversationId);
    this.mail.behave(() => null);
    return address;
  }

  /** The code in the link of an email about this conversation, which must hold a pending reply and have an address. */
  async resumeCode(conversationId: string): Promise<string> {
    await this.forward(conversationId);
    return resumeCodeOf(this.mail.mails.at(-1));
  }

  /** Who came by the link in an email about this conversation. */
  async guest(conversationId: string): Promise<GraphqlClient> {
    return this.app.startVisitor({ resume: await this.resumeCode(conversationId) });
  }

  /** The mails that have reached a visitor, oldest first. */
  mailsTo(visitor: Pick<TestVisitor, "email">): ReceivedMail[] {
    return this.mail.mails.filter((mail) => mail.envelopeTo.includes(visitor.email));
  }

  mailCount(visitor: Pick<TestVisitor, "email">): number {
    return this.mailsTo(visitor).length;
  }

  /** Lets the time pass until a moment, in ISO 8601, or `seconds` off it; then the jobs run. */
  async passUntil(moment: string, seconds = 0): Promise<void> {
    const waitMs = new Date(moment).getTime() + seconds * 1000 + beyondMs - this.now.getTime();
    await this.app.pass(Math.max(0, waitMs) / 1000);
  }

  /** As `app.pass`, for days: the agent's session ends meanwhile, and they sign in and connect again. */
  async passDays(days: number): Promise<void> {
    await this.app.pass(days * 86_400);
    await this.agent.signInAgain();
    await this.agent.disconnect();
    await this.agent.connect();
  }

  /** Stops the program and the mail server. */
  async teardown(): Promise<void> {
    await this.agent.disconnect();
    await this.app.stop();
    if (this.ownsMail) await this.mail.stop();
  }
}
