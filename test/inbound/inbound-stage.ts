import { fileURLToPath } from "node:url";
import type { Environment } from "../../src/settings-error.js";
import type { Data } from "../support/app/graphql-client.js";
import { Stage } from "../support/app/test-context.js";
import type { VisitorAtPage } from "../support/app/test-visitor.js";
import { type Letter, messageIdOf, post } from "../support/fakes/email-channel.js";

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

/** The settings that put the letter channel in the place of email. */
export const letterSettings: Environment = {
  CHANNELS: fileURLToPath(new URL("../support/fakes/email-channel.js", import.meta.url)),
};

/** The whole program, with letters that come in for it. */
export class InboundStage {
  #letters = 0;

  private constructor(readonly stage: Stage) {}

  static async set(environment: Environment = {}): Promise<InboundStage> {
    post.behave();
    return new InboundStage(await Stage.set({ ...letterSettings, ...environment }));
  }

  /** A key that no letter has had. */
  nextKey(): string {
    this.#letters += 1;
    return `letter-${this.#letters}`;
  }

  /** A visitor who left, and to whom `texts` were forwarded, each by a delivery of its own. */
  async forwarded(...texts: readonly string[]): Promise<VisitorAtPage> {
    const visitor = await this.stage.visitorWhoLeft();
    for (const text of texts) await this.forward(visitor, text);
    return visitor;
  }

  /** Replies and forwards at once. Returns the reference of what was sent. */
  async forward(visitor: VisitorAtPage, text: string): Promise<string> {
    await this.stage.desk.reply(visitor, text);
    await this.stage.desk.forwardNow(visitor);
    await this.stage.program.tick();
    return post.lastTo(visitor.email).reference;
  }

  /** Brings a letter to the way in. Resolves with what it answers: 204 is an acknowledgement. */
  async bring(letter: Letter): Promise<number> {
    const response = await fetch(`${this.stage.program.app.url}/webhooks/email`, {
      method: "POST",
      body: JSON.stringify(letter),
    });
    return response.status;
  }

  /** Brings a letter and waits until it has been interpreted once. */
  async receive(letter: Omit<Letter, "key"> & { readonly key?: string }): Promise<number> {
    const status = await this.bring({ key: this.nextKey(), ...letter });
    await this.stage.program.tick();
    return status;
  }

  /** A letter in which somebody answers what was forwarded to a visitor. */
  answerOf(visitor: VisitorAtPage, { text = "Thank you.", answers, at, sender, attachments }: Answer = {}): Letter {
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
  async answer(visitor: VisitorAtPage, answer: Answer = {}): Promise<void> {
    const status = await this.receive(this.answerOf(visitor, answer));
    if (status !== 204) throw new Error(`The letter was not taken: ${status}`);
  }

  /** What came in, newest first. */
  async inbound(filter: Data = {}): Promise<Data[]> {
    const { inboundEmails } = await this.stage.desk.client.do(
      `query ($filter: InboundEmailFilter) { inboundEmails(filter: $filter, first: 100) { nodes {
        id from to subject status reason detail receivedAt channel { id } conversation { id } message { text }
        delivery { id } original { contentType sizeBytes url } } } }`,
      { filter },
    );
    return inboundEmails.nodes;
  }

  /** The messages of a visitor's conversation, with where they came from. */
  async messages(visitor: VisitorAtPage): Promise<Data[]> {
    const { conversation } = await this.stage.desk.client.do(
      `query ($id: ID!) { conversation(id: $id) { messages(last: 100) { nodes {
        id text read forwardedTo via { id } author { __typename }
        sender { address verified doubt explanation } original { contentType sizeBytes url }
        attachments { name contentType sizeBytes } } } } }`,
      { id: visitor.conversationId },
    );
    return conversation.messages.nodes;
  }

  /** What came by email, oldest first. */
  async letters(visitor: VisitorAtPage): Promise<Data[]> {
    return (await this.messages(visitor)).filter((message) => message.via.id === "email");
  }

  /** Which replies the visitor has read, by their texts. */
  async readReplies(visitor: VisitorAtPage): Promise<string[]> {
    const messages = await this.messages(visitor);
    return messages.filter((one) => one.author.__typename === "Agent" && one.read).map((one) => one.text);
  }

  async strike(): Promise<void> {
    post.behave();
    await this.stage.strike();
  }
}
