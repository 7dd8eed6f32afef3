import { type Answer, GraphqlClient } from "../../support/app/graphql-client.js";
import type { Program } from "../../support/app/program.js";
import { adminPassword } from "./settings.js";

/** A visitor with a conversation. */
export interface VisitorSession {
  readonly conversationId: string;
  /** The token of the visitor's session, as their browser keeps it. */
  readonly token: string;
}

/** The number of mutations in one operation, one per field. */
const mutationsPerOperation = 40;
const concurrentVisitors = 8;

/** An admin who replies to visitors who have left, through the API. */
export class AdminClient {
  private constructor(private readonly admin: GraphqlClient) {}

  static async signIn({ url }: Pick<Program, "url">): Promise<AdminClient> {
    const anonymous = new GraphqlClient(url);
    const { signIn } = await anonymous.do(
      'mutation ($password: String!) { signIn(input: { email: "admin@example.com", password: $password }) { token } }',
      { password: adminPassword },
    );
    return new AdminClient(anonymous.as(signIn.token));
  }

  /** The same admin at another process on the same database. */
  at(program: Program): AdminClient {
    return new AdminClient(program.client.as(this.admin.token));
  }

  get client(): GraphqlClient {
    return this.admin;
  }

  async updatePreference(input: Readonly<Record<string, unknown>>): Promise<void> {
    await this.admin.do(
      "mutation ($input: UpdateForwardingPreferenceInput!) { updateForwardingPreference(input: $input) { mode } }",
      { input },
    );
  }

  /** Forwards replies immediately and without context, so that a mail's text shows which replies it carries. */
  async forwardImmediately(): Promise<void> {
    await this.updatePreference({
      visitorLeftDelaySeconds: 0,
      settleSeconds: 0,
      contextMessages: 0,
      shortConversationMessages: 0,
    });
  }

  /** Visitors who submitted an address, asked something and left. */
  async addVisitors(count: number): Promise<VisitorSession[]> {
    const anonymous = this.admin.as(null);
    const visitors: VisitorSession[] = [];
    for (let first = 0; first < count; first += mutationsPerOperation) {
      const some = Math.min(mutationsPerOperation, count - first);
      const sessions = Array.from({ length: some }, (_, index) => `s${index}: startSession(input: {}) { token }`);
      const tokens = Object.values(await anonymous.do(`mutation { ${sessions.join(" ")} }`)).map(({ token }) => token);
      const arriving = tokens
        .map((token, index) => ({ token, email: `visitor-${first + index}@example.com` }))
        .values();
      const addSome = async (): Promise<void> => {
        for (const { token, email } of arriving) {
          const { sendMessage } = await anonymous.as(token).do(askAndLeave, { email });
          visitors.push({ conversationId: sendMessage.conversation.id, token });
        }
      };
      await Promise.all(Array.from({ length: concurrentVisitors }, addSome));
    }
    return visitors;
  }

  async forwardNow(conversationId: string): Promise<void> {
    await this.admin.do("mutation ($id: ID!) { forwardNow(conversationId: $id) { id } }", { id: conversationId });
  }

  /** Sends one reply; `mark` is its text and its clientMessageId. */
  async reply(conversationId: string, mark: string): Promise<Answer> {
    return this.admin.ask("mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }", {
      input: { conversationId, text: mark, clientMessageId: mark },
    });
  }

  /** Sends one reply to each conversation, many in one request. */
  async replyToAll(replies: readonly { readonly conversationId: string; readonly mark: string }[]): Promise<void> {
    for (let first = 0; first < replies.length; first += mutationsPerOperation) {
      const fields = replies.slice(first, first + mutationsPerOperation).map(({ conversationId, mark }, index) => {
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
