import { Entity, PrimaryKey, Property } from "@mikro-orm/decorators/legacy";
import { Field, ID, Int, ObjectType } from "type-graphql";

/**
 * A file that came with a message, or will: its row exists before the file does, and longer. `uploadedAt` null: it is
 * on its way. `messageId` null: not sent yet. `removedAt`: the file is to go, and then the row.
 */
@ObjectType({ description: "A file that was sent with a message." })
@Entity({ tableName: "attachments" })
export class Attachment {
  @Field(() => ID)
  @PrimaryKey({ type: "uuid" })
  id!: string;

  @Property({ type: "text" })
  uploaderKind!: "VISITOR" | "AGENT";

  @Property({ type: "uuid" })
  uploaderId!: string;

  @Field()
  @Property({ type: "text" })
  name!: string;

  @Field()
  @Property({ type: "text" })
  contentType!: string;

  /** Until it has been uploaded: what was reserved for it. */
  @Field(() => Int)
  @Property({ type: "integer" })
  sizeBytes!: number;

  @Property({ type: "datetime" })
  createdAt!: Date;

  @Property({ type: "datetime", nullable: true })
  uploadedAt!: Date | null;

  @Property({ type: "uuid", nullable: true })
  messageId!: string | null;

  @Property({ type: "datetime", nullable: true })
  removedAt!: Date | null;
}

/** An attachment as its message keeps it, so that no list has to look it up. */
export type SentAttachment = Pick<Attachment, "id" | "name" | "contentType" | "sizeBytes">;
