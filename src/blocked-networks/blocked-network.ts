import { Field, ObjectType } from "type-graphql";
import { DateTime } from "../graphql/date-time.js";

@ObjectType({ simpleResolvers: true, description: "A network from which no visitor may use the chat." })
export class BlockedNetwork {
  @Field(() => String, { description: "In CIDR notation, such as 192.0.2.0/24." })
  range!: string;

  @Field(() => String, { description: "Why it is blocked." })
  note!: string;

  @Field(() => DateTime)
  blockedAt!: Date;

  blockedById!: string;

  @Field(() => DateTime, { nullable: true, description: "When the block ends by itself; null: never." })
  expiresAt!: Date | null;
}
