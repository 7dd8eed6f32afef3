import { Entity, PrimaryKey, Property } from "@mikro-orm/decorators/legacy";
import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import type { FailureCode } from "../../channels/channel.js";
import { DateTime } from "../../graphql/date-time.js";
import type { Json } from "../../json.js";

export enum ForwardingTrigger {
  VISITOR_LEFT = "VISITOR_LEFT",
  INACTIVITY = "INACTIVITY",
  AGENTS_OFFLINE = "AGENTS_OFFLINE",
  REQUESTED = "REQUESTED",
  IMMEDIATE = "IMMEDIATE",
}
registerEnumType(ForwardingTrigger, { name: "ForwardingTrigger" });

export enum DeliveryKind {
  UNREAD_REPLIES = "UNREAD_REPLIES",
  FULL_TRANSCRIPT = "FULL_TRANSCRIPT",
  DIRECT = "DIRECT",
}
registerEnumType(DeliveryKind, { name: "DeliveryKind" });

export enum DeliveryStatus {
  QUEUED = "QUEUED",
  SENDING = "SENDING",
  SENT = "SENT",
  DELIVERED = "DELIVERED",
  BOUNCED = "BOUNCED",
  FAILED = "FAILED",
  UNCERTAIN = "UNCERTAIN",
  CANCELLED = "CANCELLED",
}
registerEnumType(DeliveryStatus, {
  name: "DeliveryStatus",
  valuesConfig: {
    DELIVERED: { description: "The channel confirmed it." },
    BOUNCED: { description: "Came back after it was sent." },
    FAILED: { description: "Given up: refused for good, or tried for too long." },
    UNCERTAIN: { description: "May or may not have been sent, and sending twice could show twice." },
    CANCELLED: { description: "No longer wanted: read, switched off, held, opted out, re-addressed, erased." },
  },
});

/** A send to one address through one channel, with its retries; also the outbox that workers claim from. */
@ObjectType()
@Entity({ tableName: "deliveries" })
export class Delivery {
  @Field(() => ID)
  @PrimaryKey({ type: "uuid" })
  id!: string;

  @Property({ type: "uuid" })
  conversationId!: string;

  @Property({ type: "text" })
  channel!: string;

  @Property({ type: "json" })
  address!: Json;

  @Property({ type: "text" })
  addressShown!: string;

  @Field(() => DeliveryKind)
  @Property({ type: "text" })
  kind!: DeliveryKind;

  @Field(() => ForwardingTrigger)
  @Property({ type: "text" })
  trigger!: ForwardingTrigger;

  @Field(() => DeliveryStatus)
  @Property({ type: "text" })
  status!: DeliveryStatus;

  /** Random, and the same for all attempts: the vendor's message id is built from it. */
  @Property({ type: "text" })
  reference!: string;

  /** The one reply of a DIRECT delivery. */
  @Property({ type: "uuid", nullable: true })
  messageId!: string | null;

  @Property({ type: "integer", nullable: true })
  messagePosition!: number | null;

  @Field(() => DateTime, { description: "When it became due; late is measured from here." })
  @Property({ type: "datetime" })
  dueAt!: Date;

  @Field(() => DateTime)
  @Property({ type: "datetime" })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true })
  @Property({ type: "datetime", nullable: true })
  nextAttemptAt!: Date | null;

  @Field(() => Int)
  @Property({ type: "integer" })
  attempts!: number;

  @Property({ type: "datetime", nullable: true })
  firstAttemptAt!: Date | null;

  /** How long the channel had been paused before the first attempt: later pauses do not count towards giving up. */
  @Property({ type: "bigint" })
  pausedMsAtFirstAttempt!: number;

  @Property({ type: "uuid", nullable: true })
  leaseToken!: string | null;

  @Property({ type: "datetime", nullable: true })
  leaseUntil!: Date | null;

  /** Since when content and address must not change, because an attempt may have arrived. */
  @Property({ type: "datetime", nullable: true })
  frozenAt!: Date | null;

  /** The part of the conversation that the last attempt carried, context included. */
  @Property({ type: "integer", nullable: true })
  fromPosition!: number | null;

  @Property({ type: "integer", nullable: true })
  toPosition!: number | null;

  @Property({ type: "json", nullable: true })
  progress!: Json;

  @Property({ type: "json" })
  externalIds!: string[];

  @Property({ type: "json", nullable: true })
  thread!: Json;

  @Field(() => DateTime, { nullable: true })
  @Property({ type: "datetime", nullable: true })
  sentAt!: Date | null;

  @Field(() => DateTime, { nullable: true })
  @Property({ type: "datetime", nullable: true })
  deliveredAt!: Date | null;

  @Property({ type: "datetime", nullable: true })
  finishedAt!: Date | null;

  @Property({ type: "text", nullable: true })
  failureCode!: FailureCode | null;

  @Property({ type: "text", nullable: true })
  failureDetail!: string | null;
}

const lateAfterMs = 3_600_000;

/** Sent, or still unsent, more than an hour after it was due. */
export function isLate(delivery: Pick<Delivery, "dueAt" | "sentAt" | "finishedAt">, now: Date): boolean {
  const until = delivery.sentAt ?? delivery.finishedAt ?? now;
  return until.getTime() - delivery.dueAt.getTime() > lateAfterMs;
}
