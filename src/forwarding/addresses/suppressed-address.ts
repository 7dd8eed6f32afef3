import { Field, ObjectType, registerEnumType } from "type-graphql";
import { DateTime } from "../../graphql/date-time.js";

export enum SuppressionReason {
  HARD_BOUNCE = "HARD_BOUNCE",
  SOFT_BOUNCES = "SOFT_BOUNCES",
  COMPLAINT = "COMPLAINT",
}
registerEnumType(SuppressionReason, {
  name: "SuppressionReason",
  valuesConfig: {
    HARD_BOUNCE: { description: "There is no such address, or it is closed." },
    SOFT_BOUNCES: { description: "Five mails in a row came back, or were refused." },
    COMPLAINT: { description: "Whoever reads mail there reported it as unwanted." },
  },
});

/** An address to which nothing is sent any more, for any visitor who has it. */
@ObjectType()
export class SuppressedAddress {
  /** The channel's id. */
  channel!: string;

  @Field(() => String)
  address!: string;

  @Field(() => SuppressionReason)
  reason!: SuppressionReason;

  @Field(() => DateTime)
  since!: Date;

  @Field(() => String, { nullable: true, description: "What was said, by the mail server for instance." })
  detail!: string | null;
}
