import type { Connection, GraphqlClient } from "./graphql-client.js";
import type { TestApp } from "./test-app.js";

export interface Arrival {
  /** Null: the visitor never says. */
  readonly name?: string | null;
  /** Null: none is given. */
  readonly email?: string | null;
  readonly locale?: string;
  readonly timeZone?: string;
}

/** A visitor and their open pages, as the widget does it. */
export class TestVisitor {
  readonly #pages: Connection[] = [];
  #conversationId: string | null = null;

  private constructor(
    readonly client: GraphqlClient,
    /** Empty when none was given. */
    readonly email: string,
  ) {}

  static async arrive(app: TestApp, { name = "Ana", email = null, ...session }: Arrival): Promise<TestVisitor> {
    const client = await app.startVisitor({ locale: "en-GB", timeZone: "Europe/Lisbon", ...session });
    if (email !== null) {
      await client.do("mutation ($input: SubmitContactFormInput!) { submitContactForm(input: $input) { id } }", {
        input: { email, name },
      });
    }
    const visitor = new TestVisitor(client, email ?? "");
    await visitor.openPage();
    return visitor;
  }

  get conversationId(): string {
    if (this.#conversationId === null) throw new Error("This visitor has not written yet");
    return this.#conversationId;
  }

  async openPage(): Promise<void> {
    this.#pages.push(await this.client.connect());
    await this.#until("online");
  }

  /** Closes the page that was opened last; others stay. */
  async closePage(): Promise<void> {
    await this.#pages.pop()?.close();
    if (this.#pages.length === 0) await this.#until("offline");
  }

  /** Closes every page. */
  async leave(): Promise<void> {
    while (this.#pages.length > 0) await this.closePage();
  }

  /** Every page ends as in a browser that crashes: no goodbye. */
  async crash(): Promise<void> {
    for (const page of this.#pages.splice(0)) page.terminate();
    await this.#until("offline");
  }

  /** Writes into the open conversation, or begins one; returns the message's id. */
  async say(text: string): Promise<string> {
    const { sendMessage } = await this.client.do(
      "mutation ($text: String!) { sendMessage(input: { text: $text }) { id conversation { id } } }",
      { text },
    );
    this.#conversationId = sendMessage.conversation.id;
    return sendMessage.id;
  }

  async read(messageId: string): Promise<void> {
    await this.client.do("mutation ($input: MarkReadInput!) { markRead(input: $input) { unreadReplies } }", {
      input: { conversationId: this.conversationId, messageId },
    });
  }

  /** Scrolls, moves the mouse. */
  async recordActivity(): Promise<void> {
    await this.client.do("mutation { recordActivity { online } }");
  }

  // A socket's end reaches the server a moment after the client's, and only then counts.
  async #until(presence: "online" | "offline"): Promise<void> {
    for (let asked = 0; asked < 1_000; asked += 1) {
      const { viewer } = await this.client.do("{ viewer { ... on Visitor { online } } }");
      if (viewer.online === (presence === "online")) return;
    }
    throw new Error(`The visitor is still not ${presence}`);
  }
}
