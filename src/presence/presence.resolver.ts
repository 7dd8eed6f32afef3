import { Arg, Authorized, Ctx, Mutation, Resolver } from "type-graphql";
import type { OperationContext } from "../context.js";
import { visitors } from "../graphql/permissions.js";
import { requireVisitor } from "../viewer.js";
import { Visitor } from "../visitors/visitor.entity.js";
import { leaveWebsite } from "./leave-website.js";
import { recordActivity } from "./record-activity.js";

@Resolver()
export class PresenceResolver {
  @Authorized(...visitors)
  @Mutation(() => Visitor, {
    description: "V  The visitor did something: typed, scrolled, opened a page. Restarts the inactivity clock.",
  })
  recordActivity(
    @Ctx() context: OperationContext,
    @Arg("page", () => String, { nullable: true }) page?: string | null,
  ): Promise<Visitor> {
    return recordActivity(context.services, requireVisitor(context), page ?? undefined);
  }

  @Authorized(...visitors)
  @Mutation(() => Visitor, {
    description: "V  The page is going away. A closed subscription connection says the same, a little later.",
  })
  leaveWebsite(@Ctx() context: OperationContext): Promise<Visitor> {
    return leaveWebsite(context.services, requireVisitor(context));
  }
}
