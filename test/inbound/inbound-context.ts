import { fileURLToPath } from "node:url";
import type { Environment } from "../../src/settings-error.js";
import type { Data } from "../support/app/graphql-client.js";
import { TestContext } from "../support/app/test-context.js";
import type { TestVisitor } from "../support/app/test-visitor.js";
import { type FakeEmail, fakeEmailVendor, messageIdOf } from "../support/fakes/email-channel.js";

/** The parts of an email reply that a test sets; the rest is filled in. */
interface Reply {
  readonly text?: string;
  /** The references of the deliveries that it replies to; none by default. */
  readonly inReplyTo?: readonly string[];
  /** ISO 8601; by default the time at which it is received. */
  readonly at?: string;
  /** By default the visitor, authenticated. */
  readonly sender?: { readonly address: string; readonly authenticated: boolean; readonly detail?: string };
  readonly attachments?: readonly Data[];
}

/** Settings that replace the email channel with the fake one. */
export const fakeEmailSettings: Environment = {
  CHANNELS: fileURLToPath(new URL("../support/fakes/email-channel.js", import.meta.url)),
};

/** The whole program with the fake email channel, which can receive emails. */
export class InboundContext {
  #emails = 0;

  private constructor(readonly context: TestContext) {}

  static async setup(environment: Environment = {}): Promise<InboundContext> {
    fakeEmailVendor.behave();
    return new InboundContext(await TestContext.setup({ ...fakeEmailSettings, ...environment }));
  }

  /** A key that no other email has. */
  nextKey(): string {
    this.#emails += 1;
    return `email-${this.#emails}`;
  }

  /** A visitor who left and was sent each of `texts` in its own delivery. */
  async forwarded(...texts: readonly string[]): Promise<TestVisitor> {
    const visitor = await this.context.visitorWhoLeft();
    for (const text of texts) await this.forward(visitor, text);
    return visitor;
  }

  /** Replies and forwards immediately. Returns the reference of the delivery. */
  async forward(visitor: TestVisitor, text: string): Promise<string> {
    await this.context.agent.reply(visitor, text);
    await this.context.agent.forwardNow(visitor);
    await this.context.app.tick();
    return fakeEmailVendor.lastTo(visitor.email).reference;
  }

  /** Posts an email to the webhook. Returns the HTTP status: 204 acknowledges it. */
  async post(email: FakeEmail): Promise<number> {
    const response = await fetch(`${this.context.app.url}/webhooks/email`, {
      method: "POST",
      body: JSON.stringify(email),
    });
    return response.status;
  }

  /** Posts an email and waits until it has been interpreted once. */
  async receive(email: Omit<FakeEmail, "key"> & { readonly key?: string }): Promise<number> {
    const status = await this.post({ key: this.nextKey(), ...email });
    await this.context.app.tick();
    return status;
  }

  /** An email reply to what was forwarded to a visitor. */
  replyFrom(visitor: TestVisitor, { text = "Thank you.", inReplyTo, at, sender, attachments }: Reply = {}): FakeEmail {
    const key = this.nextKey();
    const event = {
      type: "message",
      externalId: `<${key}@ana.example>`,
      conversationId: visitor.conversationId,
      text,
      sender: sender ?? { address: visitor.email, authenticated: true },
      ...(at === undefined ? {} : { at }),
      ...(attachments === undefined ? {} : { attachments }),
      ...(inReplyTo === undefined
        ? {}
        : { answers: inReplyTo.map((reference) => ({ externalId: messageIdOf(reference), reference })) }),
    };
    const from = event.sender.address;
    return { key, from, to: ["chat@harbour.example"], interpretation: { outcome: "events", events: [event] } };
  }

  /** Receives an email reply and waits until it has been interpreted. */
  async receiveReply(visitor: TestVisitor, reply: Reply = {}): Promise<void> {
    const status = await this.receive(this.replyFrom(visitor, reply));
    if (status !== 204) throw new Error(`The email was not acknowledged: ${status}`);
  }

  /** The inbound emails, newest first. */
  async inbound(filter: Data = {}): Promise<Data[]> {
    const { inboundEmails } = await this.context.agent.client.do(
      `query ($filter: InboundEmailFilter) { inboundEmails(filter: $filter, first: 100) { nodes {
        id from to subject status reason detail receivedAt channel { id } conversation { id } message { text }
        delivery { id } original { contentType sizeBytes url } } } }`,
      { filter },
    );
    return inboundEmails.nodes;
  }

  /** The messages of a visitor's conversation, with their origin. */
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

  /** The messages that were received by email, oldest first. */
  async emails(visitor: TestVisitor): Promise<Data[]> {
    return (await this.messages(visitor)).filter((message) => message.via.id === "email");
  }

  /** The texts of the replies that the visitor has read. */
  async readReplies(visitor: TestVisitor): Promise<string[]> {
    const messages = await this.messages(visitor);
    return messages.filter(({ author, read }) => author.__typename === "Agent" && read).map(({ text }) => text);
  }

  async teardown(): Promise<void> {
    fakeEmailVendor.behave();
    await this.context.teardown();
  }
}
