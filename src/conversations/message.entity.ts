import { Entity, PrimaryKey, Property } from "@mikro-orm/decorators/legacy";
import { Field, ID, ObjectType } from "type-graphql";
import type { SentAttachment } from "../attachments/attachment.entity.js";
import { DateTime } from "../graphql/date-time.js";

export type AuthorKind = "VISITOR" | "AGENT" | "BOT";

@ObjectType({ simpleResolvers: true, description: "A message by a visitor, an agent or a bot." })
@Entity({ tableName: "messages" })
export class Message {
  @Field(() => ID)
  @PrimaryKey({ type: "uuid" })
  id!: string;

  @Property({ type: "uuid" })
  conversationId!: string;

  /** Numbers the conversation's messages from 1. */
  @Property({ type: "integer" })
  position!: number;

  @Property({ type: "text" })
  authorKind!: AuthorKind;

  /** The visitor or agent; for a bot, the agent in whose session it was sent. */
  @Property({ type: "uuid" })
  authorId!: string;

  @Property({ type: "text", nullable: true })
  botName!: string | null;

  @Field()
  @Property({ type: "text" })
  text!: string;

  /** A channel's id. */
  @Property({ type: "text" })
  via!: string;

  @Field(() => DateTime)
  @Property({ type: "datetime" })
  sentAt!: Date;

  @Property({ type: "text", nullable: true })
  clientMessageId!: string | null;

  @Property({ type: "text", nullable: true })
  externalId!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The address that the reply was forwarded to, for "(forwarded to …)"; null until a delivery of it was sent. Email addresses are masked for guests.',
  })
  @Property({ type: "text", nullable: true })
  forwardedTo!: string | null;

  @Field(() => DateTime, { nullable: true, description: "When it was forwarded to `forwardedTo`." })
  @Property({ type: "datetime", nullable: true })
  forwardedAt!: Date | null;

  @Property({ type: "datetime", nullable: true })
  undeliverableAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "When its author last edited the text, on channels that support it; null if never.",
  })
  @Property({ type: "datetime", nullable: true })
  editedAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      "When its author unsent the message, on channels that support it; its content is deleted then. Null if never.",
  })
  @Property({ type: "datetime", nullable: true })
  unsentAt!: Date | null;

  /** In the order given by the author; null if there are none. */
  @Property({ type: "json", nullable: true })
  attachments!: readonly SentAttachment[] | null;
}

/** A message as `to_jsonb` stores it in its conversation's read model. */
export interface StoredMessage {
  readonly id: string;
  readonly conversation_id: string;
  readonly position: number;
  readonly author_kind: AuthorKind;
  readonly author_id: string;
  readonly bot_name: string | null;
  readonly text: string;
  readonly via: string;
  readonly sent_at: string;
  readonly client_message_id: string | null;
  readonly external_id: string | null;
  readonly forwarded_to: string | null;
  readonly forwarded_at: string | null;
  readonly undeliverable_at: string | null;
  readonly edited_at: string | null;
  readonly unsent_at: string | null;
  readonly attachments: readonly SentAttachment[] | null;
}

/** The message that is stored in a conversation's read model. */
export function messageFromStored(stored: StoredMessage): Message {
  const message = new Message();
  message.id = stored.id;
  message.conversationId = stored.conversation_id;
  message.position = stored.position;
  message.authorKind = stored.author_kind;
  message.authorId = stored.author_id;
  message.botName = stored.bot_name;
  message.text = stored.text;
  message.via = stored.via;
  message.sentAt = new Date(stored.sent_at);
  message.clientMessageId = stored.client_message_id;
  message.externalId = stored.external_id;
  message.forwardedTo = stored.forwarded_to;
  message.forwardedAt = toDate(stored.forwarded_at);
  message.undeliverableAt = toDate(stored.undeliverable_at);
  message.editedAt = toDate(stored.edited_at);
  message.unsentAt = toDate(stored.unsent_at);
  message.attachments = stored.attachments ?? null;
  return message;
}

// Undefined in copies that were stored before the column was added.
function toDate(stored: string | null | undefined): Date | null {
  return stored == null ? null : new Date(stored);
}

/** Whether it was written by an agent or a bot. */
export function isReply(message: Pick<Message, "authorKind">): boolean {
  return message.authorKind !== "VISITOR";
}
