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
    HARD_BOUNCE: { description: "The address does not exist, or is closed." },
    SOFT_BOUNCES: { description: "Five emails in a row bounced or were rejected." },
    COMPLAINT: { description: "The recipient reported an email as spam." },
  },
});

/** An address to which nothing is sent any more, for any visitor who has it. */
@ObjectType({ description: "An address to which nothing is sent any more, whichever visitor has it." })
export class SuppressedAddress {
  /** The channel's id. */
  channel!: string;

  @Field(() => String)
  address!: string;

  @Field(() => SuppressionReason)
  reason!: SuppressionReason;

  @Field(() => DateTime)
  since!: Date;

  @Field(() => String, { nullable: true, description: "What the mail server, or the vendor, said." })
  detail!: string | null;
}
