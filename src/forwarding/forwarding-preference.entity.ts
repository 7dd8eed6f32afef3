import { Entity, PrimaryKey, Property } from "@mikro-orm/decorators/legacy";
import { Field, Int, ObjectType, registerEnumType } from "type-graphql";
import { DateTime } from "../graphql/date-time.js";

export enum ForwardingMode {
  NOTHING = "NOTHING",
  UNREAD_REPLIES = "UNREAD_REPLIES",
  FULL_TRANSCRIPT = "FULL_TRANSCRIPT",
}
registerEnumType(ForwardingMode, {
  name: "ForwardingMode",
  description: "What is sent to visitors who have left.",
  valuesConfig: {
    NOTHING: { description: "Do not send anything." },
    UNREAD_REPLIES: { description: "Email unread replies to visitors (recommended, and the default)." },
    FULL_TRANSCRIPT: { description: "Email full conversation transcripts to visitors." },
  },
});

export enum UnprovenAddress {
  FULL = "FULL",
  NOTICE = "NOTICE",
}
registerEnumType(UnprovenAddress, {
  name: "UnprovenAddress",
  description:
    "What is sent to an address that the visitor has only typed, until it is proven. What the visitor wrote is sent there only once an agent has answered, with either value.",
  valuesConfig: {
    FULL: { description: "The replies (the default)." },
    NOTICE: { description: "Only that there is a reply, and the link to it." },
  },
});

/** How replies are forwarded: one row for the whole installation, changed by admins. */
@ObjectType({ description: "How replies are forwarded, for the whole installation." })
@Entity({ tableName: "forwarding_preference" })
export class ForwardingPreference {
  @PrimaryKey({ type: "integer" })
  id!: number;

  @Field(() => ForwardingMode)
  @Property({ type: "text" })
  mode!: ForwardingMode;

  /** When this mode was chosen: FULL_TRANSCRIPT counts read replies as pending only from then on. */
  @Property({ type: "datetime" })
  modeSince!: Date;

  @Field(() => Int, { description: "How long after the visitor left replies are forwarded. 300 by default." })
  @Property({ type: "integer" })
  visitorLeftDelaySeconds!: number;

  @Field(() => Int, {
    description: "How long without visitor activity before replies are forwarded. 1,800 by default.",
  })
  @Property({ type: "integer" })
  inactivityDelaySeconds!: number;

  @Field(() => Int, {
    description: "How long to wait for another reply, so that several are sent together. 30 by default.",
  })
  @Property({ type: "integer" })
  settleSeconds!: number;

  @Field(() => Int, { description: "How many earlier messages are sent along with unread replies. 4 by default." })
  @Property({ type: "integer" })
  contextMessages!: number;

  @Field(() => Int, { description: "A conversation of at most this many messages is sent whole. 10 by default." })
  @Property({ type: "integer" })
  shortConversationMessages!: number;

  @Field(() => UnprovenAddress, {
    description: "What is sent to an address that the visitor has only typed, until it is proven.",
  })
  @Property({ type: "text" })
  unprovenAddress!: UnprovenAddress;

  /** Incremented by every change; due times that were computed for an older version are recomputed. */
  @Property({ type: "integer" })
  version!: number;

  /** The WHEN_AWAY channels in order of preference, as of the last start. */
  @Property({ type: "text[]" })
  channels!: string[];

  @Field(() => DateTime)
  @Property({ type: "datetime" })
  updatedAt!: Date;

  @Property({ type: "uuid", nullable: true })
  updatedById!: string | null;
}
