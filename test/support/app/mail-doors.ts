import type { Environment } from "../../../src/settings-error.js";
import { addressOf } from "../fakes/mail-sink.js";
import type { Data } from "./graphql-client.js";
import { Stage } from "./test-context.js";
import type { VisitorAtPage } from "./test-visitor.js";

/** A visitor who has a mail of ours, and the addresses that it came with. */
export interface Addressee {
  readonly visitor: VisitorAtPage;
  readonly replyTo: string;
  readonly bounceTo: string;
  readonly messageId: string;
}

/** The whole program with its doors for mail open. */
export class MailDoors {
  #mails = 0;

  private constructor(readonly stage: Stage) {}

  static async open(environment: Environment = {}): Promise<MailDoors> {
    return new MailDoors(
      await Stage.set({ EMAIL_SMTP_LISTEN: "127.0.0.1:0", EMAIL_LMTP_LISTEN: "127.0.0.1:0", ...environment }),
    );
  }

  /** The doors of a program that runs already. */
  static of(stage: Stage): MailDoors {
    return new MailDoors(stage);
  }

  /** Where it listens, by what it tells the operator. */
  port(protocol: "SMTP" | "LMTP"): number {
    const notes = this.stage.program.app.services.channels.get("email")?.connection?.startNotes ?? [];
    const [note] = notes.filter((line) => line.includes(`by ${protocol} on`));
    return Number(/:(\d+)$/.exec(note ?? "")?.[1]);
  }

  async addressee(): Promise<Addressee> {
    const { stage } = this;
    const visitor = await stage.visitorWhoLeft();
    await stage.desk.reply(visitor, "It is, come by.");
    await stage.desk.forwardNow(visitor);
    await stage.program.tick();
    const [mail] = stage.mailsTo(visitor);
    return {
      visitor,
      replyTo: addressOf(mail?.parsed.replyTo).address,
      bounceTo: mail?.envelopeFrom ?? "",
      messageId: mail?.parsed.messageId ?? "",
    };
  }

  /** A mail like no other, without the trace of a server. */
  mail(to: Addressee, text: string, headers: readonly string[] = []): string {
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

  /** What was kept of what an address was sent, newest first. */
  async kept(recipient: string): Promise<Data[]> {
    const { inboundEmails } = await this.stage.desk.client.do(
      `{ inboundEmails(first: 100) {
        nodes { id from to subject status reason detail conversation { id } original { sizeBytes url } } } }`,
    );
    return inboundEmails.nodes.filter(({ to }: Data) => to.includes(recipient));
  }

  /** What the visitor wrote by email, oldest first. */
  async answers({ visitor }: Pick<Addressee, "visitor">): Promise<string[]> {
    const { conversation } = await this.stage.desk.client.do(
      "query ($id: ID!) { conversation(id: $id) { messages(last: 100) { nodes { text via { id } author { __typename } } } } }",
      { id: visitor.conversationId },
    );
    const messages: readonly Data[] = conversation.messages.nodes;
    return messages
      .filter(({ via, author }) => via.id === "email" && author.__typename === "Visitor")
      .map(({ text }) => text);
  }

  /** Erases the visitor. */
  async erase({ visitor }: Addressee): Promise<void> {
    const { client } = this.stage.desk;
    const { conversation } = await client.do("query ($id: ID!) { conversation(id: $id) { visitor { id } } }", {
      id: visitor.conversationId,
    });
    await client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", { id: conversation.visitor.id });
  }

  async strike(): Promise<void> {
    await this.stage.strike();
  }
}
