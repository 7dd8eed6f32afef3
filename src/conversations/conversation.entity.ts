import { Entity, PrimaryKey, Property } from "@mikro-orm/decorators/legacy";
import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import type { DeliveryStatus } from "../forwarding/deliveries/delivery.entity.js";
import { DateTime } from "../graphql/date-time.js";
import type { StoredMessage } from "./message.entity.js";

export enum ConversationStatus {
  OPEN = "OPEN",
  CLOSED = "CLOSED",
}
registerEnumType(ConversationStatus, { name: "ConversationStatus" });

/**
 * A conversation with its read model: what lists show, and what the due check orders by, is stored in this row, updated in
 * the transaction that changes it. Positions number the conversation's messages from 1; 0 is before the first.
 */
@ObjectType({ simpleResolvers: true, description: "The messages between a visitor and the company." })
@Entity({ tableName: "conversations" })
export class Conversation {
  @Field(() => ID)
  @PrimaryKey({ type: "uuid" })
  id!: string;

  @Property({ type: "uuid" })
  visitorId!: string;

  @Property({ type: "text", fieldName: "channel" })
  channel!: string;

  @Field(() => ConversationStatus)
  @Property({ type: "text" })
  status!: ConversationStatus;

  @Property({ type: "uuid", nullable: true })
  assigneeId!: string | null;

  @Field(() => DateTime)
  @Property({ type: "datetime" })
  startedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: "When it was closed; null while it is open." })
  @Property({ type: "datetime", nullable: true })
  closedAt!: Date | null;

  @Property({ type: "datetime", nullable: true })
  resumeCodesRevokedAt!: Date | null;

  /** When the visitor opted out of emails about this conversation. Visitors can also opt out of all of them. */
  @Property({ type: "datetime", nullable: true })
  optedOutAt!: Date | null;

  @Field(() => DateTime, { description: "When its newest message was sent." })
  @Property({ type: "datetime" })
  lastActivityAt!: Date;

  @Property({ type: "json", nullable: true })
  lastMessage!: StoredMessage | null;

  @Property({ type: "integer" })
  messageCount!: number;

  @Property({ type: "integer" })
  visitorReadPosition!: number;

  @Property({ type: "integer" })
  agentsReadPosition!: number;

  @Field(() => Int, { description: "How many replies the visitor has not read." })
  @Property({ type: "integer" })
  unreadReplies!: number;

  @Field(() => Int, { description: "How many of the visitor's messages no agent has read." })
  @Property({ type: "integer" })
  unreadByAgents!: number;

  /** The newest reply that a SENT or DELIVERED delivery carried. */
  @Property({ type: "integer" })
  forwardedPosition!: number;

  /** The newest reply that any finished delivery carried, however it ended. */
  @Property({ type: "integer" })
  attemptedPosition!: number;

  @Property({ type: "integer" })
  pendingReplies!: number;

  @Property({ type: "datetime", nullable: true })
  firstPendingAt!: Date | null;

  @Property({ type: "datetime", nullable: true })
  lastPendingAt!: Date | null;

  @Property({ type: "integer" })
  lastPendingPosition!: number;

  /** When an IMMEDIATE channel last failed to deliver a reply that is now pending. */
  @Property({ type: "datetime", nullable: true })
  undeliverableAt!: Date | null;

  /** The read watermark that the channel's vendor has reported, by the vendor's clock. */
  @Property({ type: "datetime", nullable: true })
  reportedReadAt!: Date | null;

  @Property({ type: "datetime", nullable: true })
  heldAt!: Date | null;

  @Property({ type: "uuid", nullable: true })
  heldBy!: string | null;

  /** Until then nothing is forwarded automatically: too much was sent to addresses that are not proven. */
  @Property({ type: "datetime", nullable: true })
  unprovenUntil!: Date | null;

  /** The page from which the visitor last wrote, a URL or a path; null if none was reported. */
  @Property({ type: "text", nullable: true })
  writtenFrom!: string | null;

  /** The WHEN_AWAY delivery that is QUEUED or SENDING. */
  @Property({ type: "uuid", nullable: true })
  openDeliveryId!: string | null;

  /** How the last WHEN_AWAY delivery ended. */
  @Property({ type: "text", nullable: true })
  lastOutcome!: DeliveryStatus | null;

  @Property({ type: "integer" })
  preferenceVersion!: number;

  @Property({ type: "text", nullable: true })
  dueChannel!: string | null;

  /** The earliest of VISITOR_LEFT and INACTIVITY; null while no forwarding can become due. */
  @Property({ type: "datetime", nullable: true })
  dueAt!: Date | null;

  /** When AGENTS_OFFLINE applies, if no agent is online then. */
  @Property({ type: "datetime", nullable: true })
  offlineDueAt!: Date | null;
}

/** The properties that the API shows, and so all that lists read. The others are used by forwarding only. */
export const shownProperties = [
  "id",
  "visitorId",
  "channel",
  "status",
  "assigneeId",
  "startedAt",
  "optedOutAt",
  "closedAt",
  "lastActivityAt",
  "lastMessage",
  "visitorReadPosition",
  "agentsReadPosition",
  "unreadReplies",
  "unreadByAgents",
] as const satisfies readonly (keyof Conversation)[];

export type ShownConversation = Pick<Conversation, (typeof shownProperties)[number]>;
