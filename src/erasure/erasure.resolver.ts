import { Arg, Authorized, Ctx, ID, Mutation, Resolver } from "type-graphql";
import type { OperationContext } from "../context.js";
import { admins } from "../graphql/permissions.js";
import { Visitor } from "../visitors/visitor.entity.js";
import { eraseVisitor } from "./erase-visitor.js";

@Resolver()
export class ErasureResolver {
  @Authorized(...admins)
  @Mutation(() => Visitor, {
    description:
      "Erases a visitor's name, addresses and messages, and the replies to them, for good. Ends their sessions, closes their conversations and cancels queued deliveries.",
  })
  eraseVisitor(@Ctx() { services }: OperationContext, @Arg("visitorId", () => ID) visitorId: string): Promise<Visitor> {
    return eraseVisitor(services, visitorId);
  }
}
