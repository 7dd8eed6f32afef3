import { type Answer, GraphqlClient } from "../../support/app/graphql-client.js";
import type { Program } from "../../support/app/program.js";
import { adminPassword } from "./settings.js";

export interface Correspondent {
  readonly conversationId: string;
  /** The visitor's own session, as their browser keeps it. */
  readonly token: string;
}

/** How many fields of one operation carry as many mutations. */
const mutationsAtOnce = 50;
const visitorsAtOnce = 8;

/** The company's side of the program, through its API: an admin who answers visitors who have left. */
export class Company {
  private constructor(private readonly admin: GraphqlClient) {}

  static async open({ url }: Pick<Program, "url">): Promise<Company> {
    const anybody = new GraphqlClient(url);
    const { signIn } = await anybody.do(
      'mutation ($password: String!) { signIn(input: { email: "admin@example.com", password: $password }) { token } }',
      { password: adminPassword },
    );
    return new Company(anybody.as(signIn.token));
  }

  /** The same company at another process on the same database. */
  at(program: Program): Company {
    return new Company(program.client.as(this.admin.token));
  }

  get client(): GraphqlClient {
    return this.admin;
  }

  async prefer(input: Readonly<Record<string, unknown>>): Promise<void> {
    await this.admin.do(
      "mutation ($input: UpdateForwardingPreferenceInput!) { updateForwardingPreference(input: $input) { mode } }",
      { input },
    );
  }

  /** Replies travel at once, each mail with nothing but them: what a mail carries can be read off its text. */
  async forwardAtOnce(): Promise<void> {
    await this.prefer({
      visitorLeftDelaySeconds: 0,
      settleSeconds: 0,
      contextMessages: 0,
      shortConversationMessages: 0,
    });
  }

  /** Visitors who gave an address, asked something and left. */
  async meet(count: number): Promise<Correspondent[]> {
    const anybody = this.admin.as(null);
    const met: Correspondent[] = [];
    for (let first = 0; first < count; first += mutationsAtOnce) {
      const some = Math.min(mutationsAtOnce, count - first);
      const sessions = Array.from({ length: some }, (_, index) => `s${index}: startSession(input: {}) { token }`);
      const tokens = Object.values(await anybody.do(`mutation { ${sessions.join(" ")} }`)).map(({ token }) => token);
      const visitors = tokens
        .map((token, index) => ({ token, email: `visitor-${first + index}@example.com` }))
        .values();
      const meetSome = async (): Promise<void> => {
        for (const { token, email } of visitors) {
          const { sendMessage } = await anybody.as(token).do(askAndLeave, { email });
          met.push({ conversationId: sendMessage.conversation.id, token });
        }
      };
      await Promise.all(Array.from({ length: visitorsAtOnce }, meetSome));
    }
    return met;
  }

  async forwardNow(conversationId: string): Promise<void> {
    await this.admin.do("mutation ($id: ID!) { forwardNow(conversationId: $id) { id } }", { id: conversationId });
  }

  /** One reply; its text and its clientMessageId are the mark. */
  async reply(conversationId: string, mark: string): Promise<Answer> {
    return this.admin.ask("mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }", {
      input: { conversationId, text: mark, clientMessageId: mark },
    });
  }

  /** One reply each, many in one request. */
  async replyToAll(replies: readonly { readonly conversationId: string; readonly mark: string }[]): Promise<void> {
    for (let first = 0; first < replies.length; first += mutationsAtOnce) {
      const fields = replies.slice(first, first + mutationsAtOnce).map(({ conversationId, mark }, index) => {
        const input = `{ conversationId: "${conversationId}", text: "${mark}", clientMessageId: "${mark}" }`;
        return `r${index}: sendMessage(input: ${input}) { id }`;
      });
      await this.admin.do(`mutation { ${fields.join(" ")} }`);
    }
  }
}

const askAndLeave = `mutation ($email: String!) {
  submitContactForm(input: { email: $email, name: "Ana" }) { id }
  sendMessage(input: { text: "Is my bike ready?" }) { conversation { id } }
  leaveWebsite { id }
}`;
