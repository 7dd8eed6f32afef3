import { fileURLToPath } from "node:url";
import type { Environment } from "../../src/settings-error.js";
import type { Data } from "../support/app/graphql-client.js";
import { TestContext } from "../support/app/test-context.js";
import type { TestVisitor } from "../support/app/test-visitor.js";
import { type FakeEmail, fakeEmailVendor, messageIdOf } from "../support/fakes/email-channel.js";

/** A message event, but for what `brings` adds by itself. */
interface Answer {
  readonly text?: string;
  /** The references of the deliveries that it answers; left out: it names none. */
  readonly answers?: readonly string[];
  /** ISO 8601; left out: when it was taken in. */
  readonly at?: string;
  /** The sender; left out: the visitor, authenticated. */
  readonly sender?: { readonly address: string; readonly authenticated: boolean; readonly detail?: string };
  readonly attachments?: readonly Data[];
}

/** The settings that put the fake email channel in the place of the real one. */
export const fakeEmailSettings: Environment = {
  CHANNELS: fileURLToPath(new URL("../support/fakes/email-channel.js", import.meta.url)),
};

/** The whole program with the fake email channel, and emails that come in for it. */
export class InboundContext {
  #emails = 0;

  private constructor(readonly context: TestContext) {}

  static async setup(environment: Environment = {}): Promise<InboundContext> {
    fakeEmailVendor.behave();
    return new InboundContext(await TestContext.setup({ ...fakeEmailSettings, ...environment }));
  }

  /** A key that no email has had. */
  nextKey(): string {
    this.#emails += 1;
    return `email-${this.#emails}`;
  }

  /** A visitor who left, and to whom `texts` were forwarded, each by a delivery of its own. */
  async forwarded(...texts: readonly string[]): Promise<TestVisitor> {
    const visitor = await this.context.visitorWhoLeft();
    for (const text of texts) await this.forward(visitor, text);
    return visitor;
  }

  /** Replies and forwards at once. Returns the reference of what was sent. */
  async forward(visitor: TestVisitor, text: string): Promise<string> {
    await this.context.agent.reply(visitor, text);
    await this.context.agent.forwardNow(visitor);
    await this.context.app.tick();
    return fakeEmailVendor.lastTo(visitor.email).reference;
  }

  /** Brings an email to the webhook. Resolves with what it answers: 204 is an acknowledgement. */
  async bring(email: FakeEmail): Promise<number> {
    const response = await fetch(`${this.context.app.url}/webhooks/email`, {
      method: "POST",
      body: JSON.stringify(email),
    });
    return response.status;
  }

  /** Brings an email and waits until it has been interpreted once. */
  async receive(email: Omit<FakeEmail, "key"> & { readonly key?: string }): Promise<number> {
    const status = await this.bring({ key: this.nextKey(), ...email });
    await this.context.app.tick();
    return status;
  }

  /** An email in which somebody answers what was forwarded to a visitor. */
  answerOf(visitor: TestVisitor, { text = "Thank you.", answers, at, sender, attachments }: Answer = {}): FakeEmail {
    const key = this.nextKey();
    const event = {
      type: "message",
      externalId: `<${key}@ana.example>`,
      conversationId: visitor.conversationId,
      text,
      sender: sender ?? { address: visitor.email, authenticated: true },
      ...(at === undefined ? {} : { at }),
      ...(attachments === undefined ? {} : { attachments }),
      ...(answers === undefined
        ? {}
        : { answers: answers.map((reference) => ({ externalId: messageIdOf(reference), reference })) }),
    };
    const from = event.sender.address;
    return { key, from, to: ["chat@harbour.example"], interpretation: { outcome: "events", events: [event] } };
  }

  /** Somebody answers, and it is interpreted. */
  async answer(visitor: TestVisitor, answer: Answer = {}): Promise<void> {
    const status = await this.receive(this.answerOf(visitor, answer));
    if (status !== 204) throw new Error(`The email was not taken: ${status}`);
  }

  /** What came in, newest first. */
  async inbound(filter: Data = {}): Promise<Data[]> {
    const { inboundEmails } = await this.context.agent.client.do(
      `query ($filter: InboundEmailFilter) { inboundEmails(filter: $filter, first: 100) { nodes {
        id from to subject status reason detail receivedAt channel { id } conversation { id } message { text }
        delivery { id } original { contentType sizeBytes url } } } }`,
      { filter },
    );
    return inboundEmails.nodes;
  }

  /** The messages of a visitor's conversation, with where they came from. */
  async messages(visitor: TestVisitor): Promise<Data[]> {
    const { conversation } = await this.context.agent.client.do(
      `query ($id: ID!) { conversation(id: $id) { messages(last: 100) { nodes {
        id text read forwardedTo via { id } author { __typename }
        sender { address verified doubt explanation } original { contentType sizeBytes url }
        attachments { name contentType sizeBytes } } } } }`,
      { id: visitor.conversationId },
    );
    return conversation.messages.nodes;
  }

  /** What came by email, oldest first. */
  async emails(visitor: TestVisitor): Promise<Data[]> {
    return (await this.messages(visitor)).filter((message) => message.via.id === "email");
  }

  /** Which replies the visitor has read, by their texts. */
  async readReplies(visitor: TestVisitor): Promise<string[]> {
    const messages = await this.messages(visitor);
    return messages.filter((one) => one.author.__typename === "Agent" && one.read).map((one) => one.text);
  }

  async teardown(): Promise<void> {
    fakeEmailVendor.behave();
    await this.context.teardown();
  }
}
