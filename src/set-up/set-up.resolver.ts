import { Authorized, Ctx, Field, ID, ObjectType, Query, Resolver } from "type-graphql";
import type { OperationContext } from "../context.js";
import { DateTime } from "../graphql/date-time.js";
import { admins } from "../graphql/permissions.js";
import { readSetUp } from "./read-set-up.js";

@ObjectType({ simpleResolvers: true, description: "One step from the first start to the real website." })
export class SetUpStep {
  @Field(() => ID, {
    description:
      "PASSWORD: the first admin's password was changed. TRIED: a reply was sent after a visitor. PREFERENCE: how replies are forwarded was saved. COLLEAGUES: there is another agent. EMAIL: emails leave this machine. WEBSITE: the chat was opened on a website that is not the demo.",
  })
  id!: string;

  @Field(() => Boolean)
  done!: boolean;

  @Field(() => DateTime, { nullable: true, description: "When it was done, where that is known." })
  doneAt!: Date | null;

  @Field(() => String, { nullable: true, description: "What was found, or what is missing, in English." })
  detail!: string | null;
}

@Resolver()
export class SetUpResolver {
  @Authorized(...admins)
  @Query(() => [SetUpStep], {
    description:
      "What is left to do after the first start, in the order in which it is best done; done steps are included.",
  })
  setUp(@Ctx() { services }: OperationContext): Promise<SetUpStep[]> {
    return readSetUp(services);
  }
}
