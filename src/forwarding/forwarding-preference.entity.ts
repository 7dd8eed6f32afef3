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
  valuesConfig: {
    NOTHING: { description: "Do not send anything." },
    UNREAD_REPLIES: { description: "Email unread replies to visitors (recommended, and the default)." },
    FULL_TRANSCRIPT: { description: "Email full conversation transcripts to visitors." },
  },
});

/** How replies are forwarded: one row for the whole installation, changed by admins. */
@ObjectType()
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

  @Field(() => Int, { description: "300" })
  @Property({ type: "integer" })
  visitorLeftDelaySeconds!: number;

  @Field(() => Int, { description: "1800" })
  @Property({ type: "integer" })
  inactivityDelaySeconds!: number;

  @Field(() => Int, {
    description: "30. How long to wait for one more reply, so that several travel together.",
  })
  @Property({ type: "integer" })
  settleSeconds!: number;

  @Field(() => Int, { description: "4. Earlier messages sent along so that unread replies make sense." })
  @Property({ type: "integer" })
  contextMessages!: number;

  @Field(() => Int, { description: "10. A conversation of at most this many messages is sent whole." })
  @Property({ type: "integer" })
  shortConversationMessages!: number;

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
