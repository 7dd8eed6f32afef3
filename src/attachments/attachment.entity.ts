import { Entity, PrimaryKey, Property } from "@mikro-orm/decorators/legacy";
import { Field, ID, Int, ObjectType } from "type-graphql";

/**
 * A file that was sent with a message, or is about to be. The row is created before the file and deleted after it.
 * `uploadedAt` is null during the upload, `messageId` until it is sent; with `removedAt` the file is to be deleted, then
 * the row.
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

  /** During the upload, the number of bytes reserved for it. */
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

/** The copy of an attachment that is stored with its message, so that listing messages needs no join. */
export type SentAttachment = Pick<Attachment, "id" | "name" | "contentType" | "sizeBytes">;
