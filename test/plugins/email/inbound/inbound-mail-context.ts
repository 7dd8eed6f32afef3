import type { Environment } from "../../../../src/settings-error.js";
import type { Data } from "../../../support/app/graphql-client.js";
import { TestContext } from "../../../support/app/test-context.js";
import type { TestVisitor } from "../../../support/app/test-visitor.js";
import { addressOf } from "../../../support/fakes/mail-sink.js";

/** A visitor who was sent an email, and the addresses in it. */
export interface Recipient {
  readonly visitor: TestVisitor;
  readonly replyTo: string;
  readonly bounceTo: string;
  readonly messageId: string;
}

/** The whole program with its SMTP and LMTP listeners open. */
export class InboundMailContext {
  #mails = 0;

  private constructor(readonly context: TestContext) {}

  static async setup(environment: Environment = {}): Promise<InboundMailContext> {
    return new InboundMailContext(
      await TestContext.setup({ EMAIL_SMTP_LISTEN: "127.0.0.1:0", EMAIL_LMTP_LISTEN: "127.0.0.1:0", ...environment }),
    );
  }

  /** The context of a program that already runs. */
  static of(context: TestContext): InboundMailContext {
    return new InboundMailContext(context);
  }

  /** The listener's port, from the notes printed at the start. */
  port(protocol: "SMTP" | "LMTP"): number {
    const notes = this.context.app.services.channels.get("email")?.connection?.startNotes ?? [];
    const [note] = notes.filter((line) => line.includes(`by ${protocol} on`));
    return Number(/:(\d+)$/.exec(note ?? "")?.[1]);
  }

  /** A visitor who left, and was sent a reply by email. */
  async recipient(): Promise<Recipient> {
    const { context } = this;
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    await context.agent.forwardNow(visitor);
    await context.app.tick();
    const [mail] = context.mailsTo(visitor);
    return {
      visitor,
      replyTo: addressOf(mail?.parsed.replyTo).address,
      bounceTo: mail?.envelopeFrom ?? "",
      messageId: mail?.parsed.messageId ?? "",
    };
  }

  /** A new answer to the email that `to` was sent, without the headers that servers add. */
  mail(to: Recipient, text: string, headers: readonly string[] = []): string {
    this.#mails += 1;
    return [
      `From: Ana <${to.visitor.email}>`,
      `To: <${to.replyTo}>`,
      "Subject: =?utf-8?Q?Re:_At=C3=A9_j=C3=A1?=",
      "Date: Tue, 3 Mar 2026 12:00:00 +0000",
      `Message-ID: <answer-${this.#mails}@ana.example>`,
      `In-Reply-To: ${to.messageId}`,
      ...headers,
      "",
      text,
      "",
    ].join("\r\n");
  }

  /** The stored inbound emails to an address, newest first. */
  async kept(recipient: string): Promise<Data[]> {
    const { inboundEmails } = await this.context.agent.client.do(
      `{ inboundEmails(first: 100) {
        nodes { id from to subject status reason detail conversation { id } original { sizeBytes url } } } }`,
    );
    return inboundEmails.nodes.filter(({ to }: Data) => to.includes(recipient));
  }

  /** What the visitor wrote by email, oldest first. */
  async answers({ visitor }: Pick<Recipient, "visitor">): Promise<string[]> {
    const { conversation } = await this.context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { messages(last: 100) { nodes { text via { id } author { __typename } } } } }",
      { id: visitor.conversationId },
    );
    const messages: readonly Data[] = conversation.messages.nodes;
    return messages
      .filter(({ via, author }) => via.id === "email" && author.__typename === "Visitor")
      .map(({ text }) => text);
  }

  /** Erases the visitor. */
  async erase({ visitor }: Recipient): Promise<void> {
    const { client } = this.context.agent;
    const { conversation } = await client.do("query ($id: ID!) { conversation(id: $id) { visitor { id } } }", {
      id: visitor.conversationId,
    });
    await client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", { id: conversation.visitor.id });
  }

  async teardown(): Promise<void> {
    await this.context.teardown();
  }
}
