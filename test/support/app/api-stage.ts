import type { Environment } from "../../../src/settings-error.js";
import { MailSink } from "../fakes/mail-sink.js";
import type { Connection, Data, GraphqlClient, GraphqlError, Subscription } from "./graphql-client.js";
import { adminEmail, adminPassword, TestApp } from "./test-app.js";

/** Someone with a conversation of their own. */
export interface Talker {
  readonly client: GraphqlClient;
  readonly visitorId: string;
  readonly conversationId: string;
  /** The message that began it. */
  readonly messageId: string;
}

export interface Staff {
  readonly client: GraphqlClient;
  readonly agentId: string;
  readonly email: string;
  readonly password: string;
}

/** The running program with a mail server, an admin, and ways to bring people in. */
export class ApiStage {
  #hired = 0;
  #begun = Promise.withResolvers<void>();

  private constructor(
    readonly program: TestApp,
    readonly sink: MailSink,
    readonly admin: Staff,
  ) {
    // A subscription has no acknowledgement of its own: the test learns here that the server listens.
    const { events } = program.app.services;
    const subscribe = events.subscribe.bind(events);
    events.subscribe = (type, scope) => {
      const heard = subscribe(type, scope);
      this.#begun.resolve();
      this.#begun = Promise.withResolvers();
      return heard;
    };
  }

  static async start(environment: Environment = {}): Promise<ApiStage> {
    const sink = await MailSink.start();
    try {
      const program = await TestApp.start({
        EMAIL_SMTP_URL: sink.url,
        EMAIL_FROM: "chat@harbour.example",
        ...environment,
      });
      const client = await program.signInAdmin();
      const { viewer } = await client.do("{ viewer { ... on Agent { id } } }");
      const admin = { client, agentId: viewer.id, email: adminEmail, password: adminPassword };
      // Who may write is not what these tests are about, but for those that say so.
      await client.do("mutation { updateContactForm(input: { whenOffline: OFF }) { current } }");
      return new ApiStage(program, sink, admin);
    } catch (error) {
      await sink.stop();
      throw error;
    }
  }

  get nobody(): GraphqlClient {
    return this.program.client;
  }

  async hire(role: "AGENT" | "ADMIN" = "AGENT"): Promise<Staff> {
    this.#hired += 1;
    const email = `colleague${this.#hired}@example.com`;
    const password = "a colleague's password";
    const { createAgent } = await this.admin.client.do(
      "mutation ($input: CreateAgentInput!) { createAgent(input: $input) { id } }",
      { input: { email, password, role, name: `Colleague ${this.#hired}` } },
    );
    return { client: await this.signIn(email, password), agentId: createAgent.id, email, password };
  }

  async signIn(email: string, password: string): Promise<GraphqlClient> {
    const { signIn } = await this.nobody.do("mutation ($input: SignInInput!) { signIn(input: $input) { token } }", {
      input: { email, password },
    });
    return this.nobody.as(signIn.token);
  }

  /** A visitor who has begun a conversation; with an email address if one is given. */
  async talker(text = "Is my bike ready?", contact: { email: string; name?: string } | null = null): Promise<Talker> {
    const client = await this.program.startVisitor();
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
  async say(client: GraphqlClient, conversationId: string, text: string, input: Data = {}): Promise<string> {
    const { sendMessage } = await client.do(
      "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }",
      { input: { conversationId, text, ...input } },
    );
    return sendMessage.id;
  }

  /** Forwards what is pending and waits until the mail server has answered. Returns the delivery's id. */
  async forward(conversationId: string): Promise<string> {
    const { forwardNow } = await this.admin.client.do(
      "mutation ($id: ID!) { forwardNow(conversationId: $id) { id } }",
      {
        id: conversationId,
      },
    );
    await this.program.tick();
    return forwardNow.id;
  }

  /** A mail to this address is refused, because nobody has it. Returns the address. */
  async suppress(address: string): Promise<string> {
    const { conversationId } = await this.talker("Hello", { email: address });
    await this.say(this.admin.client, conversationId, "A reply");
    this.sink.behave((recipient) => (recipient === address ? { code: 550, message: "5.1.1 No such user" } : null));
    await this.forward(conversationId);
    this.sink.behave(() => null);
    return address;
  }

  /** The code in the link of an email about this conversation, which must hold a pending reply and have an address. */
  async resumeCode(conversationId: string): Promise<string> {
    await this.forward(conversationId);
    const code = /#afterchat-resume=([\w.-]+)/.exec(this.sink.mails.at(-1)?.parsed.text ?? "")?.[1];
    if (code === undefined) throw new Error("The last mail holds no link");
    return code;
  }

  /** Who came by the link in an email about this conversation. */
  async guest(conversationId: string): Promise<GraphqlClient> {
    return this.program.startVisitor({ resume: await this.resumeCode(conversationId) });
  }

  /** Subscribes, and resolves once the server listens: to what happens from now on, not to who has just come or gone. */
  async listen(connection: Connection, query: string, variables: Data = {}): Promise<Subscription> {
    await this.program.app.services.presence.flush();
    const begun = this.#begun.promise;
    const subscription = connection.subscribe(query, variables);
    await begun;
    return subscription;
  }

  /** Subscribes on a connection of its own: the code of the refusal, or null once the server listens. */
  async trySubscribing(client: GraphqlClient, query: string, variables: Data = {}): Promise<string | null> {
    const connection = await client.connect();
    const begun = this.#begun.promise;
    const refused = connection.subscribe(query, variables).next();
    try {
      const answer = await Promise.race([refused, begun]);
      return answer === undefined ? null : codeOf(answer.errors);
    } finally {
      // It waits for an event that will not come any more.
      refused.catch(() => undefined);
      await connection.close();
    }
  }

  async stop(): Promise<void> {
    await this.program.stop();
    await this.sink.stop();
  }
}

/** The code of the one error, and where it arose; null when there is none. */
export function codeOf(errors: readonly GraphqlError[] | undefined): string | null {
  return errors?.[0]?.extensions.code ?? null;
}
