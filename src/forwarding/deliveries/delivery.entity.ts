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
registerEnumType(ForwardingTrigger, {
  name: "ForwardingTrigger",
  description: "Why replies became due.",
  valuesConfig: {
    VISITOR_LEFT: { description: "The visitor left the website." },
    INACTIVITY: { description: "The visitor was inactive." },
    AGENTS_OFFLINE: { description: "No agent is online." },
    REQUESTED: { description: "An agent called `forwardNow`." },
    IMMEDIATE: { description: "The conversation's channel is IMMEDIATE." },
  },
});

export enum DeliveryKind {
  UNREAD_REPLIES = "UNREAD_REPLIES",
  FULL_TRANSCRIPT = "FULL_TRANSCRIPT",
  NOTICE = "NOTICE",
  DIRECT = "DIRECT",
}
registerEnumType(DeliveryKind, {
  name: "DeliveryKind",
  description: "What a delivery carries.",
  valuesConfig: {
    UNREAD_REPLIES: { description: "Unread replies, after some earlier messages." },
    FULL_TRANSCRIPT: { description: "The whole conversation." },
    NOTICE: {
      description:
        "That there is a reply, and the link to it: all that is sent to an unproven address if the preference says so.",
    },
    DIRECT: { description: "One reply, on an IMMEDIATE channel." },
  },
});

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
    QUEUED: { description: "Waiting to be sent or retried." },
    SENDING: { description: "Being handed to the channel." },
    SENT: { description: "Accepted by the channel." },
    DELIVERED: { description: "Confirmed by the channel." },
    BOUNCED: { description: "Returned after it was sent." },
    FAILED: { description: "Given up: rejected permanently, or retried for too long." },
    UNCERTAIN: {
      description: "May have been sent. Not retried automatically, since the visitor might receive it twice.",
    },
    CANCELLED: {
      description:
        "No longer wanted: the replies were read, forwarding was turned off or held, or the visitor opted out, was erased or blocked, or has another address.",
    },
  },
});

export enum CancelReason {
  BLOCKED = "BLOCKED",
  ERASED = "ERASED",
  HELD = "HELD",
  OPTED_OUT = "OPTED_OUT",
  READ = "READ",
  READDRESSED = "READDRESSED",
  SUPPRESSED = "SUPPRESSED",
  SWITCHED_OFF = "SWITCHED_OFF",
}
registerEnumType(CancelReason, {
  name: "CancelReason",
  description: "Why a delivery was no longer wanted.",
  valuesConfig: {
    BLOCKED: { description: "Staff blocked the visitor." },
    ERASED: { description: "The visitor was erased." },
    HELD: { description: "An agent held the replies back." },
    OPTED_OUT: { description: "The visitor asked for no more email." },
    READ: { description: "The visitor read the replies in the chat." },
    READDRESSED: { description: "The visitor got another address, or lost theirs." },
    SUPPRESSED: { description: "Nothing is sent to the address any more." },
    SWITCHED_OFF: { description: "The forwarding mode became NOTHING." },
  },
});

/** A send to one address through one channel, with its retries; also the outbox that workers claim from. */
@ObjectType({ description: "An attempt, with its retries, to send replies to one address through one channel." })
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

  @Field(() => DateTime, { description: "When it became due. `late` is measured from here." })
  @Property({ type: "datetime" })
  dueAt!: Date;

  @Field(() => DateTime)
  @Property({ type: "datetime" })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: "When it is tried next; null unless it is QUEUED." })
  @Property({ type: "datetime", nullable: true })
  nextAttemptAt!: Date | null;

  @Field(() => Int, { description: "How often it was tried." })
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

  /** The last attempt left out what the visitor wrote: the address was unproven, and no person had answered. */
  @Property({ type: "boolean" })
  withholdsVisitor!: boolean;

  @Property({ type: "json", nullable: true })
  progress!: Json;

  @Property({ type: "json" })
  externalIds!: string[];

  @Property({ type: "json", nullable: true })
  thread!: Json;

  @Field(() => DateTime, { nullable: true, description: "When the channel accepted it." })
  @Property({ type: "datetime", nullable: true })
  sentAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: "When the channel confirmed that it arrived." })
  @Property({ type: "datetime", nullable: true })
  deliveredAt!: Date | null;

  @Property({ type: "datetime", nullable: true })
  finishedAt!: Date | null;

  @Field(() => CancelReason, { nullable: true, description: "Why it was CANCELLED; null otherwise." })
  @Property({ type: "text", nullable: true })
  cancelReason!: CancelReason | null;

  /** The agent who asked for it with `forwardNow`. */
  @Property({ type: "uuid", nullable: true })
  requestedBy!: string | null;

  @Property({ type: "text", nullable: true })
  failureCode!: FailureCode | "BLOCKED" | null;

  @Property({ type: "text", nullable: true })
  failureDetail!: string | null;
}

const lateAfterMs = 3_600_000;

/** Sent, or still unsent, more than an hour after it was due. */
export function isLate(delivery: Pick<Delivery, "dueAt" | "sentAt" | "finishedAt">, now: Date): boolean {
  const until = delivery.sentAt ?? delivery.finishedAt ?? now;
  return until.getTime() - delivery.dueAt.getTime() > lateAfterMs;
}
