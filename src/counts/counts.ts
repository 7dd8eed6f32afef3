import { Field, Int, ObjectType } from "type-graphql";

@ObjectType({
  simpleResolvers: true,
  description:
    "How many conversations and deliveries there are of each kind. While they change often, they may be some seconds old.",
})
export class Counts {
  @Field(() => Int)
  open!: number;

  @Field(() => Int, { description: "Open ones that the calling agent is responsible for." })
  mine!: number;

  @Field(() => Int, { description: "Open ones that nobody is responsible for." })
  unassigned!: number;

  @Field(() => Int, { description: "Open ones in which the visitor wrote last." })
  needsReply!: number;

  @Field(() => Int, { description: "Those whose replies wait to be forwarded, or are being sent." })
  waiting!: number;

  @Field(() => Int, { description: "Those whose replies an agent holds back." })
  held!: number;

  @Field(() => Int, { description: "Those whose replies cannot go out without a person: NO_ADDRESS to FAILED." })
  stuck!: number;

  @Field(() => Int, { description: "Deliveries that are QUEUED or SENDING." })
  openDeliveries!: number;

  @Field(() => Int, { description: "Deliveries that are FAILED, BOUNCED or UNCERTAIN; 10,000 at most." })
  deliveryProblems!: number;
}
