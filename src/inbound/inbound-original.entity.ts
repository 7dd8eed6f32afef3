import { Entity, PrimaryKey, Property } from "@mikro-orm/decorators/legacy";
import { Field, ID, ObjectType, registerEnumType } from "type-graphql";
import type { DropReason } from "../channels/channel.js";
import { DateTime } from "../graphql/date-time.js";

export enum InboundStatus {
  RECEIVED = "RECEIVED",
  UNDERSTOOD = "UNDERSTOOD",
  DROPPED = "DROPPED",
  FAILED = "FAILED",
}
registerEnumType(InboundStatus, {
  name: "InboundStatus",
  valuesConfig: {
    RECEIVED: { description: "Stored; not processed yet." },
    UNDERSTOOD: { description: "Processed: it became a message, or updated a delivery." },
    DROPPED: { description: "Ignored; see `reason`." },
    FAILED: { description: "Could not be processed after several attempts. It is kept and can be retried." },
  },
});

/** What a channel received, exactly as it was received; stored first, interpreted afterwards. */
@ObjectType("InboundEmail", { description: "An email that was received, and what became of it." })
@Entity({ tableName: "inbound_originals" })
export class InboundOriginal {
  @Field(() => ID)
  @PrimaryKey({ type: "uuid" })
  id!: string;

  @Property({ type: "text" })
  channel!: string;

  /** Unique within the channel: an original with the same key is not stored twice. */
  @Property({ type: "text" })
  key!: string;

  /** Up to 25 MB, so not loaded with the row. Null once removed. */
  @Property({ type: "blob", nullable: true, lazy: true })
  content?: Uint8Array | null;

  @Property({ type: "text" })
  contentType!: string;

  @Property({ type: "integer" })
  sizeBytes!: number;

  /** JSON as text. Null once removed. */
  @Property({ type: "text", nullable: true })
  envelope!: string | null;

  @Property({ type: "text", nullable: true })
  sender!: string | null;

  @Property({ type: "text[]" })
  recipients!: string[];

  @Field(() => String, { nullable: true })
  @Property({ type: "text", nullable: true })
  subject!: string | null;

  @Field(() => DateTime)
  @Property({ type: "datetime" })
  receivedAt!: Date;

  @Field(() => InboundStatus)
  @Property({ type: "text" })
  status!: InboundStatus;

  @Property({ type: "text", nullable: true })
  reason!: DropReason | null;

  @Field(() => String, { nullable: true, description: "What led to the reason, or what went wrong." })
  @Property({ type: "text", nullable: true })
  detail!: string | null;

  @Property({ type: "integer" })
  attempts!: number;

  /** The end of the lease while it is being interpreted. */
  @Property({ type: "datetime", nullable: true })
  nextAttemptAt!: Date | null;

  @Property({ type: "uuid", nullable: true })
  leaseToken!: string | null;

  @Property({ type: "datetime", nullable: true })
  settledAt!: Date | null;

  @Property({ type: "uuid", nullable: true })
  conversationId!: string | null;

  @Property({ type: "uuid", nullable: true })
  messageId!: string | null;

  @Property({ type: "uuid", nullable: true })
  deliveryId!: string | null;

  /** It belonged to no conversation when it came. */
  @Property({ type: "boolean" })
  unmatched!: boolean;
}
